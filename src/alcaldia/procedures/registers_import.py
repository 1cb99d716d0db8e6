"""A register from a city's own table (CSV): only columns that some procedure consults are kept, each read by its type.

The first column is the number under which a row is sealed; a column `tambien` names other numbers of the same row,
separated by spaces (the parcel of an account). Whatever else the table says is never kept: a name only where a paper prints it for its person.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.procedures import definitions, registers
from alcaldia.procedures.registries.rows import SEVERAL
from alcaldia.procedures.registries.table import REGISTRIES
from alcaldia.procedures.rules import validators
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.validators import Mistyped

ALSO, MOST_FAULTS, BATCH = "tambien", 20, 500
Row = tuple[str, dict[str, Any]]


@dataclass
class Report:
    """How it went. `faults` are line numbers with a reason, never what the line said."""

    rows: int = 0
    kept: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    faults: list[tuple[int, str]] = field(default_factory=list)


def items_of(town: Municipality, registry: str) -> dict[str, DataField]:
    """What procedures of the town ask of this register: item → the datum that receives it."""
    found: dict[str, DataField] = {}
    for program in definitions.programs(town.slug).values():
        names = {name for name, one in (program.definition.lookups or {}).items() if one.registry == registry}
        for spec in program.definition.data.values():
            kind, _, path = spec.source.partition(":")
            lookup, _, item = path.partition(".")
            if kind == "registry" and lookup in names:
                found.setdefault(item, spec)
    return found


def load(lines: Iterable[str], *, town: Municipality, registry: str, dry_run: bool = False) -> Report:
    """All rows or none. Raises Refusal where the register or its columns are unknown, or a line cannot be read."""
    items = items_of(town, registry)
    if registry not in REGISTRIES or not items:
        raise Refusal("unknown_registry", f"Ningún trámite de este municipio consulta «{registry}».")
    stream = iter(lines)
    head = next(stream, "").lstrip("\ufeff")
    sign = max(",;\t", key=head.count)
    names = [fold(name) for name in next(csv.reader([head], delimiter=sign), [])]
    first: dict[str, str] = {}
    report = Report(kept=tuple(name for name in names[1:] if name in items))
    report.dropped = tuple(name for name in names[1:] if name not in items and name != ALSO)
    report.missing = tuple(sorted(items.keys() - set(names)))
    if not report.kept:
        wanted = ", ".join(sorted(items))
        raise Refusal("no_columns", f"Ninguna columna sirve. La primera es el número; las otras: {wanted}.")
    rows = _rows(csv.reader(stream, delimiter=sign), names, items, report, first)
    with transaction.atomic():
        while some := list(islice(rows, BATCH)):
            if not dry_run and not report.faults:
                registers.keep(town, registry, some)
        if report.faults:
            raise Refusal("bad_rows", _told(report), errors=dict(_by_line(report)))
    return report


def _rows(
    table: Iterable[list[str]], names: list[str], items: Mapping[str, DataField], report: Report,
    first: dict[str, str],
) -> Iterator[Row]:  # fmt: skip
    """Good rows under each of their numbers; a bad one is noted and yields nothing.

    `first` says of each other number whose it was: a parcel with several accounts opens none of them.
    """
    for line, cells in enumerate(table, start=2):
        if not any(cells) or len(report.faults) >= MOST_FAULTS:
            continue
        report.rows += 1
        said = dict(zip(names[1:], cells[1:], strict=False))
        try:
            values = {name: _plain(name, said[name], items[name]) for name in report.kept if said.get(name)}
        except Mistyped as wrong:
            report.faults.append((line, str(wrong)))
            continue
        numbers = [cells[0].strip(), *said.get(ALSO, "").split()]
        if not fold(numbers[0]):
            report.faults.append((line, "le falta el número"))
            continue
        if len(numbers) > 1:
            values |= {"also": numbers, "parcel": numbers[1]}
        yield numbers[0], values
        for number in numbers[1:]:
            owner = first.setdefault(fold(number), numbers[0])
            several = {"parcel": number, SEVERAL: True}
            yield number, values if owner == numbers[0] else several


def _plain(name: str, text: str, spec: DataField) -> Any:
    try:
        found = validators.read(text.strip(), spec)
    except Mistyped as wrong:
        raise Mistyped(f"«{name}»: {wrong}") from wrong
    return found if isinstance(found, bool) else str(found)


def _by_line(report: Report) -> Iterator[tuple[str, str]]:
    return ((str(line), why) for line, why in report.faults)


def _told(report: Report) -> str:
    lines = "; ".join(f"renglón {line}: {why.rstrip('.')}" for line, why in report.faults[:3])
    return f"No se cargó nada. {lines}. Corrija el archivo y cárguelo de nuevo."
