"""A request as a counter took it down without the server: a number on paper, a procedure, few words."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LONGEST, MOST_AT_ONCE = 500, 50
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
_NUMBER = re.compile(r"[A-Z0-9]{1,12}-[0-9]{5,9}")
_SLUG = re.compile(r"[a-z0-9_.-]{1,80}")
_KEYS = {"key", "number", "procedure", "note", "papers", "taken_at"}


class BadSlip(ValueError):
    """What came is not a slip; it will be refused for ever, so the counter must not send it again."""


@dataclass(frozen=True)
class Slip:
    """`key` is the counter's own random name of the request: the same key is the same request, however often sent."""

    key: str
    number: str
    procedure: str
    note: str
    papers: str
    taken_at: datetime

    def body(self) -> dict[str, Any]:
        return {**vars(self), "taken_at": self.taken_at.isoformat()}


def read_slip(told: Any) -> Slip:
    """Raises BadSlip."""
    if (
        not isinstance(told, dict)
        or set(told) != _KEYS
        or any(not isinstance(one, str) for one in told.values())
    ):
        raise BadSlip("keys missing or unknown")
    for name, pattern in (("key", _KEY), ("number", _NUMBER), ("procedure", _SLUG)):
        if not pattern.fullmatch(told[name]):
            raise BadSlip(name)
    if any(len(told[name]) > LONGEST or "\0" in told[name] for name in ("note", "papers")):
        raise BadSlip("text")
    try:
        taken = datetime.fromisoformat(told["taken_at"])
    except ValueError as error:
        raise BadSlip("taken_at") from error
    if taken.tzinfo is None:
        raise BadSlip("taken_at")
    return Slip(**{**told, "taken_at": taken.astimezone(UTC)})
