"""The use matrix, long (one row per cell) or wide (one column per zone): read, or blank; never guessed."""

import re
import statistics
from collections import Counter, defaultdict
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import fold
from alcaldia.land.importing import current
from alcaldia.land.importing.context import Companion, Context
from alcaldia.land.importing.table import Table, text
from alcaldia.land.models import UseCellRow
from alcaldia.land.rules.audit import finding

VALUES = {
    **dict.fromkeys(("p", "permitido", "permitida", "permitted", "compatible", "permisible", "si"), "permitted"),
    **dict.fromkeys(("cond", "condicionado", "condicionada", "condicional", "conditional", "permitido condicionado", "permitido con condiciones", "compatible con condiciones", "compatible condicionado"), "conditional"),
    **dict.fromkeys(("np", "no permitido", "no permitida", "prohibido", "prohibida", "prohibited", "incompatible", "no compatible", "no"), "prohibited"),
}  # fmt: skip
BLANKS = frozenset({"", "null", "none", "s d", "n d", "nan"})
# Confidence scales differ by extractor; far below what is usual in the same file is low on any scale.
LOW_SHARE_OF_MEDIAN = 0.5
Letters = dict[str, str | None]
BETWEEN_CONDITIONS = re.compile(r"[;|\r\n]")
_CODE_IN_NAME = re.compile(r"^\s*((?:\d+\.)+\d+|\d{2,6})[.\s-]+(.+)$")


def build(context: Context) -> list[UseCellRow]:
    """One UseCellRow per zone and activity; disagreeing duplicates are kept, since they mean ambiguity."""
    cells = _long(context) if "value" in context.mapping else _wide(context)
    cells = _without_repeats(context, cells)
    _audit(context, cells)
    _accompany(context, cells)
    return [
        UseCellRow(**{k: v for k, v in cell.items() if k not in {"row", "name", "group"}}) for cell in cells
    ]


def read_value(raw: str, letters: Letters) -> str | None:
    """permitted, conditional, prohibited, "" for a blank cell, None for what is not understood."""
    folded = fold(raw)
    if folded in BLANKS:
        return ""
    return letters[folded] if folded in letters else VALUES.get(folded)


def letter_meanings(tokens: set[str], described: dict[str, set[str]]) -> Letters:
    """What the marks of this file mean where their words do not say it; None where the file does not tell either.

    A description column decides of every mark it describes. Else «C» stands for compatible only in a file
    that also has COND or NP and no other word for permitted, and for condicionado only beside «P» and a
    third mark: a file of C and P alone may mean compatible and prohibido.
    """
    meanings = {
        mark: {VALUES.get(fold(word)) for word in words} - {None} for mark, words in described.items()
    }
    letters: Letters = {
        mark: found.pop() if len(found) == 1 else None for mark, found in meanings.items() if found
    }
    others = {VALUES.get(token) for token in tokens if token != "c"}
    if "c" not in tokens or "c" in letters:
        return letters
    if "p" in tokens and not tokens - BLANKS - {"c", "p"}:
        return {"c": None, "p": None} | letters
    if "permitted" in others and "conditional" not in others:
        return ({"c": "conditional"} if "p" in tokens else {}) | letters
    return ({"c": "permitted"} if "permitted" not in others and tokens & {"cond", "np"} else {}) | letters


def _long(context: Context) -> list[dict[str, Any]]:
    if "zone_code" not in context.mapping or not context.mapping.keys() & {"activity_code", "activity"}:
        raise Refusal(
            "unknown_column",
            "La matriz necesita columnas de zona, giro y compatibilidad. Indíquelas: en la oficina, abajo en «Columnas»; en la consola, con --map zona=…, --map giro=…",
        )
    zones, raws = context.texts("zone_code", 120), context.texts("value", 120)
    names, given = context.texts("activity"), context.texts("activity_code", 40)
    described: dict[str, set[str]] = defaultdict(set)
    for raw, description in zip(raws, context.texts("description"), strict=True):
        if description:
            described[fold(raw)].add(description)
    letters = letter_meanings({fold(raw) for raw in raws}, described)
    extras, groups = _extras(context), context.texts("group", 160)
    low = _low_confidence(context, raws)
    out = []
    for i, zone in enumerate(zones):
        code, name = _activity(given[i], names[i])
        out.append({
            "row": i, "zone_code": zone, "activity_code": code, "name": name, "raw": raws[i], "group": groups[i],
            "value": read_value(raws[i], letters), "low_confidence": low[i], **extras[i],
        })  # fmt: skip
    return _with_codes(context, out)


def _extras(context: Context) -> list[dict[str, Any]]:
    """What a row says besides its answer: conditions, largest area and impact, where it stands."""
    areas, impacts = context.decimals("max_area_m2", zero=False), context.integers("max_impact", 5)
    articles, pages = context.texts("article", 160), context.texts("page", 40)
    return [
        {
            "conditions": [part.strip() for part in BETWEEN_CONDITIONS.split(cell) if part.strip()],
            "max_area_m2": areas[i], "max_impact": impacts[i], "article": articles[i], "page": pages[i],
        }
        for i, cell in enumerate(context.texts("conditions"))
    ]  # fmt: skip


