"""From cells to norms and rows of norms: what the wide and the long table share."""

from collections import defaultdict
from datetime import date
from itertools import combinations
from typing import Any

from alcaldia.land.importing.context import NULLS, Context, read_date
from alcaldia.land.importing.table import text
from alcaldia.land.models import NormRow
from alcaldia.land.rules.audit import finding
from alcaldia.land.rules.norm_text import Refused, parse
from alcaldia.land.rules.parameters import BY_NAME
from alcaldia.land.rules.types import Norm

CITED = ("instrument", "article", "page", "url")
LIMITS = {"instrument": 300, "article": 120, "page": 40, "url": 500}
DATES = ("valid_from", "valid_to")
DIFFERS = "difiere entre renglones del mismo código"


def read_cell(
    name: str, cell: object, where: dict[str, Any], hidden: list[Any], refused: list[Any]
) -> list[Norm]:
    """The norms of one cell of a column `name` (parameter or parameter:condition); a refused text has no value."""
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


def rows_of(
    context: Context, code: str, feature_row: int | None, source: int, norms: list[Norm]
) -> list[NormRow]:
    """NormRows of these norms, cited and dated as row `source` of the file says."""
    record = context.table.rows[source]
    cited = {name: _cited(context, record, name) for name in CITED}
    dates = {name: read_date(text(record.get(context.mapping.get(name, "")))) for name in DATES}
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


def rows_without_dates(context: Context) -> set[int]:
    """Rows whose period of validity cannot be read: nobody can say whether their norms are in force."""
    bad: list[dict[str, Any]] = []
    for column in (context.mapping[name] for name in DATES if name in context.mapping):
        for i, row in enumerate(context.table.rows):
            cell = text(row.get(column))
            if cell.lower() not in NULLS and read_date(cell) is None:
                bad.append({"row": i, "column": column, "text": cell[:40]})
    context.note(finding("unread_date", bad))
    return {int(sample["row"]) for sample in bad}


def settle(context: Context, rows: list[NormRow]) -> list[NormRow]:
    """Drop what is said twice; what one zone says in two ways for the same time and condition loses its value."""
    groups: dict[tuple[str, str, str], list[NormRow]] = defaultdict(list)
    seen: set[tuple[Any, ...]] = set()
    kept, same, clash = [], [], []
    for row in rows:
        what = (
            row.zone_code,
            row.parameter,
            row.condition,
            row.bound,
            row.value,
            row.valid_from,
            row.valid_to,
        )
        sample = {"zone": row.zone_code, "parameter": row.parameter}
        if what in seen and row.value is not None:
            same.append(sample)
            continue
        seen.add(what)
        kept.append(row)
        groups[what[:3]].append(row)
    for (zone, parameter, _), members in groups.items():
        doubtful = _contradicting(members)
        if doubtful:
            said = "; ".join(sorted({row.raw for row in doubtful}))
            clash.append({"zone": zone, "parameter": BY_NAME[parameter].label, "text": said[:80]})
        for row in doubtful:
            row.bound, row.value, row.raw = BY_NAME[parameter].default_bound, None, DIFFERS
    context.note(finding("identical_rows", same))
    context.note(finding("norm_clash", clash))
    return kept


def _contradicting(members: list[NormRow]) -> list[NormRow]:
    doubtful: dict[int, NormRow] = {}
    for one, other in combinations(members, 2):
        if (one.bound, one.value) != (other.bound, other.value) and _overlap(one, other):
            doubtful |= {id(one): one, id(other): other}
    return list(doubtful.values())


def _overlap(one: NormRow, other: NormRow) -> bool:
    def starts(row: NormRow) -> date:
        return row.valid_from or date.min

    def ends(row: NormRow) -> date:
        return row.valid_to or date.max

    return starts(one) <= ends(other) and starts(other) <= ends(one)
