"""Days as people and systems write them, within a calendar in which a week can still be added and a zone applied."""

from datetime import date

FIRST, LAST = date(1850, 1, 1), date(2299, 12, 31)
"""The first and last days of Python's calendar overflow as soon as anything is done with them."""


def read_day(text: str) -> date:
    """An ISO 8601 day, 2026-11-28. Raises ValueError for any other text and for a day outside FIRST … LAST."""
    return within(date.fromisoformat(text))


def within(day: date) -> date:
    """The same day. Raises ValueError for one outside FIRST … LAST."""
    if not FIRST <= day <= LAST:
        raise ValueError(f"{day} lies outside the calendar")
    return day
