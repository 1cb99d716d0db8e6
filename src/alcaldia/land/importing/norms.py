"""Norm tables, and the norms that a layer of zones carries in its columns."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from alcaldia.land.importing import columns, current, norms_long
from alcaldia.land.importing.context import Context
from alcaldia.land.importing.norm_cells import DIFFERS, read_cell, rows_of, rows_without_dates, settle
from alcaldia.land.importing.table import text
from alcaldia.land.models import NormRow
from alcaldia.land.rules.audit import finding
from alcaldia.land.rules.parameters import BY_NAME
from alcaldia.land.rules.types import Norm

# A minimum column beside its maximum and beside a «rango» column is the lower end of a range.
RANGES = {"cos_min": "cos", "cus_min": "cus"}
UNDATED = "no se puede leer desde cuándo o hasta cuándo rige"
Signature = frozenset[tuple[str, str, str, Decimal | None]]


def build(context: Context) -> list[NormRow]:
    """A norm table: one NormRow per limit of a zone code, from a wide table or a long one (see norms_long).

    Where several rows give one code other norms, a limit they do not share is loaded without value,
    unless the file is that of the published zones: then each polygon keeps its own (see `of_zones`).
    Rows of other periods of validity, or of other conditions, are norms of their own.
    """
    rest = columns.unused(context.table.columns, context.mapping)
    context.note(finding("unused_columns", [], len(rest), columns=", ".join(rest)[:200]))
    long = norms_long.is_long(context)
    parsed = norms_long.parse_rows(context) if long else parse_rows(context)
    for i in rows_without_dates(context):
        parsed[i] = [replace(norm, value=None, raw=UNDATED) for norm in parsed[i]]
    codes = context.texts("zone_code", 120)
    _audit(context, codes, parsed)
    known = current.zone_codes(context.municipality)
    if known is not None:
        unknown = sorted(set(codes) - known - {""})
        context.note(finding("norms_unknown_zone", [{"zone": code} for code in unknown]))
    if long:
        return _by_row(context, codes, parsed)
    return _by_code(context, codes, parsed, keep_differing=not _is_file_of_zones(context))


def of_zones(context: Context) -> list[NormRow]:
    """The norms that a file of zones carries, each bound to its own polygon by `feature_row`."""
    inner = Context(
        context.municipality, "norms", "", context.table, columns.recognise("norms", context.table.columns, _code_map(context)),
        context.srid, context.citation, context.sha256,
    )  # fmt: skip
    parsed = parse_rows(inner)
    codes = inner.texts("zone_code", 120)
    _audit(inner, codes, parsed)
    context.findings.extend(inner.findings)
    context.facts["norm_columns"] = inner.mapping
    return [row for i, code in enumerate(codes) for row in rows_of(inner, code, i, i, parsed[i])]


def _code_map(context: Context) -> dict[str, str]:
    return {"zone_code": context.mapping["code"]} if "code" in context.mapping else {}


def _is_file_of_zones(context: Context) -> bool:
    zones = current.version(context.municipality, "zones")
    return zones is not None and zones.sha256 == context.sha256


def _one_cell(row: dict[str, Any], names: list[str]) -> Any:
    """The cell of a column; of one that comes twice with two values, both: a text that no norm can be read from."""
    if len(names) == 1:
        return row.get(names[0])
    values = dict.fromkeys(text(row.get(name)) for name in names)
    values.pop("", None)
    return " ≠ ".join(values)


def parse_rows(context: Context) -> list[list[Norm]]:
    """The norms of every row of a wide table, one parameter to a column; a refused text is a norm without value."""
    wanted = {name: column for name, column in context.mapping.items() if name.partition(":")[0] in BY_NAME}
    wanted = _without_ranges(context, wanted)
    lone = [name for name in wanted if name in RANGES.values() and f"{name}_min" in wanted]
    out: list[list[Norm]] = []
    hidden: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    crossed: list[dict[str, Any]] = []
    for i, row in enumerate(context.table.rows):
        norms: list[Norm] = []
        for name, column in wanted.items():
            cell = _one_cell(row, [column, *context.table.copies.get(column, [])])
            norms += read_cell(name, cell, {"row": i, "column": column}, hidden, refused)
        crossed += _uncross(norms, lone, i)
        out.append(norms)
    context.note(finding("number_in_text", hidden))
    context.note(finding("refused_norm", refused))
    context.note(finding("min_over_max", crossed))
    return out


def _without_ranges(context: Context, wanted: dict[str, str]) -> dict[str, str]:
    names = {column.lower().replace("_", " ") for column in context.table.columns}
    taken = [
        low for low, high in RANGES.items() if low in wanted and high in wanted and f"{high} rango" in names
    ]
    if taken:
        shown = ", ".join(wanted[RANGES[low]] for low in taken)
        context.note(finding("range_by_maximum", [], len(taken) * len(context.table.rows), column=shown))
        context.facts["range_low"] = {low: wanted[low] for low in taken}
    return {name: column for name, column in wanted.items() if name not in taken}


def _uncross(norms: list[Norm], pairs: list[str], row: int) -> list[dict[str, Any]]:
    """A minimum above its maximum makes both unreadable: which one is wrong nobody can tell."""
    found = []
    for name in pairs:
        low = next((n for n in norms if n.parameter == f"{name}_min" and n.value is not None), None)
        high = next(
            (
                n
                for n in norms
                if n.parameter == name
                and n.value is not None
                and n.condition == (low.condition if low else "")
            ),
            None,
        )
        if low and high and low.value > high.value:  # type: ignore[operator]
            found.append({"row": row, "min": str(low.value), "max": str(high.value)})
            for bad in (low, high):
                norms[norms.index(bad)] = Norm(bad.parameter, bad.bound, None, bad.condition, bad.raw)
    return found


def _by_row(context: Context, codes: list[str], parsed: list[list[Norm]]) -> list[NormRow]:
    _note_bare(context, [i for i, code in enumerate(codes) if not code])
    by_code: dict[str, list[int]] = defaultdict(list)
    for i, code in enumerate(codes):
        by_code[code].append(i)
    crossed = [sample for mine in by_code.values() for sample in _uncross_rows(parsed, mine)]
    context.note(finding("min_over_max", crossed))
    return settle(
        context,
        [row for i, code in enumerate(codes) if code for row in rows_of(context, code, None, i, parsed[i])],
    )


def _uncross_rows(parsed: list[list[Norm]], mine: list[int]) -> list[dict[str, Any]]:
    """As `_uncross`, where minimum and maximum of a zone stand in rows of their own."""
    together = [norm for i in mine for norm in parsed[i]]
    found = _uncross(together, list(RANGES.values()), mine[0])
    for i in mine:
        parsed[i], together = together[: len(parsed[i])], together[len(parsed[i]) :]
    return found


def _by_code(
    context: Context, codes: list[str], parsed: list[list[Norm]], *, keep_differing: bool
) -> list[NormRow]:
    periods = list(zip(context.dates("valid_from"), context.dates("valid_to"), strict=True))
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for i, code in enumerate(codes):
        groups[(code, *periods[i])].append(i)
    if keep_differing:
        _note_bare(context, [i for i, code in enumerate(codes) if not code])
    rows: list[NormRow] = []
    differing = []
    for (code, *_), members in groups.items():
        if not code:
            continue
        norms, clash = _agreed([parsed[i] for i in members], keep_differing=keep_differing)
        differing += [{"zone": code, "rows": len(members)}] if clash and keep_differing else []
        rows += rows_of(context, code, None, members[0], norms)
    context.note(finding("norms_differ", differing))
    return settle(context, rows) if keep_differing else rows


def _note_bare(context: Context, bare: list[int]) -> None:
    column = context.mapping.get("zone_code", "zona")
    context.note(finding("without_code", [{"row": i} for i in bare], column=column))


def _signature(norms: Iterable[Norm]) -> Signature:
    return frozenset((n.parameter, n.bound, n.condition, n.value) for n in norms)


def _agreed(all_norms: list[list[Norm]], *, keep_differing: bool) -> tuple[list[Norm], bool]:
    """What rows of one code have in common; a norm they do not share loses its value, or is left out."""
    common = frozenset.intersection(*(_signature(norms) for norms in all_norms))
    out: dict[tuple[str, str, str], Norm] = {}
    clash = False
    for norm in (n for norms in all_norms for n in norms):
        if (norm.parameter, norm.bound, norm.condition, norm.value) in common:
            out[norm.parameter, norm.bound, norm.condition] = norm
            continue
        clash = True
        if keep_differing:
            bound: Any = BY_NAME[norm.parameter].default_bound
            out[norm.parameter, bound, norm.condition] = Norm(
                norm.parameter, bound, None, norm.condition, DIFFERS
            )
    return list(out.values()), clash


def _audit(context: Context, zones: list[str], parsed: list[list[Norm]]) -> None:
    readable: dict[str, bool] = defaultdict(bool)
    for code, norms in zip(zones, parsed, strict=True):
        readable[code] = readable[code] or any(n.value is not None for n in norms)
    bare = sorted(code for code, any_value in readable.items() if code and not any_value)
    known = current.zone_codes(context.municipality) if context.kind == "norms" else None
    bare += sorted((known or set()) - set(zones))
    context.note(finding("zones_without_norms", [{"zone": code} for code in bare]))
    for name, column in context.mapping.items():
        if name.partition(":")[0] in BY_NAME:
            context.note(_mixed_units(context, column))


def _mixed_units(context: Context, column: str) -> Any:
    """Cells of a column that write another unit than most: m beside m², % beside ratios."""
    units: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for i, row in enumerate(context.table.rows):
        match = re.search(
            r"\d\s*(%|m2|m²|mts?\.?|m|ha|viv/ha|hab/ha|niveles)(?![a-z0-9])", text(row.get(column)).lower()
        )
        if match:
            unit = {"m²": "m2", "mts": "m", "mts.": "m", "mt": "m"}.get(match.group(1), match.group(1))
            units[unit].append({"row": i, "text": text(row.get(column))[:60]})
    if len(units) < 2:
        return None
    main = max(units, key=lambda unit: len(units[unit]))
    return finding(
        "mixed_units", [s for unit, samples in units.items() if unit != main for s in samples], column=column
    )
