"""Until when, by the calendar of the town. Where it has no days of rest of a year, that day is unknown and the case waits for
that year: the clock counts it once they are loaded.
"""

from collections.abc import Callable
from datetime import date

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.calendars import calendar_of
from alcaldia.procedures.models import Case
from alcaldia.procedures.rules import deadlines
from alcaldia.procedures.rules.deadlines import NO_CALENDAR, Calendar, Clock


def due(row: Case, clock: Clock) -> date | None:
    """The last day of a term; None while it stands still or is unknown."""
    return _known(row, lambda calendar: deadlines.due(calendar, clock))


def days_after(row: Case, start: date, days: int) -> date | None:
    """The last day of so many working days after one; None where it is unknown."""
    return _known(row, lambda calendar: deadlines.add_working_days(calendar, start, days))


def days_left(row: Case, on: date, until: date) -> int | None:
    """Working days from one day to another, less than 0 where it has passed; None where they cannot be counted."""
    calendar = calendar_of(row.municipality)
    try:
        ahead = deadlines.working_days_between(calendar, on, until)
        return ahead or -deadlines.working_days_between(calendar, until, on)
    except Refusal:
        return None


def _known(row: Case, count: Callable[[Calendar], date | None]) -> date | None:
    try:
        return count(calendar_of(row.municipality))
    except Refusal as refusal:
        if refusal.code != NO_CALENDAR:
            raise
        year = int(str(refusal.facts["year"]))
        row.awaits_year = min(row.awaits_year or year, year)
        return None