def _wide(context: Context) -> list[dict[str, Any]]:
    """The activity (and its code, and what holds for its whole row), then every other column a zone."""
    if (
        "activity_code" not in context.mapping
        and "zone_code" in context.mapping
        and "activity" in context.mapping
    ):
        # «clave» beside the activity is the code of the activity: the zones are in the header.
        context.mapping["activity_code"] = context.mapping.pop("zone_code")
    if not context.mapping.keys() & {"activity_code", "activity", "group"}:
        context.mapping = {"activity": context.table.columns[0]}
    heads = set(context.mapping.values())
    zones = [c for c in context.table.columns if c not in heads]
    written = _as_written(context.table)
    tokens = {fold(text(row.get(z))) for row in context.table.rows for z in zones}
    letters = letter_meanings(tokens, {})
    if not zones or not tokens & (VALUES.keys() | letters.keys()):
        raise Refusal(
            "unknown_column",
            "No encuentro la columna de compatibilidad ni columnas de zonas. Indíquela: en la oficina, abajo en «Columnas»; en la consola, con --map compatibilidad=COLUMNA.",
        )
    names, given, groups = (
        context.texts("activity"),
        context.texts("activity_code", 40),
        context.texts("group", 160),
    )
    out = []
    for i, (row, extra) in enumerate(zip(context.table.rows, _extras(context), strict=True)):
        code, name = _activity(given[i], names[i])
        for zone in zones:
            raw = text(row.get(zone))[:120]
            value = read_value(raw, letters)
            conditions = extra["conditions"] if value == "conditional" else []
            out.append({
                "row": i, "zone_code": written[zone][:120], "activity_code": code, "name": name, "group": groups[i], "raw": raw,
                "value": value, **extra, "conditions": conditions,
            })  # fmt: skip
    return _with_codes(context, out)


def _as_written(table: Table) -> dict[str, str]:
    """The header of each column as the file has it: a zone that comes twice is one zone, and answers that differ clash."""
    written = {name: name for name in table.columns}
    for name, copies in table.copies.items():
        written |= {copy: name for copy in copies if re.fullmatch(re.escape(name) + r"_\d+", copy)}
    return written


def _activity(code: str, name: str) -> tuple[str, str]:
    """Code and name; a code written at the start of the name is taken from there."""
    match = _CODE_IN_NAME.match(name) if not code else None
    if match:
        return match.group(1)[:40], match.group(2).strip()[:300]
    return code or fold(name).replace(" ", "-")[:40], name[:300]


def _with_codes(context: Context, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bare = [{"row": c["row"]} for c in cells if not c["zone_code"] or not c["activity_code"]]
    context.note(finding("without_code", bare, column="zona o giro"))
    cells = [c for c in cells if c["zone_code"] and c["activity_code"]]
    strange = [
        {"row": c["row"], "zone": c["zone_code"], "text": c["raw"]} for c in cells if c["value"] is None
    ]
    context.note(finding("unknown_cell", strange))
    for cell in cells:
        cell["value"] = cell["value"] or ""
    return cells


def _low_confidence(context: Context, raws: list[str]) -> list[bool]:
    scores = context.decimals("confidence")
    known = [
        score
        for score, raw in zip(scores, raws, strict=True)
        if score is not None and fold(raw) not in BLANKS
    ]
    floor = float(statistics.median(known)) * LOW_SHARE_OF_MEDIAN if known else 0.0
    asks = [("revisar" in fold(n) or "review" in fold(n)) for n in context.texts("note")]
    said = [cell.lower() in {"true", "1", "si", "sí"} for cell in context.texts("low_confidence")]
    blank = [fold(raw) in BLANKS for raw in raws]
    return [
        not empty and ((score is not None and float(score) < floor) or note or told)
        for score, empty, note, told in zip(scores, blank, asks, said, strict=True)
    ]


def _without_repeats(context: Context, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    same, clash = [], []
    for cell in cells:
        others = seen[cell["zone_code"], cell["activity_code"]]
        sample = {"row": cell["row"], "zone": cell["zone_code"], "activity": cell["activity_code"]}
        if any(o["value"] == cell["value"] for o in others):
            same.append(sample)
            continue
        clash += [sample] if others else []
        others.append(cell)
    context.note(finding("identical_rows", same))
    context.note(finding("conflicting_cells", clash))
    return [cell for group in seen.values() for cell in group]


def _audit(context: Context, cells: list[dict[str, Any]]) -> None:
    blank = [
        {"row": c["row"], "zone": c["zone_code"], "activity": c["activity_code"]}
        for c in cells
        if not c["value"]
    ]
    context.note(finding("blank_cells", blank))
    low = [
        {"row": c["row"], "zone": c["zone_code"], "activity": c["activity_code"]}
        for c in cells
        if c.get("low_confidence")
    ]
    context.note(finding("low_confidence", low))
    filled = Counter(c["zone_code"] for c in cells if c["value"])
    zones = {c["zone_code"] for c in cells}
    context.note(finding("blank_zone", [{"zone": zone} for zone in sorted(zones - filled.keys())]))
    known = current.zone_codes(context.municipality)
    if known is not None:
        context.note(finding("cells_unknown_zone", [{"zone": zone} for zone in sorted(zones - known)]))
        context.note(finding("zones_without_cells", [{"zone": zone} for zone in sorted(known - zones)]))


def _accompany(context: Context, cells: list[dict[str, Any]]) -> None:
    """A matrix names its activities: they are published with it until a catalogue of their own is."""
    published = current.version(context.municipality, "activities")
    if published is not None and not published.audit.get("facts", {}).get("companion"):
        return
    from alcaldia.land.importing.tables import distinct_activities

    named = [(c["activity_code"], c["name"], c.get("group", "")) for c in cells if c["name"]]
    rows, found = distinct_activities(named)
    context.findings.extend(found)
    if rows:
        context.companions.append(Companion("activities", list(rows), found, {}, {"companion": True}))
