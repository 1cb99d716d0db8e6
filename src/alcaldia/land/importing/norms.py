"""Norm tables, and the norms that a layer of zones carries in its columns."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from alcaldia.kernel.text import fold
from alcaldia.land.importing import columns, current
from alcaldia.land.importing.context import Context, read_date
from alcaldia.land.importing.table import text
from alcaldia.land.models import NormRow
from alcaldia.land.rules.audit import finding
from alcaldia.land.rules.norm_text import Refused, parse
from alcaldia.land.rules.parameters import BY_NAME
from alcaldia.land.rules.types import Norm

CITED = ("instrument", "article", "page", "url")
LIMITS = {"instrument": 300, "article": 120, "page": 40, "url": 500}
# A minimum column beside its maximum and beside a «rango» column is the lower end of a range.
RANGES = {"cos_min": "cos", "cus_min": "cus"}
DIFFERS = "difiere entre renglones del mismo código"
PLAIN = re.compile(r"\d+(\.\d+)?")
Signature = frozenset[tuple[str, str, str, Decimal | None]]


def build(context: Context) -> list[NormRow]:
    """A norm table: one NormRow per limit of a zone code.

    Where several rows give one code other norms, a limit they do not share is loaded without value,
    unless the file is that of the published zones: then each polygon keeps its own (see `of_zones`).
    """
    parsed = _parse_rows(context)
    codes = context.texts("zone_code", 120)
    _audit(context, codes, parsed)
    known = current.zone_codes(context.municipality)
    if known is not None:
        unknown = sorted(set(codes) - known - {""})
        context.note(finding("norms_unknown_zone", [{"zone": code} for code in unknown]))
    if _is_long(context):
        return [
            row for i, code in enumerate(codes) if code for row in _rows(context, code, None, i, parsed[i])
        ]
    return _by_code(context, codes, parsed, keep_differing=not _is_file_of_zones(context))


def of_zones(context: Context) -> list[NormRow]:
    """The norms that a file of zones carries, each bound to its own polygon by `feature_row`."""
    inner = Context(
        context.municipality, "norms", "", context.table, columns.recognise("norms", context.table.columns, _code_map(context)),
        context.srid, context.citation, context.sha256,
    )  # fmt: skip
    parsed = _parse_rows(inner)
    codes = inner.texts("zone_code", 120)
    _audit(inner, codes, parsed)
    context.findings.extend(inner.findings)
    context.facts["norm_columns"] = inner.mapping
    return [row for i, code in enumerate(codes) for row in _rows(inner, code, i, i, parsed[i])]


def _code_map(context: Context) -> dict[str, str]:
    return {"zone_code": context.mapping["code"]} if "code" in context.mapping else {}


def _is_file_of_zones(context: Context) -> bool:
    zones = current.version(context.municipality, "zones")
    return zones is not None and zones.sha256 == context.sha256


def _is_long(context: Context) -> bool:
    return {"parameter", "value"} <= context.mapping.keys()


def _parse_rows(context: Context) -> list[list[Norm]]:
    """The norms of every row of the file; a refused text is a norm without value."""
    if _is_long(context):
        return _parse_long(context)
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
            norms += _cell(name, row.get(column), {"row": i, "column": column}, hidden, refused)
        crossed += _uncross(norms, lone, i)
        out.append(norms)
    context.note(finding("number_in_text", hidden))
    context.note(finding("refused_norm", refused))
    context.note(finding("min_over_max", crossed))
    return out


def _parse_long(context: Context) -> list[list[Norm]]:
    """One limit per row: parameter, value, and perhaps bound and condition, as `exporting` writes them."""
    names = columns.field_names("norms")
    refused: list[dict[str, Any]] = []
    out: list[list[Norm]] = []
    given = {name: context.texts(name) for name in ("parameter", "bound", "condition", "raw", "value")}
    for i in range(len(context.table.rows)):
        cells = {name: column[i] for name, column in given.items()}
        parameter = names.get(fold(cells["parameter"]), "")
        if parameter not in BY_NAME:
            refused.append({"row": i, "text": cells["parameter"][:80], "reason": "no conozco este parámetro"})
            out.append([])
            continue
        out.append(_long_cell(parameter, cells, {"row": i}, refused))
    context.note(finding("refused_norm", refused))
    return out


def _long_cell(
    parameter: str, cells: dict[str, str], where: dict[str, Any], refused: list[Any]
) -> list[Norm]:
    raw, row = cells["raw"] or cells["value"], BY_NAME[parameter]
    if cells["bound"] == "none":
        return [Norm(parameter, "none", None, cells["condition"], raw)]
    if not cells["value"]:
        return [Norm(parameter, row.default_bound, None, cells["condition"], raw)]  # type: ignore[arg-type]
    value = Decimal(cells["value"]) if PLAIN.fullmatch(cells["value"]) else cells["value"]
    found = _cell(f"{parameter}:{cells['condition']}", value, {**where, "column": "value"}, [], refused)
    bound = cells["bound"] if cells["bound"] in {"max", "min", "equal"} else None
    return [replace(norm, bound=bound or norm.bound, raw=raw) for norm in found]  # type: ignore[arg-type]


def _cell(
    name: str, cell: object, where: dict[str, Any], hidden: list[Any], refused: list[Any]
) -> list[Norm]:
    parameter, _, condition = name.partition(":")
    answer = parse(parameter, cell)
    sample = {**where, "text": text(cell)[:80]}
    if isinstance(answer, Refused):
        refused.append({**sample, "reason": answer.reason})
        row = BY_NAME[parameter]
        return [Norm(parameter, row.default_bound, None, condition, text(cell)[:400])]  # type: ignore[arg-type]
    if isinstance(cell, str) and any(c.isalpha() for c in cell) and answer:
        hidden.append({**sample, "read": "; ".join(_shown(norm) for norm in answer)})
    if condition:
        answer = tuple(Norm(n.parameter, n.bound, n.value, n.condition or condition, n.raw) for n in answer)
    return list(answer)


def _shown(norm: Norm) -> str:
    value = (
        "sin límite"
        if norm.bound == "none"
        else "sin valor"
        if norm.value is None
        else f"{norm.value:f}".rstrip("0").rstrip(".")
    )
    return f"{norm.parameter} {norm.bound} {value}" + (f" ({norm.condition})" if norm.condition else "")


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


def _by_code(
    context: Context, codes: list[str], parsed: list[list[Norm]], *, keep_differing: bool
) -> list[NormRow]:
    groups: dict[str, list[int]] = defaultdict(list)
    for i, code in enumerate(codes):
        groups[code].append(i)
    bare = groups.pop("", [])
    if keep_differing:
        context.note(
            finding(
                "without_code", [{"row": i} for i in bare], column=context.mapping.get("zone_code", "zona")
            )
        )
    rows: list[NormRow] = []
    differing = []
    for code, members in groups.items():
        norms, clash = _agreed([parsed[i] for i in members], keep_differing=keep_differing)
        differing += [{"zone": code, "rows": len(members)}] if clash and keep_differing else []
        rows += _rows(context, code, None, members[0], norms)
    context.note(finding("norms_differ", differing))
    return rows


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


def _rows(
    context: Context, code: str, feature_row: int | None, source: int, norms: list[Norm]
) -> list[NormRow]:
    record = context.table.rows[source]
    cited = {name: _cited(context, record, name) for name in CITED}
    dates = {
        name: read_date(text(record.get(context.mapping.get(name, ""))))
        for name in ("valid_from", "valid_to")
    }
    return [
        NormRow(
            zone_code=code, feature_row=feature_row, parameter=n.parameter, bound=n.bound, value=n.value,
            condition=n.condition, raw=n.raw[:400], **cited, **dates,
        )
        for n in norms
    ]  # fmt: skip


def _cited(context: Context, record: dict[str, Any], name: str) -> str:
    cell = text(record.get(context.mapping[name])) if name in context.mapping else ""
    if name == "url" and not cell.startswith(("http://", "https://")):
        cell = ""
    return (cell or context.citation.get(name, ""))[: LIMITS[name]]


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
