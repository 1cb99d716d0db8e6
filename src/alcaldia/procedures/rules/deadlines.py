"""Working days and the clock of a case.

Promises: days come from the municipality's calendar, never from guesses: a year that nobody loaded is refused;
the day something happens does not count, as the procedure acts say; a correction request stops the clock and
may be made once, within the first third of the term (LFPA art. 17-A and its state equivalents) or the days that the sheet says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from alcaldia.kernel.errors import Refusal

SATURDAY, SUNDAY = 5, 6
ONE_DAY = timedelta(days=1)
NO_CALENDAR = "no_calendar"


@dataclass(frozen=True)
class Calendar:
    """Days of rest by year, and the days of the week without work (Monday is 0)."""

    years: Mapping[int, frozenset[date]]
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    guesses: bool = False

    def works(self, day: date) -> bool:
        """Whether the offices work; raises Refusal("no_calendar") for a year that nobody loaded."""
        if day.year not in self.years:
            if self.guesses:
                return day.weekday() not in self.weekend
            raise Refusal(
                NO_CALENDAR,
                f"El calendario no tiene los días inhábiles de {day.year}. Cárguelos para poder contar plazos de ese año.",
                year=day.year,
            )
        return day.weekday() not in self.weekend and day not in self.years[day.year]

    def soonest(self) -> "Calendar":
        """The calendar by which every term ends at the soonest: a year that nobody loaded has no days of rest."""
        return replace(self, guesses=True)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth Monday (0) of a month, and so on."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


# Ley Federal del Trabajo, art. 74 (text of 2024): fixed days, and those moved to a Monday.
MEXICO_FIXED = ((1, 1), (5, 1), (9, 16), (12, 25))
MEXICO_MONDAYS = ((2, 1), (3, 3), (11, 3))


def mexican_rest_days(year: int) -> frozenset[date]:
    """The national days of rest of that year; municipal ones are added by the calendar's own file."""
    fixed = {date(year, month, day) for month, day in MEXICO_FIXED}
    moved = {nth_weekday(year, month, 0, nth) for month, nth in MEXICO_MONDAYS}
    # The federal executive takes office on 1 October every six years, 2024 being one.
    change = {date(year, 10, 1)} if (year - 2024) % 6 == 0 else set()
    return frozenset(fixed | moved | change)


def add_working_days(calendar: Calendar, start: date, days: int) -> date:
    """The last day of a term of `days` that starts the working day after `start`; 0 is `start` itself."""
    day = start
    while days > 0:
        day += ONE_DAY
        days -= calendar.works(day)
    return day


def working_days_between(calendar: Calendar, start: date, end: date) -> int:
    """Working days after `start` up to `end`; 0 where `end` is not later."""
    count, day = 0, start
    while day < end:
        day += ONE_DAY
        count += calendar.works(day)
    return count


@dataclass(frozen=True)
class Clock:
    """A term that runs from a day, and the pauses in it: (from, until), until None while it stands still."""

    started: date
    term: int
    pauses: tuple[tuple[date, date | None], ...] = field(default_factory=tuple)

    @property
    def stopped(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None


def stop(clock: Clock, on: date) -> Clock:
    """The clock standing still from that day; ValueError where it already is or the day is earlier."""
    if clock.stopped or on < clock.started:
        raise ValueError("the clock cannot stop then")
    return replace(clock, pauses=(*clock.pauses, (on, None)))


def resume(clock: Clock, on: date) -> Clock:
    """The clock running again from that day; ValueError where it runs or the day is before the stop."""
    if not clock.stopped or on < clock.pauses[-1][0]:
        raise ValueError("the clock cannot resume then")
    return replace(clock, pauses=(*clock.pauses[:-1], (clock.pauses[-1][0], on)))


def elapsed(calendar: Calendar, clock: Clock, on: date) -> int:
    """Working days used up to that day, pauses left out; never negative."""
    used = working_days_between(calendar, clock.started, on)
    for begins, ends in clock.pauses:
        used -= working_days_between(calendar, min(begins, on), min(ends or on, on))
    return max(used, 0)


def due(calendar: Calendar, clock: Clock) -> date | None:
    """The last day of the term; None while the clock stands still."""
    if clock.stopped:
        return None
    paused = sum(working_days_between(calendar, begins, ends or begins) for begins, ends in clock.pauses)
    return add_working_days(calendar, clock.started, clock.term + paused)


def overdue(calendar: Calendar, clock: Clock, on: date) -> bool:
    """Whether the term has passed."""
    return not clock.stopped and elapsed(calendar, clock, on) > clock.term


def certainly_overdue(calendar: Calendar, clock: Clock, on: date) -> bool:
    """The same where the day itself may be of a year that nobody loaded: what is certain in every calendar is answered.

    Raises Refusal where only that year's days of rest can tell.
    """
    try:
        return overdue(calendar, clock, on)
    except Refusal:
        soonest = due(calendar.soonest(), clock)
        if soonest is None or on <= soonest:
            return False
        last = due(calendar, clock)
        return last is not None and on > last


TOO_LATE_TO_ASK = (
    "Ya pasó el primer tercio del plazo: no se puede pedir que complete la solicitud ni rechazarla por eso."
)
DAYS_TO_ASK_PASSED = (
    "Ya pasaron los días para pedir que complete la solicitud: tampoco se puede rechazarla por eso."
)


def may_ask_correction(calendar: Calendar, clock: Clock, on: date, within: int | None = None) -> bool:
    """Within so many days, or else the first third of the term, rounded up; a decision at once leaves no time to ask."""
    last = min(-(-clock.term // 3) if within is None else within, clock.term)
    if clock.term > 0 and elapsed(calendar.soonest(), clock, on) <= last:
        return True
    return clock.term > 0 and elapsed(calendar, clock, on) <= last
