"""The city's calendar: days of rest and the sessions of its council, as a page and as a file to subscribe to."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from alcaldia.agenda.rules import ical
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import whole_number
from alcaldia.land.queries import today
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures.calendars import calendar_of
from alcaldia.web.portal.agenda.following import calendar_file

SESSION_MINUTES = 120


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """What is still to come this year, or the whole of another one."""
    town = municipality_of(slug)
    on = today(town)
    every = [(_day(one, town), one) for one in entries(town)]
    years = sorted({day.year for day, _ in every} | {on.year})
    asked = whole_number(request.GET.get("ano", ""), digits=4)
    year = asked if asked in years else on.year
    shown = [
        {"day": day, "entry": one, "timed": isinstance(one.starts, datetime)}
        for day, one in every
        if day.year == year and (day >= on or year != on.year)
    ]
    context = {
        "town": town,
        "rows": shown,
        "zone": town.timezone,
        "year": year,
        "others": [one for one in years if one != year],
    }
    return render(request, "agenda/calendar.html", context)


@require_safe
def ics(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for a calendar program."""
    town = municipality_of(slug)
    return calendar_file(ical.calendar(town.name, entries(town), timezone.now()), "calendario")


def entries(town: Municipality) -> list[ical.Entry]:
    """Days of rest, and `[[events]]` of municipality.toml (title, on, time, place), in their order."""
    rest = sorted(day for days in calendar_of(town).years.values() for day in days)
    found = [ical.Entry(f"inhabil-{day}@{town.slug}", "Día inhábil: no hay atención", day) for day in rest]
    found += [_event(one, at, town) for at, one in enumerate(town.settings.get("events") or [])]
    return sorted(found, key=lambda one: (_day(one, town), one.uid))


def _event(one: dict[str, Any], at: int, town: Municipality) -> ical.Entry:
    day: date = date.fromisoformat(str(one["on"]))
    if one.get("time"):
        day = datetime.combine(day, time.fromisoformat(str(one["time"])), ZoneInfo(town.timezone))
    minutes = int(one.get("minutes") or SESSION_MINUTES)
    return ical.Entry(
        f"evento-{day:%Y%m%d}-{at}@{town.slug}", str(one["title"]), day, minutes, str(one.get("place") or "")
    )


def _day(one: ical.Entry, town: Municipality) -> date:
    return (
        one.starts.astimezone(ZoneInfo(town.timezone)).date()
        if isinstance(one.starts, datetime)
        else one.starts
    )
