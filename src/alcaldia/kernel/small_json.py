"""JSON that somebody else sent, bounded before anything is done with it."""

import json
import re
from typing import Any

MOST, DEPTH = 64 * 1024, 32
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
"""U+0000 cannot be kept by PostgreSQL, half a surrogate pair cannot be written as UTF-8."""


def read_small(text: str | bytes, *, most: int = MOST, depth: int = DEPTH) -> Any:
    """The value. Raises ValueError for what is no JSON, longer than `most` or deeper than `depth`, or has unusable text."""
    if len(text) > most:
        raise ValueError("too long")
    try:
        found = json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("too deep") from error
    _check(found, depth)
    return found


def read_object(text: str | bytes, *, most: int = MOST) -> dict[str, Any]:
    """The same, where only an object will do."""
    found = read_small(text, most=most)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _no_number(name: str) -> None:
    """NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)


def _check(found: Any, depth: int) -> None:
    """Level by level: what walks a tree by calling itself would fall where the parser did not."""
    level = [found]
    for _ in range(depth):
        if any(isinstance(one, str) and _UNUSABLE.search(one) for one in level):
            raise ValueError("unusable text")
        level = [part for one in level for part in _parts(one)]
        if not level:
            return
    raise ValueError("too deep")


def _parts(one: Any) -> list[Any]:
    if isinstance(one, dict):
        return [*one, *one.values()]
    return one if isinstance(one, list) else []
