"""Reading the vault: sealed records for the broker, and what the broker answers about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import queries as ledger
from alcaldia.vault import custodian, events
from alcaldia.vault.models import Holder, RecordVersion
from alcaldia.vault.rules import catalogue
from alcaldia.vault.rules.sealing import Record
from alcaldia.vault.rules.text64 import to_bytes


@dataclass(frozen=True)
class Held:
    """One value in the clear, for whoever may read it now: `source` and `date` say where it comes from."""

    group: str
    item: str
    field: str
    value: Any
    source: str
    date: str

    @property
    def name(self) -> str:
        return f"{self.group}.{self.field}"

    @property
    def label(self) -> str:
        return catalogue.label(self.name)

    @property
    def text(self) -> str:
        """The value in words: a municipality by its name, a list by what is in it."""
        if self.field == catalogue.CITY.name:
            named = Municipality.objects.filter(slug=str(self.value)).values_list("name", flat=True)
            return named.first() or str(self.value)
        return ", ".join(map(str, self.value)) if isinstance(self.value, list) else str(self.value)

    @property
    def source_label(self) -> str:
        return catalogue.SOURCES.get(self.source, self.source)


def holder(subject: str) -> Holder:
    """The vault of a subject, its key certified by the broker. Raises NotFound or Refusal."""
    found = Holder.objects.filter(subject=subject, erased_at=None).first()
    if found is None:
        raise NotFound(
            "no_vault", "Esa persona todavía no tiene bóveda. Se abre al registrar su llave de acceso."
        )
    return found


def records(
    subject: str, groups: Iterable[str] | None = None, *, until: datetime | None = None
) -> list[dict[str, Any]]:
    """The sealed versions of a person that are in force, or that were at that moment, ready for the broker.

    Of each field the newest version counts; older versions are sent only for fields that no newer one has.
    """
    found = RecordVersion.objects.filter(holder__subject=subject, holder__erased_at=None)
    if until is not None:
        found = found.filter(stored_at__lte=until)
    if groups is not None:
        found = found.filter(group__in=set(groups))
    taken: set[tuple[str, str, str]] = set()
    chosen = []
    for row in found.order_by("group", "item", "-number"):
        fields = {name: text for name, text in row.fields.items() if (row.group, row.item, name) not in taken}
        taken |= {(row.group, row.item, name) for name in fields}
        if fields:
            chosen.append(sealed(row, subject, fields).wire())
    return chosen


def sealed(row: RecordVersion, subject: str, fields: dict[str, str] | None = None) -> Record:
    """The row as the rules know it."""
    texts = row.fields if fields is None else fields
    return Record(
        subject, row.group, row.item, row.number, row.suite, bytes(row.sealed),
        {name: to_bytes(text) for name, text in texts.items()}, row.algorithm, bytes(row.half),
    )  # fmt: skip


def own(
    subject: str, token: str, groups: Iterable[str] | None = None, *, until: datetime | None = None
) -> list[Held]:
    """Everything that the city holds, or held at that moment, on the person of this live session, as they may read it.

    An empty vault asks for a live session and a key that opens, too. Raises Refusal.
    """
    sent = records(subject, groups, until=until)
    if not sent:
        custodian.ask("my_accesses", token=token, limit=1)
        return []
    return _held(custodian.ask("own", token=token, records=sent))


def missing(subject: str, token: str) -> list[dict[str, str]]:
    """What the city stored of the person of this live session and the database does not hold as it was stored.

    Each with "label", "at" (ISO 8601) and "fault": gone, older or changed. Raises Refusal.
    """
    told = custodian.ask("my_missing", token=token, records=records(subject))
    return [{**one, "label": catalogue.label(f"{one['group']}.{one['field']}")} for one in told]


def _held(told: list[dict[str, Any]]) -> list[Held]:
    return [
        Held(one["group"], one["item"], name, held["value"], held["source"], held["date"])
        for one in told
        for name, held in one["fields"].items()
    ]


def items_of(held: Iterable[Held], group: str) -> list[dict[str, Any]]:
    """The values of a group by item: one dict of field → value each."""
    found: dict[str, dict[str, Any]] = {}
    for one in held:
        if one.group == group:
            found.setdefault(one.item, {})[one.field] = one.value
    return list(found.values())


def known(subject: str, *, until: datetime | None = None) -> list[str]:
    """Which fields (``group.field``) the city holds, or held at that moment, so that nobody asks for them again."""
    rows = RecordVersion.objects.filter(holder__subject=subject, holder__erased_at=None)
    if until is not None:
        rows = rows.filter(stored_at__lte=until)
    return sorted({f"{row.group}.{name}" for row in rows for name in row.fields})


def items(subject: str, group: str) -> list[str]:
    """The items of a group that the city holds on a person, each once."""
    rows = RecordVersion.objects.filter(holder__subject=subject, group=group)
    return sorted(set(rows.values_list("item", flat=True)))


def unrecorded() -> list[int]:
    """Ids of versions whose digest no act of the ledger knows: somebody wrote past the program."""
    import json

    known_digests: set[str] = set()
    for entry in ledger.entries(type=events.STORED).iterator():
        known_digests |= set(json.loads(bytes(entry.body))["digests"])
    rows = RecordVersion.objects.select_related("holder").iterator()
    return [row.pk for row in rows if sealed(row, row.holder.subject).digest() not in known_digests]
