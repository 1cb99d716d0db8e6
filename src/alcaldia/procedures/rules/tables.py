"""A decision table compiled: which row, and for every row before it, the column that ruled it out.

Three-valued: a row that a missing datum could still make true stops a `first` table, whose answer is then
that the datum is missing; a silent default would be a wrong denial. Measured in `bench procedures`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alcaldia.procedures.rules.cells import Cell, matches
from alcaldia.procedures.rules.definition import Row
from alcaldia.procedures.rules.values import UNKNOWN

Test = tuple[int, Callable[[Any], bool]]


@dataclass(frozen=True)
class Reading:
    """What a table said: rows that match, rows that a missing datum leaves open, and the trace.

    `ruled_out` has (row, column) for every row that does not match: the first column that said no.
    """

    matched: tuple[int, ...]
    open_rows: tuple[int, ...]
    ruled_out: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CompiledTable:
    """The table with its cells parsed; `inputs` in the order of the columns."""

    name: str
    policy: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]
    cells: tuple[tuple[Cell, ...], ...]
    tests: tuple[tuple[Test, ...], ...]
    relative: bool

    def read(self, values: Mapping[str, Any], today: date) -> Reading:
        """The rows that hold for these values; a name that is not there is unknown."""
        column = [values.get(name, UNKNOWN) for name in self.inputs]
        if self.relative or None in column or UNKNOWN in column:
            return self._carefully(column, today)
        stop = self.policy == "first"
        ruled_out: list[tuple[int, int]] = []
        matched: list[int] = []
        for at, tests in enumerate(self.tests):
            for where, test in tests:
                if not test(column[where]):
                    ruled_out.append((at, where))
                    break
            else:
                matched.append(at)
                if stop:
                    break
        return Reading(tuple(matched), (), tuple(ruled_out))

    def _carefully(self, column: list[Any], today: date) -> Reading:
        matched, open_rows, ruled_out = [], [], []
        for at, cells in enumerate(self.cells):
            no = _first_no(cells, column, today)
            if no is not None:
                ruled_out.append((at, no))
            elif any(value is UNKNOWN and not cell.any for cell, value in zip(cells, column, strict=True)):
                open_rows.append(at)
            else:
                matched.append(at)
            if self.policy == "first" and (matched or open_rows):
                break
        return Reading(tuple(matched), tuple(open_rows), tuple(ruled_out))


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
    """Keep only the cells that say something, in the order of the columns."""
    tests = tuple(
        tuple((at, cell.test) for at, cell in enumerate(line) if cell.test is not None) for line in cells
    )
    relative = any(cell.relative for line in cells for cell in line)
    return CompiledTable(name, policy, inputs, outputs, rows, cells, tests, relative)
