"""Accounts of a town, from a CSV stream into vaults: nothing personal touches the disk in the clear.

A row is one account of one parcel. The person is found, or made, by the identifier that the row carries;
a row that says the same as what is kept changes nothing, so an import can be repeated or resumed. An account is of one
person, the one that the file names first: whoever had it before has it no more, and a second one in the same file is a fault.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from alcaldia.identity.models import Person
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import fold
from alcaldia.vault import actions, custodian, holders, sources
from alcaldia.vault.actions import Statement
from alcaldia.vault.models import Holder, RecordVersion
from alcaldia.vault.rules import suites

BATCH = 100
COLUMNS: dict[str, tuple[str, ...]] = {
    "account": ("cuenta", "cuenta predial", "numero de cuenta", "account"),
    "parcel": ("clave", "clave catastral", "predio", "parcel"),
    "person": ("curp", "identificador", "rfc", "id"),
    "name": ("titular", "nombre", "propietario", "contribuyente", "name"),
    "tax_paid": ("predial pagado", "pagado"),
    "tax_due": ("predial pendiente", "adeudo", "saldo", "pendiente"),
    "water_paid": ("agua pagada",),
    "water_due": ("agua pendiente",),
}
"""What is read → the column names that mean it, folded."""
SOURCES = {"assets": "catastro", "tax": "tesoreria", "water": "agua"}
"""Groups of which each account has an item → the register that says it."""
MOVED = "Esta cuenta ya no está a su nombre"
NEEDED = ("account", "parcel", "person", "name")
Row = dict[str, str]


@dataclass
class Report:
    """How it went. `faults` are line numbers with a reason, never what the line said."""

    rows: int = 0
    stored: int = 0
    people: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def import_accounts(
    lines: Iterable[Mapping[str, str]], *, town: str, by: str, channel: str,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:  # fmt: skip
    """Take in accounts of a municipality. Needs the operator's line to the broker. Raises Refusal."""
    sources.announce("catastro", "tesoreria", "agua")
    report = Report()
    rows = _rows(lines, report)
    while batch := list(islice(rows, BATCH)):
        _take(batch, town, report, by, channel)
        progress(report.rows)
    return report


