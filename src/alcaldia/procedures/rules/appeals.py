"""Until when a resolution may be contested: the definition's `sheet.appeal`, from the day after the person was told."""

from datetime import date, timedelta

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.rules import deadlines
from alcaldia.procedures.rules.deadlines import Calendar
from alcaldia.procedures.rules.flow import Case
from alcaldia.procedures.rules.sheet import Term

MONTH = timedelta(days=31)
"""Longer than any month: a term in months never ends early by the way we count it."""


def last_day(term: Term, case: Case, calendar: Calendar) -> date | None:
    """The last day on which it may be contested; None while nothing is resolved, or where the term is 0."""
    if case.told_on is None or term.amount <= 0:
        return None
    return ends(term, case.told_on, calendar)


def ends(term: Term, day: date, calendar: Calendar) -> date | None:
    """The last day of a term that begins the day after; None for a unit in which nobody contests anything."""
    if term.unit == "working_days":
        return working_days(calendar, day, term.amount)
    spans = {"days": timedelta(days=1), "months": MONTH, "years": 12 * MONTH}
    return day + term.amount * spans[term.unit] if term.unit in spans else None


def working_days(calendar: Calendar, day: date, days: int) -> date:
    """The same in working days. In a year that nobody loaded, three days for each are later than any calendar:
    a term of the person is never cut short, nor a paper held up, because a file is missing.
    """
    try:
        return deadlines.add_working_days(calendar, day, days)
    except Refusal:
        return day + timedelta(days=3 * days)
