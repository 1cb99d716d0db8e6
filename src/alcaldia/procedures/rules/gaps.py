"""What a decision table leaves out, says twice or can never say. Exact, since cells are sets and intervals.

Each column is cut into atoms: the values that its cells tell apart. A row is then a box (one bitmask a
column); what no row covers is found by subtracting boxes, never by enumerating combinations.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from alcaldia.procedures.rules.cells import Cell, Moment, order
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.tables import CompiledTable
from alcaldia.procedures.rules.values import DATE, LIST, NUMBER, YES_NO, Span

MAX_BOXES = 20_000
FIGURES = frozenset({"integer", "number", "money"})
Box = tuple[int, ...]


@dataclass(frozen=True)
class Atom:
    """One kind of value in a column, with an example for people and the test of who covers it."""

    example: str
    point: Any
    gap: tuple[Any, Any] | None = None
    blank: bool = False
    other: bool = False


@dataclass(frozen=True)
class Gaps:
    """`uncovered` is one example by column, or None; `dead` rows; `clashes` pairs of rows that disagree."""

    uncovered: Mapping[str, str] | None
    dead: tuple[int, ...]
    clashes: tuple[tuple[int, int], ...]
    gave_up: bool = False


def gaps(table: CompiledTable, kinds: Mapping[str, str], data: Mapping[str, DataField]) -> Gaps:
    """The findings of one table; it gives up where a column compares both with fixed days and with today."""
    columns = list(zip(*table.cells, strict=True)) if table.cells else [()] * len(table.inputs)
    if any(_mixed(column) for column in columns):
        return Gaps(None, (), (), gave_up=True)
    atoms = [
        _atoms(column, kinds[name], data.get(name))
        for name, column in zip(table.inputs, columns, strict=True)
    ]
    if not all(atoms):  # a datum that can be nothing: `impossible` says so
        return Gaps(None, (), ())
    boxes = [
        tuple(_mask(cell, found) for cell, found in zip(line, atoms, strict=True)) for line in table.cells
    ]
    left: list[Box] = [tuple((1 << len(found)) - 1 for found in atoms)]
    dead: list[int] = []
    for at, box in enumerate(boxes):
        if not any(_meet(box, rest) for rest in left):
            dead.append(at)
        left = [piece for rest in left for piece in _minus(rest, box)]
        if len(left) > MAX_BOXES:
            return Gaps(None, (), (), gave_up=True)
    uncovered = _example(table.inputs, atoms, left[0]) if left else None
    collect = table.policy == "collect"
    return Gaps(
        uncovered,
        () if collect else tuple(at for at in dead if table.policy == "first"),
        () if collect else _clashes(table, boxes),
    )


def _bounds(column: tuple[Cell, ...]) -> list[Any]:
    return [b for cell in column for one in cell.ranges for b in (one.low, one.high) if b is not None]


def _mixed(column: tuple[Cell, ...]) -> bool:
    """Which of a fixed day and «hoy - 3 meses» comes first depends on the day: they have no order."""
    return len({isinstance(one, Moment) for one in _bounds(column)}) > 1


def _atoms(column: tuple[Cell, ...], kind: str, field: DataField | None) -> list[Atom]:
    """Values that the cells tell apart; blank only where the datum may be left blank."""
    found = _ordered(column, field) if kind in (NUMBER, DATE) else _listed(column, kind, field)
    if (
        field is None
        or field.required is False
        or field.visible
        or any(cell.text.lower() in ("vacío", "vacio") for cell in column)
    ):
        return [*found, Atom("vacío", None, blank=True)] if _blankable(column, field) else found
    return found


def _blankable(column: tuple[Cell, ...], field: DataField | None) -> bool:
    """A computed value is never blank unless a cell says so; a field that may be hidden or skipped is."""
    said = any(cell.text.lower() in ("vacío", "vacio", "no vacío", "no vacio") for cell in column)
    return said or (field is not None and (not field.required or bool(field.visible)))


def _listed(column: tuple[Cell, ...], kind: str, field: DataField | None) -> list[Atom]:
    if kind == YES_NO:
        return [Atom("si", True), Atom("no", False)]
    values = {value for cell in column for value in cell.values or ()}
    if field is not None and field.options:
        return [Atom(f'"{option.value}"', option.value) for option in field.options]
    listed = [Atom(f'"{value}"', value) for value in sorted(values, key=str)]
    return [*listed, Atom("cualquier otro" if kind != LIST else "cualquier lista", None, other=True)]


def _ordered(column: tuple[Cell, ...], field: DataField | None) -> list[Atom]:
    """The bounds and what lies between them, as far as the datum may have such a value at all."""
    bounds = {order(b): b for b in _bounds(column)}
    edges = sorted(bounds)
    found: list[Atom] = []
    for low, high in zip([None, *edges], [*edges, None], strict=True):
        if _between_may_be(field, low, high):
            found.append(Atom(_between(bounds.get(low), bounds.get(high)), None, gap=(low, high)))
        if high is not None and _may_be(field, high):
            found.append(Atom(_said(bounds[high]), high))
    return found


def _may_be(field: DataField | None, value: Any) -> bool:
    """Whether the datum's own limits let it be this; a whole number is no fraction."""
    if field is None or field.type not in FIGURES:
        return True
    below = field.min is not None and value < field.min
    above = field.max is not None and value > field.max
    return not (below or above or (field.type == "integer" and value % 1))


