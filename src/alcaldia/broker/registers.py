"""Registers that the city keeps: the secret from which each row's mark and key come, and who is told of a number.

Rows lie sealed in the main database. Whoever presents a number gets the keys of its row and of no other, so many a minute,
and whoever is known here by that number has a line of it first.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from alcaldia.broker import accesses, identifiers
from alcaldia.broker.core import Broker
from alcaldia.broker.register_kinds import kind_of
from alcaldia.kernel.text import fold
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.text64 import to_text

MOST, LONGEST = 64, 2_000
"""Numbers of one question, and letters of a number."""
_NAME = re.compile(r"[\w-]{1,80}", re.ASCII)


@dataclass(frozen=True)
class Row:
    """A number of a register of a municipality."""

    town: str
    registry: str
    number: str


def keys(broker: Broker, *, rows: list[list[str]], procedure: str = "") -> list[list[str]]:
    """For the web: mark and key of each [town, registry, number], counted and told before they are given.

    `procedure` is what asks, as the web says it; the person reads it. Raises Refusal beyond the register's ceiling.
    """
    asked, now = _read(rows), broker.now()
    if procedure and not _NAME.fullmatch(procedure):
        raise ValueError("no name of a procedure")
    for one in asked:
        _count(broker, one, now)
    _tell(broker, asked, procedure, now)
    return _keys(broker, asked)


def keys_at_once(broker: Broker, *, rows: list[list[str]]) -> list[list[str]]:
    """For the operator who loads a register: the same without count or line, for nobody is looked at."""
    return _keys(broker, _read(rows))


def _read(rows: list[list[str]]) -> list[Row]:
    """ValueError for what is no row, or too many."""
    found = [Row(*one) for one in rows]
    names = all(_NAME.fullmatch(one.town) and _NAME.fullmatch(one.registry) for one in found)
    numbers = all(isinstance(one.number, str) and len(one.number) <= LONGEST for one in found)
    if not names or not numbers or len(found) > MOST:
        raise ValueError("no rows of registers")
    return found


def _count(broker: Broker, one: Row, now: datetime) -> None:
    """Other numbers count: the steps of one request ask for the same one again within its minute."""
    limit = kind_of(one.registry).a_minute(broker.config)
    if limit is None:
        return
    mark = _derived(broker, "mark", one).hex()
    if not broker.rates.seen("register number", mark, now):
        broker.rates.check("register", f"{one.town} {one.registry}", limit, now)
        broker.rates.room("register number", mark, 1, now)


def _tell(broker: Broker, rows: Sequence[Row], procedure: str, now: datetime) -> None:
    """A line for each person of these numbers, durable on return; once an hour for each register."""
    untold = {
        (person, one.town, one.registry)
        for one in rows
        for person in _known_by(broker, one)
        if not broker.lines.seen(f"{one.town} {one.registry}", person, now)
    }
    lines = [
        Access(access.NUMBERED, now.isoformat(), person, purpose=procedure, detail=f"{town} {registry}")
        for person, town, registry in sorted(untold)
    ]
    if lines:
        accesses.write(broker, lines)
    for person, town, registry in untold:
        broker.lines.room(f"{town} {registry}", person, 1, now)


_BY_IDENTIFIER = (
    "SELECT i.subject AS person FROM identifier i JOIN keypair k ON k.subject = i.subject AND k.current"
    " WHERE i.mark = ?"
)
_BY_THING = "SELECT DISTINCT c.person FROM common c JOIN keypair k ON k.subject = c.person AND k.current WHERE c.mark = ?"


def _known_by(broker: Broker, one: Row) -> set[str]:
    """Whose account, parcel or key this number is, as far as an import said so."""
    found = set()
    for name in kind_of(one.registry).named:
        value = one.number if name == identifiers.PERSON else f"{one.town} {one.number}"
        sql = _BY_THING if name == identifiers.ABOUT else _BY_IDENTIFIER
        rows = broker.store.all(sql, identifiers.mark(broker, name, value))
        found |= {str(row["person"]) for row in rows}
    return found


def _keys(broker: Broker, rows: Sequence[Row]) -> list[list[str]]:
    return [[_derived(broker, "mark", one).hex(), to_text(_derived(broker, "seal", one))] for one in rows]


def _derived(broker: Broker, use: str, one: Row) -> bytes:
    named = "\n".join((use, one.town, one.registry, fold(one.number).replace(" ", "")))
    return hmac.new(broker.registers_key, named.encode(), sha256).digest()
