"""When a message that failed is tried again, and at which hours nobody is woken by a reminder."""

from datetime import datetime, time, timedelta

PAUSES = (60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 24 * 3600)
"""Seconds after the first, second… failure; after the last pause's try it is given up."""


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many failed attempts (1 or more); None where it is to be given up."""
    return now + timedelta(seconds=PAUSES[attempts - 1]) if attempts <= len(PAUSES) else None


DAY = (time(8), time(20))
"""Reminders go from the first to before the second, by the municipality's own hour. Nobody waits for them as for news."""


def by_day(hour: time) -> bool:
    """May a reminder go at this hour?"""
    return DAY[0] <= hour < DAY[1]
