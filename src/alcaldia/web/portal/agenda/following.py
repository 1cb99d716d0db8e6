"""An appointment that was taken: when and where, as a file for one's own calendar, and giving it back."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from alcaldia.agenda import actions, queries
from alcaldia.agenda.models import Appointment
from alcaldia.agenda.rules import ical
from alcaldia.kernel.folio import read_folio
from alcaldia.land.rulebook import municipality_of
from alcaldia.web.components.rate import check_request
from alcaldia.web.portal.agenda.booking import COOKIE


@never_cache
@require_safe
def appointment(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """When and where. It names nobody, so its folio is enough to read it."""
    row = _row(slug, folio)
    context = {"town": row.agenda.municipality, "row": row, "agenda": row.agenda, "zone": row.agenda.municipality.timezone,
               "code": request.COOKIES.get(COOKIE, ""), "open": row.state == Appointment.State.BOOKED}  # fmt: skip
    return render(request, "agenda/appointment.html", context)


@require_POST
def cancel(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """Give the seat back, by the code."""
    check_request(request, "code.try")
    row = _row(slug, folio)
    code = request.POST.get("codigo", "") or request.COOKIES.get(COOKIE, "")
    actions.cancel(town=row.agenda.municipality, folio=row.folio, code=code)
    return HttpResponseRedirect(reverse("agenda:appointment", args=[slug, row.folio]))


@require_safe
def ics(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    """The appointment for one's own calendar."""
    row = _row(slug, folio)
    town = row.agenda.municipality
    entry = ical.Entry(f"{row.folio}@{town.slug}", f"Cita: {row.agenda.name}", row.starts_at, row.agenda.minutes,
                       row.agenda.place, f"Folio {row.folio}")  # fmt: skip
    return calendar_file(ical.calendar(town.name, [entry], timezone.now()), row.folio)


def calendar_file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response


def _row(slug: str, folio: str) -> Appointment:
    return queries.appointment_of(municipality_of(slug), read_folio(folio) or "")
