"""The turns of a day and the seats left in each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

Hours = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Slot:
    """A turn and how many seats are left in it."""

    starts_at: datetime
    left: int


def turns(day: date, hours: Hours, minutes: int, zone: tzinfo) -> list[datetime]:
    """When turns begin on that day of the week; one that would end after the office closes is not begun."""
    found: list[datetime] = []
    for opens, closes in hours.get(str(day.weekday()), ()):
        at = datetime.combine(day, time.fromisoformat(opens))
        end = datetime.combine(day, time.fromisoformat(closes))
        while at + timedelta(minutes=minutes) <= end:
            found.append(at.replace(tzinfo=zone))
            at += timedelta(minutes=minutes)
    return sorted(set(found))


def free(
    starts: Sequence[datetime], capacity: int, taken: Mapping[datetime, int], now: datetime
) -> list[Slot]:
    """Turns still to come with a seat left."""
    return [
        Slot(at, capacity - taken.get(at, 0)) for at in starts if at > now and taken.get(at, 0) < capacity
    ]


def seat(capacity: int, taken: Collection[int]) -> int | None:
    """The lowest seat that nobody has; None where the turn is full."""
    return next((one for one in range(1, capacity + 1) if one not in taken), None)
