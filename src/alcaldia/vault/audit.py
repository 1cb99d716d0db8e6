"""The operator's comparison of the main database with what the broker was told when data was stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from alcaldia.vault import actions, custodian, queries
from alcaldia.vault.models import RecordVersion
from alcaldia.vault.rules.sealing import field_digest


@dataclass(frozen=True)
class Compared:
    """Fields known to the broker; those that are gone, older or changed; versions that no act of the ledger knows;
    and versions of which the broker had not been told and now is."""

    fields: int
    wrong: int
    unrecorded: int
    told: int


def compare() -> Compared:
    """Walk over everything. Needs the operator's line to the broker. Raises Refusal."""
    foreign = set(queries.unrecorded())
    told = _tell_untold(foreign)
    fields = wrong = 0
    for person, heads in groupby(_heads(), key=lambda one: one[0]):
        held = _held(person)
        for _, group, item, number, digest, _at in heads:
            fields += 1
            wrong += not _fits(held.get((group, item)), number, digest)
    return Compared(fields, wrong, len(foreign), told)


def _fits(found: tuple[int, str] | None, number: int, digest: str) -> bool:
    return found is not None and (found[0] > number or found == (number, digest))


def _heads() -> Iterator[list[Any]]:
    after: list[Any] = []
    while rows := custodian.ask_as_operator("heads", after=after[:3]):
        yield from rows
        after = rows[-1]


def _held(person: str) -> dict[tuple[str, str], tuple[int, str]]:
    """Number and digest of the newest version of each field, by group and item/field."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    rows = RecordVersion.objects.filter(holder__subject=person).order_by("number")
    for row in rows:
        for name, data in queries.sealed(row, person).fields.items():
            found[row.group, f"{row.item}/{name}"] = (row.number, field_digest(data))
    return found


def _tell_untold(foreign: set[int]) -> int:
    """Recorded versions that are newer than what the broker knows: a store whose telling was cut off."""
    known = {tuple(one[:3]): one[3] for one in _heads()}
    rows = RecordVersion.objects.select_related("holder").filter(holder__erased_at=None).order_by("number")
    made = [
        queries.sealed(row, row.holder.subject)
        for row in rows.iterator()
        if row.pk not in foreign
        and any(
            known.get((row.holder.subject, row.group, f"{row.item}/{name}"), 0) < row.number
            for name in row.fields
        )
    ]
    actions.tell_heads(made)
    return len(made)