def read_csv(lines: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """Rows of a CSV text stream, comma or semicolon. Raises Refusal where its columns are not those of accounts."""
    stream = iter(lines)
    head = next(stream, "")
    delimiter = ";" if head.count(";") > head.count(",") else ","
    names = next(csv.reader([head], delimiter=delimiter), [])
    _columns(names)
    yield from csv.DictReader(stream, fieldnames=names, delimiter=delimiter)


def _columns(names: Iterable[str]) -> dict[str, str]:
    spelled = {fold(name.replace("_", " ")).strip("\ufeff "): name for name in names}
    found = {
        key: spelled[alias] for key, aliases in COLUMNS.items() for alias in aliases[::-1] if alias in spelled
    }
    missing = [COLUMNS[key][0] for key in NEEDED if key not in found]
    if missing:
        detail = f"Al archivo le faltan columnas: {', '.join(missing)}. Póngalas en el primer renglón."
        raise Refusal("missing_columns", detail)
    return found


def _rows(lines: Iterable[Mapping[str, str]], report: Report) -> Iterator[Row]:
    """Good rows; the others are counted with their line number."""
    columns: dict[str, str] = {}
    owners: dict[int, int] = {}
    for number, line in enumerate(lines, start=2):
        columns = columns or _columns([name for name in line if name])
        report.rows += 1
        row = {key: (line.get(name) or "").strip() for key, name in columns.items()}
        problem = _problem(row) or _second(row, owners)
        if problem:
            report.faults.append((number, problem))
        else:
            yield row


def _second(row: Row, owners: dict[int, int]) -> str:
    """`owners` remembers of each account whose it was, both as hashes: some 100 bytes an account, and nothing of anybody."""
    person = hash(row["person"])
    if owners.setdefault(hash(row["account"]), person) == person:
        return ""
    return "la cuenta ya venía con otra persona en este archivo; vale el primer renglón"


def _problem(row: Row) -> str:
    if any(not row[name] for name in NEEDED):
        return "le falta cuenta, clave, identificador o titular"
    try:
        amounts = [Decimal(row[name]) for name in row if name.endswith(("_paid", "_due")) and row[name]]
    except InvalidOperation:
        return "una cantidad no es un número"
    return "una cantidad es negativa" if any(not one.is_finite() or one < 0 for one in amounts) else ""


def _take(batch: list[Row], town: str, report: Report, by: str, channel: str) -> None:
    """One batch: one question to the broker, one transaction, one act."""
    rows = list({row["account"]: row for row in batch}.values())
    asked = [_asked(row, town) for row in rows]
    told = custodian.ask_as_operator("admit", rows=asked, suite=suites.DEFAULT)
    subjects = {one["subject"] for one in told}
    known = set(Holder.objects.filter(subject__in=subjects).values_list("subject", flat=True))
    fresh = {one["subject"]: one["certificate"] for one in told if one["subject"] not in known}
    people = [Person(public_id=subject, created_at=timezone.now()) for subject in fresh]
    Person.objects.bulk_create(people, ignore_conflicts=True)
    holders.keep_keys(list(fresh.values()))
    report.people += len(fresh)
    same = _unchanged(subjects)
    statements: dict[tuple[str, str, str], Statement] = {}
    for row, answer in zip(rows, told, strict=True):
        for one in _statements(row, answer, town, new=answer["subject"] in fresh):
            if (one.person, one.group, one.item, one.mark) not in same or not one.mark:
                statements[one.person, one.group, one.item] = one
    report.stored += actions.store(statements.values(), by=by, channel=channel) if statements else 0
    _end_for_others({one["items"][0]["item"]: one["subject"] for one in told}, by, channel)


def _end_for_others(owners: Mapping[str, str], by: str, channel: str) -> None:
    """What others still hold of these accounts is destroyed, each with one line in its place. Repeating it ends the same."""
    held = RecordVersion.objects.filter(item__in=owners, group__in=SOURCES, holder__erased_at=None)
    rows = held.exclude(mark=actions.DESTROYED).values_list("holder__subject", "group", "item").distinct()
    left: dict[tuple[str, str], list[str]] = {}
    for person, group, item in rows:
        if owners[item] != person:
            left.setdefault((person, group), []).append(item)
    with transaction.atomic():
        for (person, group), items in left.items():
            actions.destroy(
                person=person, group=group, items=items, words=MOVED, by=by, channel=channel, source=SOURCES[group]
            )  # fmt: skip


def _asked(row: Row, town: str) -> dict[str, Any]:
    content = json.dumps({**row, "city": town}, sort_keys=True)
    item = ["account", f"{town} {row['account']}", content]
    return {"person": ["person", row["person"]], "items": [item], "about": f"{town} {row['parcel']}"}


def _unchanged(subjects: set[str]) -> set[tuple[str, str, str, str]]:
    """Place and mark of the newest versions of these people's items."""
    found = RecordVersion.objects.filter(holder__subject__in=subjects).order_by("number")
    newest = {
        (one[0], one[1], one[2]): one[3]
        for one in found.values_list("holder__subject", "group", "item", "mark")
    }
    return {(*place, mark) for place, mark in newest.items()}


def _statements(row: Row, answer: dict[str, Any], town: str, *, new: bool) -> Iterator[Statement]:
    person, [item] = answer["subject"], answer["items"]
    where = {"item": item["item"], "mark": item["mark"]}
    parcel = {"parcel": row["parcel"], "city": town}
    if new:
        yield Statement(
            person, "identity", {"full_name": row["name"], "id_code": row["person"]}, source="catastro"
        )
    yield Statement(person, "assets", parcel, source="catastro", **where)
    for group, source in (("tax", "tesoreria"), ("water", "agua")):
        amounts = {name: row[f"{group}_{name}"] for name in ("paid", "due") if row.get(f"{group}_{name}")}
        if amounts:
            values = {**parcel, "account": row["account"], **amounts}
            yield Statement(person, group, values, source=source, **where)
