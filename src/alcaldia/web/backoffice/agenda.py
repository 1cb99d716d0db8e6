"""The day's appointments of an agenda, and who came."""

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.agenda import actions, queries
from alcaldia.kernel.models import Municipality
from alcaldia.land.queries import today
from alcaldia.web.backoffice.cases.entry import attending, office


@require_safe
@attending()
def agendas(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """All agendas of the town and how many come today: whoever stands at the door asks any official."""
    on = today(town)
    rows = [(one, queries.of_day(one, on).count()) for one in queries.agendas_of(town)]
    return render(request, "backoffice/agendas.html", office(request, town, rows=rows))


@require_safe
@attending()
def day(request: HttpRequest, town: Municipality, agencies: list[str], key: str) -> HttpResponse:
    """Today, or the day that was asked for."""
    agenda = queries.agenda_of(town, key)
    try:
        on = date.fromisoformat(request.GET.get("dia", ""))
    except ValueError:
        on = today(town)
    rows = queries.of_day(agenda, on)
    context = office(
        request, town, agenda=agenda, rows=rows, day=on, is_today=on == today(town), zone=town.timezone
    )
    return render(request, "backoffice/agenda_day.html", context)


@require_POST
@attending()
def attend(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """Came, or did not."""
    row = actions.attend(town=town, folio=folio, came=request.POST.get("vino") == "si")
    address = reverse("backoffice:agenda_day", args=[town.slug, row.agenda.key])
    return HttpResponseRedirect(f"{address}?dia={request.POST.get('dia', '')[:10]}")