def _between_may_be(field: DataField | None, low: Any, high: Any) -> bool:
    """Whether the datum may lie strictly between two bounds, None where there is none."""
    if field is None or field.type not in FIGURES:
        return True
    if (field.min is not None and high is not None and high <= field.min) or (
        field.max is not None and low is not None and low >= field.max
    ):
        return False
    whole = field.type == "integer" and low is not None and high is not None
    return not whole or math.floor(low) + 1 < high


def _between(low: Any, high: Any) -> str:
    if low is None and high is None:
        return "cualquiera"
    if low is None:
        return f"menos de {_said(high)}"
    return f"más de {_said(low)}" if high is None else f"entre {_said(low)} y {_said(high)}"


def _said(bound: Any) -> str:
    if isinstance(bound, Moment):
        return (
            "hoy" if bound.span == Span() else f"hoy {bound.span.months:+d} meses {bound.span.days:+d} días"
        )
    return bound.isoformat() if isinstance(bound, date) else format(Decimal(bound), "f")


def _mask(cell: Cell, atoms: list[Atom]) -> int:
    return sum(1 << at for at, atom in enumerate(atoms) if _covers(cell, atom))


def _covers(cell: Cell, atom: Atom) -> bool:
    if cell.any:
        return True
    if atom.blank:
        return cell.blank
    if cell.values is not None:
        return (
            (atom.other or atom.point not in cell.values)
            if cell.negated
            else (not atom.other and atom.point in cell.values)
        )
    return any(_in_range(one, atom) for one in cell.ranges)


def _in_range(one: Any, atom: Atom) -> bool:
    low, high = (None if b is None else order(b) for b in (one.low, one.high))
    if atom.gap is None:
        above = low is None or atom.point > low or (one.low_closed and atom.point == low)
        return bool(above and (high is None or atom.point < high or (one.high_closed and atom.point == high)))
    begins, ends = atom.gap
    above = low is None or (begins is not None and begins >= low)
    return bool(above and (high is None or (ends is not None and ends <= high)))


def _meet(one: Box, other: Box) -> bool:
    return all(a & b for a, b in zip(one, other, strict=True))


def _minus(box: Box, cut: Box) -> list[Box]:
    """The parts of `box` outside `cut`, disjoint."""
    if not _meet(box, cut):
        return [box]
    pieces, rest = [], list(box)
    for at, (have, taken) in enumerate(zip(box, cut, strict=True)):
        if outside := have & ~taken:
            pieces.append((*rest[:at], outside, *rest[at + 1 :]))
        rest[at] = have & taken
    return pieces


def _example(names: tuple[str, ...], atoms: list[list[Atom]], box: Box) -> dict[str, str]:
    return {
        name: found[(mask & -mask).bit_length() - 1].example
        for name, found, mask in zip(names, atoms, box, strict=True)
    }


def _clashes(table: CompiledTable, boxes: list[Box]) -> tuple[tuple[int, int], ...]:
    """`unique`: rows that meet and disagree. `first`: rows with the same conditions that disagree."""
    unique = table.policy == "unique"
    return tuple(
        (a, b)
        for a in range(len(boxes))
        for b in range(a + 1, len(boxes))
        if table.rows[a].then != table.rows[b].then
        and (_meet(boxes[a], boxes[b]) if unique else boxes[a] == boxes[b])
    )
