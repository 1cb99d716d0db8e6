"""Whether a municipality's days of rest are there for the terms that begin today."""

from datetime import timedelta

from alcaldia.kernel.models import Municipality
from alcaldia.procedures.calendars import calendar_of, today

AHEAD = 60
"""Days: in the last two months of a year terms already end in the next."""


def missing_years(town: Municipality) -> list[int]:
    """Years that nobody loaded and in which terms that begin today may end; without them nothing can be sent."""
    on = today(town)
    return sorted({on.year, (on + timedelta(days=AHEAD)).year} - set(calendar_of(town).years))
