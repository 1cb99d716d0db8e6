"""An appointment that was taken: when and where, as a file for one's own calendar; moving it, giving it back, taking it
back again.
"""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.agenda import actions, queries
from alcaldia.agenda.actions import Holder
from alcaldia.agenda.models import Appointment
from alcaldia.agenda.rules import ical
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import read_folio
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import booking
from alcaldia.web.components.rate import check_request
from alcaldia.web.portal.agenda.booking import BY, CHANNEL, COOKIE, Choosing, days_page, hours_page
from alcaldia.web.portal.procedures.coded import bearer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appointment(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """When and where. It names nobody, so its folio is enough to read it; POST with its code opens what one may do."""
    row = _row(slug, folio)
    if request.method == "POST":
        check_request(request, "code.try")
        actions.check_holder(row, holder(request, row))
        response = HttpResponseRedirect(reverse("agenda:appointment", args=[slug, row.folio]))
        response.set_cookie(COOKIE, request.POST.get("codigo", ""), path=response.url, secure=request.is_secure(),
                            httponly=True, samesite="Strict")  # fmt: skip
        return response
    return render(request, "agenda/appointment.html", {
        "town": row.agenda.municipality, "row": row, "agenda": row.agenda, "zone": row.agenda.municipality.timezone,
        "code": request.COOKIES.get(COOKIE, ""), "mine": _is_mine(request, row), "open": row.state == actions.BOOKED,
        "cancelled": row.state == actions.CANCELLED, "ahead": row.starts_at > timezone.now(),
    })  # fmt: skip


@require_POST
def cancel(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """Give the seat back."""
    return _done(request, slug, folio, actions.cancel)


@require_POST
def restore(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """Undo that, where the turn still has a seat."""
    return _done(request, slug, folio, actions.restore)


@never_cache
@require_safe
def move_days(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """To which day."""
    return days_page(request, _moving(request, slug, folio))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def move_hours(request: HttpRequest, slug: str, folio: str, day: str) -> HttpResponse:
    """To which hour; the button moves it."""
    return hours_page(request, _moving(request, slug, folio), day)


def _moving(request: HttpRequest, slug: str, folio: str) -> Choosing:
    row = _row(slug, folio)
    who = holder(request, row)
    actions.check_holder(row, who)
    need = booking.need_of(row)

    def take(at):
        actions.move(town=row.agenda.municipality, folio=row.folio, holder=who, starts_at=at, need=need, by=BY,
                     channel=CHANNEL)  # fmt: skip
        return HttpResponseRedirect(reverse("agenda:appointment", args=[slug, row.folio]))

    return Choosing(
        row.agenda, need, reverse("agenda:move", args=[slug, row.folio]),
        lambda day: reverse("agenda:move_hours", args=[slug, row.folio, day]), take, row,
    )  # fmt: skip


def _done(request: HttpRequest, slug: str, folio: str, act) -> HttpResponse:
    check_request(request, "code.try")
    row = _row(slug, folio)
    act(town=row.agenda.municipality, folio=row.folio, holder=holder(request, row), by=BY, channel=CHANNEL)
    return HttpResponseRedirect(reverse("agenda:appointment", args=[slug, row.folio]))


def holder(request: HttpRequest, row: Appointment) -> Holder:
    """By the code that was typed or that this browser keeps, or by the account of the case."""
    code = request.POST.get("codigo", "") or request.COOKIES.get(COOKIE, "")
    return booking.holder_of(row, replace(bearer(request), code=code))


def _is_mine(request: HttpRequest, row: Appointment) -> bool:
    try:
        actions.check_holder(row, holder(request, row))
    except Refusal:
        return False
    return True


@require_safe
def ics(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """The appointment for one's own calendar."""
    row = _row(slug, folio)
    town = row.agenda.municipality
    entry = ical.Entry(f"{row.folio}@{town.slug}", f"Cita: {row.agenda.name}", row.starts_at, row.minutes,
                       row.agenda.place, f"Folio {row.folio}")  # fmt: skip
    return calendar_file(ical.calendar(town.name, [entry], timezone.now()), row.folio)


def calendar_file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response


def _row(slug: str, folio: str) -> Appointment:
    return queries.appointment_of(municipality_of(slug), read_folio(folio) or "")
