"""What a builder of rows knows: the file, the recognised columns, the city it is for; and numbers in cells."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Model

from alcaldia.kernel.models import Municipality
from alcaldia.land.importing.table import Progress, Table, silent, text
from alcaldia.land.rules import numbers
from alcaldia.land.rules.audit import Finding, finding

NULLS = frozenset({"", "null", "none", "nan", "s/d", "n/d", "n/a", "-", "nd", "sd"})
_FIGURE = re.compile(rf"^\$?\s*(-?{numbers.TOKEN})\s*(m2|m²|mts?2?|m|ha|has|mxn)?\.?$", re.IGNORECASE)
_HECTARES = re.compile(r"(^|[ _])has?$|hectare", re.IGNORECASE)


@dataclass
class Companion:
    """A dataset of another kind that the same file carries."""

    kind: str
    rows: list[Model]
    findings: list[Finding]
    mapping: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Context:
    """One import under way; builders add findings, companions and facts to it.

    `extra` are rows of another model that belong to the same version (the norms of drawn zones).
    """

    municipality: Municipality
    kind: str
    name: str
    table: Table
    mapping: dict[str, str]
    srid: int | None
    citation: Mapping[str, str]
    sha256: str
    progress: Progress = silent
    findings: list[Finding] = field(default_factory=list)
    companions: list[Companion] = field(default_factory=list)
    extra: list[Model] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    crs: str = ""
    metric_srid: int | None = None

    def note(self, found: Finding | None) -> None:
        """Keep a finding; None and empty ones are nothing."""
        if found is not None and found.count:
            self.findings.append(found)

    def texts(self, name: str, limit: int | None = None) -> list[str]:
        """The column of a field as text, "" where it has none; cut at `limit`, and said so."""
        column = self.mapping.get(name)
        if column is None:
            return [""] * len(self.table.rows)
        cells = [text(row.get(column)) for row in self.table.rows]
        cells = ["" if cell.lower() in NULLS else cell for cell in cells]
        if limit is None:
            return cells
        long = [{"row": i} for i, cell in enumerate(cells) if len(cell) > limit]
        self.note(finding("text_cut", long, column=column))
        return [cell[:limit] for cell in cells]

    def decimals(
        self, name: str, *, ceiling: Decimal = Decimal(10**11), zero: bool = True
    ) -> list[Decimal | None]:
        """The column of a field as numbers in its base unit (hectares become m²); None is no data.

        The decimal sign is what the column proves; a number that stays ambiguous is refused.
        `zero` False takes 0 for no data.
        """
        column = self.mapping.get(name)
        if column is None:
            return [None] * len(self.table.rows)
        cells = [row.get(column) for row in self.table.rows]
        tokens = [_FIGURE.match(text(cell)) if isinstance(cell, str) else None for cell in cells]
        mark = numbers.decimal_mark(match.group(1).lstrip("-") for match in tokens if match)
        scale = Decimal(10000) if _HECTARES.search(column) else Decimal(1)
        out: list[Decimal | None] = []
        unread: list[dict[str, Any]] = []
        ambiguous: list[dict[str, Any]] = []
        for i, (cell, match) in enumerate(zip(cells, tokens, strict=True)):
            value = _number(cell, match, mark)
            if value is None and text(cell).lower() not in NULLS:
                (ambiguous if match else unread).append({"row": i, "text": text(cell)[:40]})
            if value is not None and match and (match.group(2) or "").lower().startswith("ha") and scale == 1:
                value *= 10000
            value = None if value is None or value < 0 or value * scale >= ceiling else value * scale
            out.append(None if value == 0 and not zero else value)
        self.note(finding("unread_number", unread, column=column))
        self.note(finding("ambiguous_number", ambiguous, column=column))
        return out

    def integers(self, name: str, high: int) -> list[int | None]:
        """The column of a field as whole numbers 0–`high`; others are no data, and said so where they are text."""
        values = self.decimals(name)
        return [int(v) if v is not None and v == int(v) and v <= high else None for v in values]

    def dates(self, name: str) -> list[date | None]:
        """The column of a field as dates (ISO 8601 or day/month/year); None is no data."""
        return [read_date(cell) for cell in self.texts(name)]


def read_date(cell: str) -> date | None:
    """A date as 2026-11-22 or 22/11/2026."""
    for shape in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d"):
        try:
            return datetime.strptime(cell, shape).date()
        except ValueError:
            continue
    return None


def _number(cell: object, match: re.Match[str] | None, mark: str | None) -> Decimal | None:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        try:
            value = Decimal(str(cell))
        except InvalidOperation:
            return None
        return value if value.is_finite() else None
    if match is None:
        return None
    token = match.group(1)
    value_or_none = numbers.read(token.lstrip("-"), mark)
    return -value_or_none if value_or_none is not None and token.startswith("-") else value_or_none
