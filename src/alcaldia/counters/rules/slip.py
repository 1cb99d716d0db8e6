"""A request as a counter took it down without the server: a number on paper, a procedure, which papers were brought.

No words of anybody's own: neither the counter's disk nor this database may come to hold a name.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alcaldia.kernel.days import within

MOST_AT_ONCE = 50
PAPERS = {
    "identification": "Identificación",
    "address": "Comprobante de domicilio",
    "deed": "Escritura o título",
    "receipt": "Recibo de pago",
    "plan": "Plano o croquis",
    "proxy": "Poder o carta poder",
    "other": "Otro papel",
}
"""What may be ticked, as `counter/mostrador.py` shows it."""
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
_NUMBER = re.compile(r"[A-Z0-9]{1,12}-[0-9]{5,9}")
_SLUG = re.compile(r"[a-z0-9_.-]{1,80}")
_TEXTS = {"key", "number", "procedure", "taken_at"}


class BadSlip(ValueError):
    """What came is not a slip; it will be refused for ever, so the counter must not send it again."""


@dataclass(frozen=True)
class Slip:
    """`key` is the counter's own random name of the request: the same key is the same request, however often sent."""

    key: str
    number: str
    procedure: str
    papers: tuple[str, ...]
    taken_at: datetime

    def body(self) -> dict[str, Any]:
        return {**vars(self), "papers": list(self.papers), "taken_at": self.taken_at.isoformat()}


def read_slip(told: Any) -> Slip:
    """Raises BadSlip."""
    if not isinstance(told, dict) or set(told) != _TEXTS | {"papers"}:
        raise BadSlip("keys missing or unknown")
    if any(not isinstance(told[name], str) for name in _TEXTS):
        raise BadSlip("text")
    for name, pattern in (("key", _KEY), ("number", _NUMBER), ("procedure", _SLUG)):
        if not pattern.fullmatch(told[name]):
            raise BadSlip(name)
    papers = told["papers"]
    if not isinstance(papers, list) or any(one not in PAPERS for one in map(str, papers)):
        raise BadSlip("papers")
    try:
        taken = datetime.fromisoformat(told["taken_at"])
        within(taken.date())
    except ValueError as error:
        raise BadSlip("taken_at") from error
    if taken.tzinfo is None:
        raise BadSlip("taken_at")
    return Slip(**{**told, "papers": tuple(sorted(set(papers))), "taken_at": taken.astimezone(UTC)})
