"""Norm tables, and the norms that a layer of zones carries in its columns."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from alcaldia.land.importing import columns, current
from alcaldia.land.importing.context import Companion, Context, read_date
from alcaldia.land.importing.table import text
from alcaldia.land.models import NormRow, Version
from alcaldia.land.rules.audit import finding
from alcaldia.land.rules.norm_text import Refused, parse
from alcaldia.land.rules.parameters import BY_NAME
from alcaldia.land.rules.types import Norm

CITED = ("instrument", "article", "page", "url")
LIMITS = {"instrument": 300, "article": 120, "page": 40, "url": 500}
# A minimum column beside its maximum and beside a «rango» column is the lower end of a range.
RANGES = {"cos_min": "cos", "cus_min": "cus"}
Signature = frozenset[tuple[str, str, str, Decimal | None]]


def build(context: Context) -> list[NormRow]:
    """One NormRow per limit. Codes whose polygons differ keep the polygon, when the zones are this file's."""
    parsed = _parse_rows(context)
    zones = context.texts("zone_code", 120)
    same_file = _zones_are_this_file(context)
    rows = _attributed(context, zones, parsed, by_polygon=same_file)
    _audit(context, zones, parsed)
    known = current.zone_codes(context.municipality)
    if known is not None:
        unknown = sorted(set(zones) - known - {""})
        context.note(finding("norms_unknown_zone", [{"zone": code} for code in unknown]))
    if same_file:
        context.facts["zones_sha256"] = context.sha256
    return rows


def accompany_zones(context: Context) -> None:
    """Stage the norms of a zone file beside the zones, unless the published norms came from elsewhere."""
    published = current.version(context.municipality, "norms")
    if published is not None and not came_with_zones(published):
        context.note(finding("norms_not_taken", [], 1))
        return
    inner = Context(
        context.municipality, "norms", "", context.table, columns.recognise("norms", context.table.columns, _code_map(context)),
        context.srid, context.citation, context.sha256,
    )  # fmt: skip
    parsed = _parse_rows(inner)
    codes = inner.texts("zone_code", 120)
    rows = _attributed(inner, codes, parsed, by_polygon=True)
    _audit(inner, codes, parsed)
    context.findings.extend(inner.findings)
    facts = {"zones_sha256": context.sha256, "companion": True}
    context.companions.append(Companion("norms", list(rows), inner.findings, inner.mapping, facts))


def came_with_zones(version: Version) -> bool:
    """Were these norms read from a file of zones?"""
    return bool(version.audit.get("facts", {}).get("companion"))


def _code_map(context: Context) -> dict[str, str]:
    return {"zone_code": context.mapping["code"]} if "code" in context.mapping else {}


def _zones_are_this_file(context: Context) -> bool:
    zones = current.version(context.municipality, "zones")
    return zones is not None and zones.sha256 == context.sha256


def _parse_rows(context: Context) -> list[list[Norm]]:
    """The norms of every row of the file; a refused text is a norm without value."""
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


def _cell(name: str, cell: object, where: dict[str, Any], hidden: list[Any], refused: list[Any]) -> list[Norm]:
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
    value = "sin límite" if norm.bound == "none" else "sin valor" if norm.value is None else f"{norm.value:f}".rstrip("0").rstrip(".")
    return f"{norm.parameter} {norm.bound} {value}" + (f" ({norm.condition})" if norm.condition else "")


def _without_ranges(context: Context, wanted: dict[str, str]) -> dict[str, str]:
    names = {column.lower().replace("_", " ") for column in context.table.columns}
    taken = [low for low, high in RANGES.items() if low in wanted and high in wanted and f"{high} rango" in names]
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
        high = next((n for n in norms if n.parameter == name and n.value is not None and n.condition == (low.condition if low else "")), None)
        if low and high and low.value > high.value:  # type: ignore[operator]
            found.append({"row": row, "min": str(low.value), "max": str(high.value)})
            for bad in (low, high):
                norms[norms.index(bad)] = Norm(bad.parameter, bad.bound, None, bad.condition, bad.raw)
    return found


def _attributed(context: Context, zones: list[str], parsed: list[list[Norm]], *, by_polygon: bool) -> list[NormRow]:
    """Rows per zone code; per polygon where polygons of one code differ and the polygons are known."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, code in enumerate(zones):
        groups[code].append(i)
    rows: list[NormRow] = []
    differing = []
    for code, members in groups.items():
        alike = len({_signature(parsed[i]) for i in members}) == 1
        if alike and code:
            rows += _rows(context, code, None, members[0], parsed[members[0]])
        elif by_polygon:
            rows += [row for i in members for row in _rows(context, code, i, i, parsed[i])]
        elif code:
            differing.append({"zone": code, "rows": len(members)})
            rows += _rows(context, code, None, members[0], _agreed([parsed[i] for i in members]))
        else:
            context.note(finding("without_code", [{"row": i} for i in members], column="código de zona"))
    context.note(finding("norms_differ", differing))
    return rows


def _signature(norms: Iterable[Norm]) -> Signature:
    return frozenset((n.parameter, n.bound, n.condition, n.value) for n in norms)


def _agreed(all_norms: list[list[Norm]]) -> list[Norm]:
    """What polygons of one code have in common; where they differ, a norm without value."""
    common = frozenset.intersection(*(_signature(norms) for norms in all_norms))
    out: dict[tuple[str, str, str], Norm] = {}
    for norm in (n for norms in all_norms for n in norms):
        agreed = (norm.parameter, norm.bound, norm.condition, norm.value) in common
        value = norm if agreed else Norm(norm.parameter, norm.bound if norm.bound != "none" else BY_NAME[norm.parameter].default_bound, None, norm.condition, "difiere entre polígonos")  # type: ignore[arg-type]
        out[norm.parameter, value.bound, norm.condition] = value
    return list(out.values())


def _rows(context: Context, code: str, feature_row: int | None, source: int, norms: list[Norm]) -> list[NormRow]:
    record = context.table.rows[source]
    cited = {name: _cited(context, record, name) for name in CITED}
    dates = {name: read_date(text(record.get(context.mapping.get(name, "")))) for name in ("valid_from", "valid_to")}
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
    import re

    units: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for i, row in enumerate(context.table.rows):
        match = re.search(r"\d\s*(%|m2|m²|mts?\.?|m|ha|viv/ha|hab/ha|niveles)(?![a-z0-9])", text(row.get(column)).lower())
        if match:
            unit = {"m²": "m2", "mts": "m", "mts.": "m", "mt": "m"}.get(match.group(1), match.group(1))
            units[unit].append({"row": i, "text": text(row.get(column))[:60]})
    if len(units) < 2:
        return None
    main = max(units, key=lambda unit: len(units[unit]))
    return finding("mixed_units", [s for unit, samples in units.items() if unit != main for s in samples], column=column)
