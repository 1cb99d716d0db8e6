"""Until when a paper is valid."""

from calendar import monthrange
from datetime import date, timedelta

from alcaldia.procedures.rules.sheet import Term


def valid_until(day: date, term: Term) -> date:
    """The last day of a validity that begins today."""
    if term.unit in ("days", "working_days"):
        return day + timedelta(days=term.amount)
    months = term.amount * (12 if term.unit == "years" else 1)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
