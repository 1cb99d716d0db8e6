"""Tables without geometry: activities, land values, crosswalks."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

from alcaldia.land.importing.context import Context
from alcaldia.land.models import ActivityRow, CrosswalkRow, LandValueRow
from alcaldia.land.rules.audit import Finding, finding


def activities(context: Context) -> list[ActivityRow]:
    """One ActivityRow per code. A catalogue without codes but in order gets scian-<order>, said in the code."""
    codes, names = context.texts("code", 40), context.texts("name", 300)
    if "code" not in context.mapping:
        codes = [f"scian-{order}" if order else "" for order in context.texts("order", 30)]
    groups, impacts, words = (
        context.texts("group", 160),
        context.integers("impact", 5),
        context.texts("synonyms"),
    )
    _bare(context, codes, "código")
    named = [(c, n, g) for c, n, g in zip(codes, names, groups, strict=True) if c]
    rows, found = distinct_activities(named)
    context.findings.extend(found)
    extra = {code: (impact, text) for code, impact, text in zip(codes, impacts, words, strict=True)}
    for row in rows:
        row.impact, row.synonyms = extra[row.code]
    return rows


def distinct_activities(named: Iterable[tuple[str, str, str]]) -> tuple[list[ActivityRow], list[Finding]]:
    """One activity per code, with its shortest name: text that a machine read twice is longer when garbled."""
    by_code: dict[str, dict[str, str]] = defaultdict(dict)
    for code, name, group in named:
        by_code[code].setdefault(name, group)
    rows, several = [], []
    for code, names in by_code.items():
        name = min(names, key=lambda n: (not n, len(n), n))
        rows.append(ActivityRow(code=code, name=name[:300] or code, group=names[name][:160]))
        if len(names) > 1:
            several.append({"code": code, "taken": name, "left": max(names, key=len)[:80]})
    return rows, [finding("activity_names_differ", several)] if several else []


def land_values(context: Context) -> list[LandValueRow]:
    """One LandValueRow per row with a code; a value that is not a number stays empty, zero stays zero."""
    codes, names = context.texts("code", 80), context.texts("name", 200)
    years, values = (
        context.integers("fiscal_year", 2200),
        context.decimals("value_m2", ceiling=Decimal(10**12)),
    )
    _bare(context, codes, "código de zona homogénea")
    empty = [{"row": i, "code": codes[i]} for i, value in enumerate(values) if value is None and codes[i]]
    context.note(finding("values_without_number", empty))
    times = Counter((code, year) for code, year in zip(codes, years, strict=True) if code)
    twice = [{"row": i, "key": codes[i]} for i in range(len(codes)) if times[codes[i], years[i]] > 1]
    context.note(finding("duplicate_key", twice, column=context.mapping.get("code", "código")))
    return [
        LandValueRow(
            code=code,
            name=names[i],
            fiscal_year=years[i],
            value_m2=None if value is None else value.quantize(Decimal("0.01")),
        )
        for i, (code, value) in enumerate(zip(codes, values, strict=True))
        if code
    ]


def crosswalk(context: Context) -> list[CrosswalkRow]:
    """One CrosswalkRow per pair of codes."""
    origins, targets, notes = (
        context.texts("from_code", 40),
        context.texts("to_code", 40),
        context.texts("note", 300),
    )
    _bare(context, [a and b for a, b in zip(origins, targets, strict=True)], "código de origen y del plan")
    pairs = zip(origins, targets, notes, strict=True)
    return [CrosswalkRow(from_code=a, to_code=b, note=note) for a, b, note in pairs if a and b]


def _bare(context: Context, codes: list[str], column: str) -> None:
    context.note(
        finding("without_code", [{"row": i} for i, code in enumerate(codes) if not code], column=column)
    )
