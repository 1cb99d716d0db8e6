"""Office, day, hour: three plain pages, and the last button books."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alcaldia.agenda import actions, queries
from alcaldia.agenda.actions import Booked
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import read_folio
from alcaldia.kernel.models import Municipality
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures.queries import cases
from alcaldia.web.components.rate import check_request

COOKIE = "__Secure-cita" if settings.BEHIND_TLS else "cita"
DAYS = 24 * 3600


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
@require_http_methods(["GET", "HEAD"])
def days(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Which day: those that have a free seat."""
    town = municipality_of(slug)
    agenda = queries.agenda_of(town, key)
    rows = queries.free_days(agenda)
    context = {"town": town, "agenda": agenda, "rows": rows, "folio": request.GET.get("tramite", "")}
    return render(request, "agenda/days.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: HttpRequest, slug: str, key: str, day: str) -> HttpResponse:
    """Which hour; the button takes it. An hour that was taken meanwhile is said, and the rest are shown."""
    town = municipality_of(slug)
    agenda, on = queries.agenda_of(town, key), _day(day)
    folio, said = request.GET.get("tramite", request.POST.get("tramite", "")), ""
    status = 200
    if request.method == "POST":
        check_request(request, "book")
        try:
            at = _at(request.POST.get("hora", ""), on, town)
            booked = actions.book(agenda=agenda, starts_at=at, subject=_subject(town, key, folio))
            return _kept(slug, booked)
        except Refusal as refusal:
            if refusal.status == 429:
                raise
            said, status = refusal.detail, refusal.status
    slots = queries.free_slots(agenda, on)
    context = {"town": town, "agenda": agenda, "day": on, "slots": slots, "folio": folio, "said": said,
               "zone": town.timezone}  # fmt: skip
    return render(request, "agenda/hours.html", context, status=status)


def _subject(town: Municipality, key: str, folio: str) -> str:
    """The case that the appointment is for, "" where none was named; its procedure must use this agenda."""
    if not folio:
        return ""
    told = cases.status(read_folio(folio) or "")
    offered = {one.agenda for one in told.program.definition.appointments}
    if told.row.municipality_id != town.pk or key not in offered:
        raise Refusal("no_appointment", "Ese trámite no usa esta agenda. Pida la cita sin folio.")
    return f"case:{told.row.folio}"


def _kept(slug: str, booked: Booked) -> HttpResponse:
    """To the appointment's page, which shows the code that this browser holds."""
    address = reverse("agenda:appointment", args=[slug, booked.row.folio])
    response = HttpResponseRedirect(address)
    response.set_cookie(COOKIE, booked.code, max_age=60 * DAYS, path=address, secure=settings.BEHIND_TLS,
                        httponly=True, samesite="Strict")  # fmt: skip
    return response


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound("unknown_day", "Ese día no existe. Elija otro de la lista.") from None


def _at(text: str, day: date, town: Municipality) -> datetime:
    try:
        at = datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise Refusal("choose", "Elija una hora de la lista.") from None
    return datetime.combine(day, at, ZoneInfo(town.timezone))
