"""The values that rules see: text, exact figures, dates, yes/no, lists, blank and unknown.

`UNKNOWN` is a datum that nobody has given yet; None is *vacío*: known to be blank. They are never
confused with zero, with "no" or with each other.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any


class Unknown(Enum):
    """A type of one value, so that `is` works and truth is forbidden."""

    UNKNOWN = "desconocido"

    def __bool__(self) -> bool:
        raise TypeError("unknown is neither true nor false")


UNKNOWN = Unknown.UNKNOWN
NUMBER, TEXT, DATE, YES_NO, LIST, ANY = "number", "text", "date", "yes_no", "list", "any"
# Type of a field in the dictionary → the kind of value that rules see.
KIND_OF = {
    "text": TEXT, "long_text": TEXT, "choice": TEXT, "email": TEXT, "phone": TEXT, "curp": TEXT, "rfc": TEXT,
    "postcode": TEXT, "cadastral_key": TEXT, "address": TEXT, "place": TEXT, "parcel": TEXT, "person": TEXT,
    "file": TEXT, "number": NUMBER, "integer": NUMBER, "money": NUMBER, "date": DATE, "yes_no": YES_NO,
    "choices": LIST, "group": LIST,
}  # fmt: skip
SPANISH = {NUMBER: "un número", TEXT: "un texto", DATE: "una fecha", YES_NO: "sí o no", LIST: "una lista"}


@dataclass(frozen=True)
class Span:
    """A stretch of the calendar: months count as the civil code does, to the same day."""

    months: int = 0
    days: int = 0

    def times(self, sign: int) -> "Span":
        return Span(self.months * sign, self.days * sign)


def shifted(day: date, span: Span) -> date:
    """`day` moved; the 31st plus a month is the last day of that month."""
    months = day.year * 12 + day.month - 1 + span.months
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) + timedelta(days=span.days)


UNITS = {
    "dia": Span(days=1), "dias": Span(days=1), "día": Span(days=1), "días": Span(days=1), "mes": Span(months=1),
    "meses": Span(months=1), "año": Span(months=12), "años": Span(months=12),
}  # fmt: skip


def span_of(amount: int, unit: str) -> Span:
    """`3, "meses"` → the span; raises KeyError for a word that is not a unit."""
    one = UNITS[unit]
    return Span(one.months * amount, one.days * amount)


def shown(value: Any) -> Any:
    """A value as it stands in traces and JSON: figures as short text, dates ISO, unknown as a word."""
    if value is UNKNOWN:
        return "desconocido"
    if value is None:
        return "vacío"
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, list | tuple):
        return [shown(one) for one in value]
    if isinstance(value, dict):
        return {key: shown(one) for key, one in value.items()}
    return value.isoformat() if isinstance(value, date) else value
