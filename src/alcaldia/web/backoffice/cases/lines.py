"""Waiting lists: who waits for what, in order; give the free places now, or say that there will be no more."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.kernel.models import Municipality
from alcaldia.procedures.actions import waiting
from alcaldia.procedures.names import agency_name
from alcaldia.procedures.queries.waiting import lines
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of


@require_safe
@attending()
def waiting_lists(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """Every list of these agencies."""
    found = [(one, agency_name(town, one.agency)) for one in lines(town, agencies)]
    return render(request, "backoffice/waiting.html", office(request, town, lines=found))


@require_POST
@attending()
def offer(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """The free places, to who waits longest; the clock does it each minute too."""
    waiting.offer_next(town=town, agencies=agencies, official=official_of(request), channel=CHANNEL)
    return HttpResponseRedirect(reverse("backoffice:waiting", args=[town.slug]))


@require_POST
@attending()
def close(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """Nobody of this list will have a place: they are told why."""
    reason = request.POST.get("motivo", "")
    waiting.close(folio=folio, reason=reason, official=official_of(request), channel=CHANNEL)
    return HttpResponseRedirect(reverse("backoffice:waiting", args=[town.slug]))
