"""Office, day, hour: three plain pages, and the last button books. Those of a case stand under the case's own address,
where its code or its account is asked for; moving an appointment walks the same pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from alcaldia.agenda import actions, queries
from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.agenda.rules.slots import Need
from alcaldia.kernel.days import read_day
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import read_folio
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures.actions import citizens
from alcaldia.procedures.queries import appointments, cases
from alcaldia.procedures.subjects import subject_of
from alcaldia.web.components.rate import check_request
from alcaldia.web.portal.procedures.coded import bearer

COOKIE = "__Secure-cita" if settings.BEHIND_TLS else "cita"
DAYS = 24 * 3600
BY, CHANNEL = "citizen", "portal"


@dataclass(frozen=True)
class Choosing:
    """A walk through days and hours: of which agenda, for how long, where its pages are, and what the last button does."""

    agenda: Agenda
    need: Need
    days: str
    hours: Callable[[str], str]
    take: Callable[[datetime], HttpResponse]
    moves: Appointment | None = None

    @property
    def but(self) -> str:
        return self.moves.folio if self.moves else ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offices(request: HttpRequest, slug: str) -> HttpResponse:
    """Which office; or the folio of an appointment that one has."""
    town = municipality_of(slug)
    if request.method == "POST":
        check_request(request, "code.try")
        folio = read_folio(request.POST.get("folio", "")) or ""
        row = queries.appointment_of(town, folio)
        return HttpResponseRedirect(reverse("agenda:appointment", args=[slug, row.folio]))
    return render(request, "agenda/offices.html", {"town": town, "agendas": queries.agendas_of(town)})


@never_cache
@require_safe
def days(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Which day, for whoever has no case."""
    return days_page(request, _alone(slug, key))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: HttpRequest, slug: str, key: str, day: str) -> HttpResponse:
    """Which hour, for whoever has no case."""
    return hours_page(request, _alone(slug, key), day)


@never_cache
@require_safe
def case_days(request: HttpRequest, folio: str, key: str) -> HttpResponse:
    """Which day, for one's own case."""
    return days_page(request, _of_case(request, folio, key))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def case_hours(request: HttpRequest, folio: str, key: str, day: str) -> HttpResponse:
    """Which hour, for one's own case."""
    return hours_page(request, _of_case(request, folio, key), day)


def _alone(slug: str, key: str) -> Choosing:
    agenda = queries.agenda_of(municipality_of(slug), key)
    return Choosing(
        agenda, queries.need_of(agenda), reverse("agenda:days", args=[slug, key]),
        lambda day: reverse("agenda:hours", args=[slug, key, day]),
        lambda at: _kept(actions.book(agenda=agenda, starts_at=at, by=BY, channel=CHANNEL)),
    )  # fmt: skip


def _of_case(request: HttpRequest, folio: str, key: str) -> Choosing:
    """Raises Refusal (403) without the case's code or account: its folio alone books nothing."""
    told = cases.status(folio)
    citizens.check_bearer(told.row, bearer(request))
    agenda, need = appointments.agenda_for(told, key)
    subject = subject_of(told.row.folio)
    return Choosing(
        agenda, need, reverse("agenda:case_days", args=[folio, key]),
        lambda day: reverse("agenda:case_hours", args=[folio, key, day]),
        lambda at: _kept(actions.book(agenda=agenda, starts_at=at, subject=subject, need=need, by=BY, channel=CHANNEL)),
    )  # fmt: skip


def days_page(request: HttpRequest, one: Choosing) -> HttpResponse:
    """Days that have a free seat."""
    found = queries.free_days(one.agenda, need=one.need, but=one.but)
    rows = [(day, left, one.hours(day.isoformat())) for day, left in found]
    return render(request, "agenda/days.html", {**_context(one), "rows": rows})


def hours_page(request: HttpRequest, one: Choosing, text: str) -> HttpResponse:
    """Hours of the day; the button takes one. An hour that was taken meanwhile is said, and the rest are shown."""
    day, said, status = _day(text), "", 200
    if request.method == "POST":
        check_request(request, "book")
        try:
            return one.take(_at(request.POST.get("hora", ""), day, one.agenda))
        except Refusal as refusal:
            if refusal.status in (403, 429):
                raise
            said, status = refusal.detail, refusal.status
    slots = queries.free_slots(one.agenda, day, need=one.need, but=one.but)
    context = {**_context(one), "day": day, "slots": slots, "said": said}
    return render(request, "agenda/hours.html", context, status=status)


def _context(one: Choosing) -> dict[str, Any]:
    town = one.agenda.municipality
    return {"town": town, "agenda": one.agenda, "minutes": one.need.minutes, "days": one.days, "moves": one.moves,
            "zone": town.timezone}  # fmt: skip


def _kept(booked: actions.Booked) -> HttpResponse:
    """To the appointment's page, which shows the code that this browser holds."""
    address = reverse("agenda:appointment", args=[booked.row.agenda.municipality.slug, booked.row.folio])
    response = HttpResponseRedirect(address)
    response.set_cookie(COOKIE, booked.code, max_age=60 * DAYS, path=address, secure=settings.BEHIND_TLS,
                        httponly=True, samesite="Strict")  # fmt: skip
    return response


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise NotFound("unknown_day", "Ese día no existe. Elija otro de la lista.") from None


def _at(text: str, day: date, agenda: Agenda) -> datetime:
    try:
        at = datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise Refusal("choose", "Elija una hora de la lista.") from None
    return datetime.combine(day, at, ZoneInfo(agenda.municipality.timezone))
