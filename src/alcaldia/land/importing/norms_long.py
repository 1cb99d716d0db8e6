"""A long norm table: one limit per row, as plans are often typed and as our own export writes them."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from alcaldia.kernel.text import fold
from alcaldia.land.importing.context import Context
from alcaldia.land.importing.norm_cells import read_cell
from alcaldia.land.rules import norm_words
from alcaldia.land.rules.audit import finding
from alcaldia.land.rules.norm_text import NO_LIMIT, Refused
from alcaldia.land.rules.parameters import BY_NAME
from alcaldia.land.rules.types import Bound, Norm

# Never three decimals: 1.000 may be a thousand, and the parser knows which parameters could mean it.
PLAIN = re.compile(r"\d+(\.(?!\d{3}$)\d+)?")
COLUMNS = ("parameter", "bound", "condition", "unit", "raw")
UNKNOWN_PARAMETER = "no conozco este parámetro"


def is_long(context: Context) -> bool:
    """Does each row name its parameter?"""
    return {"parameter", "value"} <= context.mapping.keys()


def parse_rows(context: Context) -> list[list[Norm]]:
    """The norms of every row; what cannot be read safely is a norm without value, and told."""
    refused: list[dict[str, Any]] = []
    hidden: list[dict[str, Any]] = []
    columns = {name: context.texts(name) for name in (*COLUMNS, "value")}
    out = []
    for i, record in enumerate(context.table.rows):
        cells = {name: cells[i] for name, cells in columns.items()}
        cell = record.get(context.mapping["value"])
        cells["value"] = _number(cell) if isinstance(cell, int | float) and cells["value"] else cells["value"]
        answer = _limit(cells, {"row": i, "column": context.mapping["value"]}, hidden)
        if isinstance(answer, Refused):
            refused.append({"row": i, "text": _written(cells)[:80], "reason": answer.reason})
            answer = _unread(cells)
        out.append(answer)
    context.note(finding("number_in_text", hidden))
    context.note(finding("refused_norm", refused))
    return out


def _number(cell: float) -> str:
    """A number of a spreadsheet, written so that no decimal sign can be taken for one of thousands."""
    return f"{Decimal(str(cell)):.4f}"


def _written(cells: dict[str, str]) -> str:
    return " ".join(
        part for part in (cells["parameter"], cells["bound"], cells["value"], cells["unit"]) if part
    )


def _unread(cells: dict[str, str]) -> list[Norm]:
    named = norm_words.parameter_named(cells["parameter"])
    if named is None:
        return []
    bound: Any = BY_NAME[named[0]].default_bound
    raw = cells["raw"] or _written(cells)
    return [Norm(named[0], bound, None, norm_words.condition_named(cells["condition"]), raw)]


def _limit(cells: dict[str, str], where: dict[str, Any], hidden: list[Any]) -> list[Norm] | Refused:
    named = norm_words.parameter_named(cells["parameter"])
    if named is None:
        return Refused(UNKNOWN_PARAMETER)
    sense = _sense(cells["bound"], named[1])
    if isinstance(sense, Refused):
        return sense
    if sense == "none":
        return _no_limit(named[0], cells)
    if not cells["value"]:
        return Refused("no trae valor")
    return _read(named[0], sense, cells, where, hidden)


def _sense(cell: str, from_name: Bound | None) -> Bound | None | Refused:
    said = norm_words.sense_named(cell) if cell else None
    if cell and said is None:
        return Refused(f"no se entiende el sentido «{cell[:40]}»")
    if said and from_name and said != from_name:
        return Refused("dice mínimo y máximo del mismo número")
    return said or from_name


def _no_limit(parameter: str, cells: dict[str, str]) -> list[Norm] | Refused:
    if cells["value"] and fold(cells["value"]) not in NO_LIMIT:
        return Refused("dice que no hay límite y trae un valor")
    raw = cells["raw"] or cells["value"] or cells["bound"]
    return [Norm(parameter, "none", None, norm_words.condition_named(cells["condition"]), raw)]


def _read(
    parameter: str, sense: Bound | None, cells: dict[str, str], where: dict[str, Any], hidden: list[Any]
) -> list[Norm] | Refused:
    written = norm_words.with_unit(parameter, cells["value"], cells["unit"])
    value = Decimal(written) if PLAIN.fullmatch(written) else written
    refused: list[dict[str, Any]] = []
    found = read_cell(parameter, value, where, hidden, refused)
    if refused:
        return Refused(str(refused[0]["reason"]))
    if not found:
        return Refused("no trae un valor que se pueda usar")
    turned = [norm_words.in_sense(norm, sense) if sense else norm for norm in found]
    wrong = next((norm for norm in turned if isinstance(norm, Refused)), None)
    if wrong is not None:
        return wrong
    outer = norm_words.condition_named(cells["condition"])
    raw = cells["raw"] or " ".join(part for part in (cells["bound"], written) if part)
    return [
        replace(norm, condition="; ".join(dict.fromkeys(filter(None, (outer, norm.condition)))), raw=raw)
        for norm in turned
        if isinstance(norm, Norm)
    ]
