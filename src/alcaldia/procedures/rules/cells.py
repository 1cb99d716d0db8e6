"""The cells of a decision table: sets, intervals, yes/no, blank, dates. Nothing else can be written.

    -                any                     "abarrotes", "café"   one of          no "bar"   none of
    < 100  >= 3      compared                [50..200)              interval        < 5 o > 9  either
    si   no          yes, no                 vacío   no vacío       blank or not    >= hoy - 3 meses

Promises: every cell is a region of its column's values, so gaps, overlaps and dead rows are decidable
(`findings`); a cell costs one comparison; a blank value matches only `-`, `vacío` and `no …`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from alcaldia.procedures.rules.values import DATE, LIST, NUMBER, SPANISH, YES_NO, Span, shifted, span_of


class CellError(ValueError):
    """A cell that cannot be read; its message says what to write."""


@dataclass(frozen=True)
class Moment:
    """A date, or today moved by a span."""

    span: Span

    def on(self, today: date) -> date:
        return shifted(today, self.span)

    def days(self) -> Decimal:
        """For ordering moments among themselves: a month is 30.4375 days."""
        return Decimal(self.span.days) + Decimal("30.4375") * self.span.months


@dataclass(frozen=True)
class Range:
    """Figures or dates between two bounds; None is no bound."""

    low: Any
    low_closed: bool
    high: Any
    high_closed: bool


@dataclass(frozen=True)
class Cell:
    """A region: listed values (or all but them), ranges, blank; `test` takes a known, non-blank value."""

    text: str
    test: Callable[[Any], bool] | None
    values: frozenset[Any] | None = None
    negated: bool = False
    ranges: tuple[Range, ...] = ()
    blank: bool = False
    relative: bool = False

    @property
    def any(self) -> bool:
        return self.test is None


ANYTHING = Cell("-", None, blank=True)
_COMPARED = re.compile(r"(<=|>=|<|>|=|≤|≥)\s*(.+)\Z")
_INTERVAL = re.compile(r"([\[(])\s*(.*?)\s*\.\.\s*(.*?)\s*([\])])\Z")
_TODAY = re.compile(r"hoy(?:\s*([+-])\s*(\d{1,3})\s+(\w+))?\Z")
_QUOTED = re.compile(r'\s*(?:"([^"]*)"|«([^»]*)»|([^",«»]+?))\s*(?:,|\Z)')
YES = {"si": True, "sí": True, "no": False}


def parse(raw: Any, kind: str) -> Cell:
    """The cell written in `raw` for a column of that kind; raises CellError."""
    if isinstance(raw, bool):
        raise CellError("escriba si o no, sin true ni false")
    if isinstance(raw, int | Decimal):
        raw = str(raw)
    if not isinstance(raw, str) or len(raw) > 2000:
        raise CellError("una celda es un texto corto o un número")
    text = raw.strip()
    if text == "-":
        return ANYTHING
    bare = text.lower().replace("í", "i")
    if bare == "vacio":
        return Cell(text, lambda value: False, values=frozenset(), blank=True)
    if bare == "no vacio":
        return Cell(text, lambda value: True, values=frozenset(), negated=True)
    if kind == LIST:
        raise CellError(
            "una lista no cabe en una celda; haga una fórmula con contiene o cuenta y use su resultado"
        )
    if kind == YES_NO:
        return _yes_no(text)
    return _ordered(text, kind) if kind in (NUMBER, DATE) else _set(text)


def _yes_no(text: str) -> Cell:
    if text.lower() not in YES:
        raise CellError(f"«{text}» no se entiende: la columna es de sí o no; escriba si, no, vacío o -")
    wanted = YES[text.lower()]
    return Cell(text, lambda value: value is wanted, values=frozenset({wanted}))


def _set(text: str) -> Cell:
    negated = text.lower().startswith("no ")
    body = text[3:] if negated else text
    if _COMPARED.match(body) or _INTERVAL.match(body):
        raise CellError(f"«{text}» compara números y la columna es de texto; escriba palabras entre comillas")
    values, at = set(), 0
    while at < len(body):
        found = _QUOTED.match(body, at)
        if not found or found.end() == at:
            raise CellError(
                f"«{text}» no se entiende; escriba las palabras entre comillas y separadas por comas"
            )
        values.add(next(part for part in found.groups() if part is not None))
        at = found.end()
    listed = frozenset(values)
    if not listed:
        raise CellError("la celda está en blanco; escriba - si vale cualquier valor")
    test: Callable[[Any], bool] = (lambda value: value not in listed) if negated else listed.__contains__
    return Cell(text, test, values=listed, negated=negated, blank=negated)


def _ordered(text: str, kind: str) -> Cell:
    negated = text.lower().startswith("no ")
    ranges: list[Range] = []
    for part in (text[3:] if negated else text).split(" o "):
        ranges += _ranges(part.strip(), kind)
    if negated:
        ranges = _complement(ranges)
    relative = any(isinstance(bound, Moment) for one in ranges for bound in (one.low, one.high))
    if relative and any(isinstance(bound, date) for one in ranges for bound in (one.low, one.high)):
        raise CellError("no mezcle en una celda fechas fijas y hoy")
    kept = tuple(ranges)
    return Cell(text, _within(kept), ranges=kept, blank=negated, relative=relative)


def _ranges(text: str, kind: str) -> list[Range]:
    if found := _INTERVAL.match(text):
        opening, low, high, closing = found.groups()
        return [Range(_bound(low, kind), opening == "[", _bound(high, kind), closing == "]")]
    if found := _COMPARED.match(text):
        sign, value = found.group(1), _bound(found.group(2), kind)
        if sign == "=":
            return [Range(value, True, value, True)]
        closed = sign in ("<=", ">=", "≤", "≥")
        return [Range(None, False, value, closed) if sign in ("<", "<=", "≤") else Range(value, closed, None, False)]  # fmt: skip
    values = [_bound(part.strip(), kind) for part in text.split(",")]
    return [Range(value, True, value, True) for value in values]


def _complement(ranges: list[Range]) -> list[Range]:
    if any(one.low != one.high for one in ranges):
        raise CellError("«no» niega valores sueltos; para un intervalo escriba el contrario, como < 5 o > 9")
    edges = sorted((one.low for one in ranges), key=order)
    bounds = [None, *edges, None]
    return [Range(low, False, high, False) for low, high in zip(bounds, bounds[1:], strict=False)]


def _bound(text: str, kind: str) -> Any:
    try:
        if kind == NUMBER:
            return Decimal(text.replace(" ", ""))
        if found := _TODAY.match(text.lower()):
            sign, amount, unit = found.groups()
            return Moment(span_of(int(f"{sign}{amount}"), unit) if unit else Span())
        return date.fromisoformat(text)
    except (InvalidOperation, ValueError, KeyError):
        example = "como < 100 o [50..200)" if kind == NUMBER else "como 2026-03-31, < hoy o >= hoy - 3 meses"
        raise CellError(f"«{text}» no es {SPANISH[kind]}; escriba {example}") from None


def order(bound: Any) -> Any:
    """What bounds of one column are sorted by."""
    return bound.days() if isinstance(bound, Moment) else bound


def _within(ranges: tuple[Range, ...]) -> Callable[[Any], bool]:
    if len(ranges) == 1:
        one = ranges[0]
        low, high = one.low, one.high
        if low is None and not isinstance(high, Moment):
            return high.__ge__ if one.high_closed else high.__gt__  # type: ignore[no-any-return]
        if high is None and not isinstance(low, Moment):
            return low.__le__ if one.low_closed else low.__lt__  # type: ignore[no-any-return]
    return lambda value: any(inside(value, one) for one in ranges)


def inside(value: Any, one: Range, today: date | None = None) -> bool:
    """Whether a known value lies in the range; `today` is needed where a bound says hoy."""
    low = one.low.on(today) if isinstance(one.low, Moment) and today else one.low
    high = one.high.on(today) if isinstance(one.high, Moment) and today else one.high
    above = low is None or value > low or (one.low_closed and value == low)
    return bool(above and (high is None or value < high or (one.high_closed and value == high)))


def matches(cell: Cell, value: Any, today: date) -> bool:
    """The test with every case: blank values and moments."""
    if cell.test is None:
        return True
    if value is None:
        return cell.blank
    if cell.relative:
        return any(inside(value, one, today) for one in cell.ranges)
    return bool(cell.test(value))
