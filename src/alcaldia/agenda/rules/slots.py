"""The turns of a day and the seats left in each."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

Hours = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Slot:
    """A turn and how many seats are left in it."""

    starts_at: datetime
    left: int


@dataclass(frozen=True)
class Taken:
    """A seat that somebody has, from when and for how many minutes."""

    starts_at: datetime
    minutes: int
    seat: int


@dataclass(frozen=True)
class Need:
    """What a matter asks of a turn: how many minutes, and how many are attended at once (0: all the seats there are)."""

    minutes: int
    capacity: int = 0


def turns(day: date, hours: Hours, every: int, zone: tzinfo, lasting: int = 0) -> list[datetime]:
    """When turns begin on that day of the week; one that would end after the office closes is not begun.

    They begin every so many minutes and last `lasting`, or until the next one.
    """
    found: list[datetime] = []
    for opens, closes in hours.get(str(day.weekday()), ()):
        at = datetime.combine(day, time.fromisoformat(opens))
        end = datetime.combine(day, time.fromisoformat(closes))
        while at + timedelta(minutes=lasting or every) <= end:
            found.append(at.replace(tzinfo=zone))
            at += timedelta(minutes=every)
    return sorted(set(found))


def free(
    starts: Sequence[datetime], capacity: int, need: Need, taken: Collection[Taken], now: datetime
) -> list[Slot]:
    """Turns still to come with a seat left for as long as it is needed."""
    near = _near(taken)
    made = (Slot(at, len(seats(at, capacity, need, near(at, need)))) for at in starts if at > now)
    return [one for one in made if one.left]


def _near(taken: Collection[Taken]) -> Callable[[datetime, Need], Sequence[Taken]]:
    """Those that may still be attended when a matter begins, or begin before it ends: a slice of one sorted list."""
    rows = sorted(taken, key=lambda one: one.starts_at)
    begins = [one.starts_at for one in rows]
    longest = timedelta(minutes=max((one.minutes for one in rows), default=0))

    def found(at: datetime, need: Need) -> Sequence[Taken]:
        last = at + timedelta(minutes=need.minutes)
        return rows[bisect_left(begins, at - longest) : bisect_left(begins, last)]

    return found


def seats(at: datetime, capacity: int, need: Need, taken: Iterable[Taken]) -> list[int]:
    """The seats that nobody has from then until the matter is over, lowest first; none where enough are attended."""
    end = at + timedelta(minutes=need.minutes)
    busy = {
        one.seat
        for one in taken
        if one.starts_at < end and at < one.starts_at + timedelta(minutes=one.minutes)
    }
    most = min(need.capacity or capacity, capacity) - len(busy)
    return [one for one in range(1, capacity + 1) if one not in busy][: max(most, 0)]
