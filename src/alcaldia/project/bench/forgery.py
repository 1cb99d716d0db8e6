"""Grants with one thing really changed somewhere, sent to a broker under the genuine signature."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from alcaldia.kernel.errors import Refusal

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in nested JSON that can be changed."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at))
    else:
        yield path


def mutated(value: Any, rng: random.Random) -> Any:
    """The same with one thing really changed somewhere."""
    made = copy.deepcopy(value)
    *way, last = rng.choice(list(leaves(made)))
    part = made
    for step in way:
        part = part[step]
    part[last] = _changed(part[last], rng)
    if made == value:
        raise AssertionError("a mutation that changes nothing proves nothing")
    return made


def _changed(value: Any, rng: random.Random) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return "x"
    if isinstance(value, int):
        return value + rng.choice((-1, 1, 7, 90))
    if isinstance(value, str) and value:
        at = rng.randrange(len(value))
        return value[:at] + rng.choice("abcxyzAQ019-_Z".replace(value[at], "")) + value[at + 1 :]
    return "x"


def accepted(give: Callable[..., Any], send: Any, assertion: Any) -> bool:
    """Does the broker keep this? `give` raises Refusal where it does not."""
    try:
        return bool(give(send=send, assertion=assertion))
    except Refusal:
        return False


def forged(give: Callable[..., Any], send: Any, assertion: Any, many: int) -> dict[str, int]:
    """So many mutations tried and how many were accepted. Raises AssertionError where the genuine one, last, is refused."""
    rng = random.Random(1810)  # noqa: S311 - what to change, not secrets
    told = [accepted(give, mutated(send, rng), assertion) for _ in range(many)]
    if not accepted(give, send, assertion):
        raise AssertionError("not even the genuine grant was accepted: the refusals prove nothing")
    return {"tried": many, "accepted": sum(told)}
