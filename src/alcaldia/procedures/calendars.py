"""The municipality's calendar, from its settings; what it does not say is not guessed.

`[calendar] years = [2026, 2027]` and `rest_days = ["2026-04-02"]` in municipality.toml. In Mexico, without
it, the rest days of the federal labour law count for last year, this one and the next.
"""

from datetime import date
from functools import lru_cache
from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.land.queries import today
from alcaldia.procedures.rules.deadlines import Calendar, mexican_rest_days

__all__ = ["calendar_of", "rests", "today"]


def calendar_of(town: Municipality) -> Calendar:
    """Days of rest by year."""
    given: dict[str, Any] = town.settings.get("calendar") or {}
    year = today(town).year
    known = given.get("years") or ([year - 1, year, year + 1] if town.country == "MX" else [])
    return _calendar(town.country, tuple(known), tuple(given.get("rest_days") or ()))


def rests(town: Municipality, day: date) -> bool:
    """Whether it is a holiday of the town; a year that nobody loaded has none that we know of. Weekends are not asked."""
    return day in calendar_of(town).years.get(day.year, frozenset())


@lru_cache(maxsize=64)
def _calendar(country: str, years: tuple[int, ...], rest_days: tuple[str, ...]) -> Calendar:
    own = [date.fromisoformat(str(text)) for text in rest_days]
    found = {}
    for year in years:
        national = mexican_rest_days(year) if country == "MX" else frozenset()
        found[year] = national | {day for day in own if day.year == year}
    return Calendar(found)
