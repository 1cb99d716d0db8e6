"""A decision table compiled: which row, and for every row before it, the column that ruled it out.

Three-valued: a row that a missing datum could still make true stops a `first` table, whose answer is then
that the datum is missing; a silent default would be a wrong denial. Measured in `bench procedures`.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from alcaldia.procedures.rules.cells import Cell, matches
from alcaldia.procedures.rules.definition import Row
from alcaldia.procedures.rules.values import UNKNOWN

Lookup = Callable[[Any], int]


class Reading(NamedTuple):
    """What a table said: rows that match, rows that a missing datum leaves open, and the trace.

    `refused` has for every column the rows that it was the first to rule out, as a bitmask; `ruled_out`
    reads it row by row.
    """

    matched: tuple[int, ...]
    open_rows: tuple[int, ...]
    refused: tuple[int, ...]

    @property
    def ruled_out(self) -> tuple[tuple[int, int], ...]:
        """(row, first column that said no) of every row that does not match, in the order of the rows."""
        found = []
        for column, mask in enumerate(self.refused):
            found += [(row, column) for row in _bits(mask)]
        return tuple(sorted(found))


@dataclass(frozen=True)
class CompiledTable:
    """The table with its cells parsed; `lookups` give for a value of each column the rows that allow it."""

    name: str
    policy: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]
    cells: tuple[tuple[Cell, ...], ...]
    lookups: tuple[Lookup, ...]
    relative: bool

    def read(self, values: Mapping[str, Any], today: date) -> Reading:
        """The rows that hold for these values; a name that is not there is unknown."""
        column = [values.get(name, UNKNOWN) for name in self.inputs]
        if self.relative:
            return self._carefully(column, today)
        alive = (1 << len(self.rows)) - 1
        refused = []
        for value, lookup in zip(column, self.lookups, strict=True):
            if value is UNKNOWN or value is None:
                return self._carefully(column, today)
            kept = alive & lookup(value)
            refused.append(alive ^ kept)
            alive = kept
        if self.policy == "first" and alive:
            first = alive & -alive
            return Reading((first.bit_length() - 1,), (), tuple([mask & (first - 1) for mask in refused]))
        return Reading(_bits(alive), (), tuple(refused))

    def _carefully(self, column: list[Any], today: date) -> Reading:
        matched, open_rows, refused = [], [], [0] * len(self.inputs)
        for at, cells in enumerate(self.cells):
            no = _first_no(cells, column, today)
            if no is not None:
                refused[no] |= 1 << at
            elif any(value is UNKNOWN and not cell.any for cell, value in zip(cells, column, strict=True)):
                open_rows.append(at)
            else:
                matched.append(at)
            if self.policy == "first" and (matched or open_rows):
                break
        return Reading(tuple(matched), tuple(open_rows), tuple(refused))


def _first_no(cells: tuple[Cell, ...], column: list[Any], today: date) -> int | None:
    for at, (cell, value) in enumerate(zip(cells, column, strict=True)):
        if value is not UNKNOWN and not matches(cell, value, today):
            return at
    return None


def compile_table(
    name: str,
    policy: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    rows: tuple[Row, ...],
    cells: tuple[tuple[Cell, ...], ...],
) -> CompiledTable:
    """Turn each column into a lookup from a value to the rows that allow it."""
    columns = list(zip(*cells, strict=True)) if cells else [()] * len(inputs)
    relative = any(cell.relative for line in cells for cell in line)
    lookups = () if relative else tuple(_lookup(column) for column in columns)
    return CompiledTable(name, policy, inputs, outputs, rows, cells, lookups, relative)


def _bits(mask: int) -> tuple[int, ...]:
    return tuple([at for at in range(mask.bit_length()) if mask >> at & 1])


def _lookup(column: tuple[Cell, ...]) -> Lookup:
    if any(cell.ranges for cell in column):
        return _by_edges(column)
    known = {value for cell in column for value in cell.values or ()}
    masks = {value: _allowing(column, value) for value in known}
    other = sum(1 << at for at, cell in enumerate(column) if cell.any or cell.negated)
    return lambda value: masks.get(value, other)


def _by_edges(column: tuple[Cell, ...]) -> Lookup:
    """Between two neighbouring edges every value is allowed by the same rows; a value between stands for them."""
    edges = sorted(
        {b for cell in column for one in cell.ranges for b in (one.low, one.high) if b is not None}
    )
    gaps = [_allowing(column, value) for value in _betweens(edges)]
    points = [_allowing(column, edge) for edge in edges]

    def lookup(value: Any) -> int:
        at = bisect_left(edges, value)
        return points[at] if at < len(edges) and edges[at] == value else gaps[at]

    return lookup


def _betweens(edges: list[Any]) -> list[Any]:
    """One value below, between and above the edges; between two neighbouring days there is none, and either will do."""
    step: Any = timedelta(days=1) if isinstance(edges[0], date) else 1
    middles = [low + (high - low) / 2 for low, high in zip(edges, edges[1:], strict=False)]
    return [edges[0] - step, *middles, edges[-1] + step]


def _allowing(column: tuple[Cell, ...], value: Any) -> int:
    return sum(1 << at for at, cell in enumerate(column) if cell.test is None or cell.test(value))
