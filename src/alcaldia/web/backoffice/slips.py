"""Slips that counters took down without the server: open the case with the person, note its folio."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from alcaldia.counters import actions, queries
from alcaldia.identity import permissions
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import definitions
from alcaldia.web.components.access import official_required
from alcaldia.web.components.sessions import official_of

MAY = "counter.attend"


def _towns(request: HttpRequest) -> list[Municipality]:
    official, on = official_of(request), timezone.localdate()
    return [one for one in permissions.towns_of(official, on) if permissions.can(official, MAY, one, on)]


@never_cache
@require_safe
@official_required(MAY)
def slips(request: HttpRequest) -> HttpResponse:
    """Those that wait, oldest first, each under its procedure's plain name."""
    towns = _towns(request)
    names = {town.pk: _names(town) for town in towns}
    rows = [
        (one, names[one.device.municipality_id].get(one.procedure, one.procedure))
        for one in queries.waiting(towns)
    ]
    return render(request, "backoffice/slips.html", {"rows": rows})


def _names(town: Municipality) -> dict[str, str]:
    return {key: one.definition.sheet.plain_name.es for key, one in definitions.programs(town.slug).items()}


@never_cache
@require_POST
@official_required(MAY)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """This slip became the case of that folio."""
    row = queries.one(pk, _towns(request))
    by = official_of(request).public_id
    actions.settle(request=row, folio=request.POST.get("folio", "")[:80], by=by, channel="backoffice")
    return HttpResponseRedirect(reverse("backoffice:slips"))
