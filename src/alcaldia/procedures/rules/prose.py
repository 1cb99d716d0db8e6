"""Reasons and conditions of a table in several languages: Spanish wherever they are kept, the others for a page. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from alcaldia.kernel import shape
from alcaldia.kernel.shape import Path, Problem, Text
from alcaldia.kernel.text import Sentence, named
from alcaldia.procedures.rules.definition import Row, Table

PROSE = ("reason", "condition")
"""The columns of results that are sentences for a person."""


def worded(table: Table, path: Path, problems: list[Problem]) -> tuple[Row, ...]:
    """The rows with `{es: …, en: …}` as Spanish that knows its other languages; what may have none is a problem."""
    return tuple(_row(table, row, (*path, at), problems) for at, row in enumerate(table.rows))


def _row(table: Table, row: Row, path: Path, problems: list[Problem]) -> Row:
    then = list(row.then)
    for at, (name, cell) in enumerate(zip(table.outputs, row.then, strict=False)):
        if not isinstance(cell, Mapping):
            continue
        where: Path = (*path, "then", at)
        if name not in PROSE:
            text = f"sólo {' y '.join(PROSE)} se dicen en varias lenguas; escriba un valor"
            problems.append(Problem(where, "wrong_type", text))
        elif found := shape.load(Text, cell, problems, where):
            then[at] = named(found)
    return replace(row, then=tuple(then))


def said(rows: Iterable[Row], text: str) -> str:
    """A sentence that was kept, as the rows say it in several languages; one that they do not know, as it is."""
    cells = (cell for row in rows for cell in row.then if isinstance(cell, Sentence))
    return next((cell for cell in cells if cell == text), text)
