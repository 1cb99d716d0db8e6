"""For who heads an agency: the load by person, the deadlines that are near, and who stands in for whom."""

from datetime import date

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.identity.models import Official
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.queries import today
from alcaldia.procedures import permissions
from alcaldia.procedures.actions import absences
from alcaldia.procedures.names import agency_name
from alcaldia.procedures.queries import inbox
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of


class AbsenceForm(forms.Form):
    """Who is away, who stands in, from when to when."""

    official = forms.CharField(label="Quién se ausenta (usuario)", max_length=60)
    delegate = forms.CharField(label="Quién queda a cargo (usuario)", max_length=60)
    since = forms.DateField(label="Desde", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="Hasta", widget=forms.DateInput(attrs={"type": "date"}))


@require_http_methods(["GET", "HEAD", "POST"])
@attending(permissions.HEAD)
def workload(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """Open turns by who has them, overdue first; and the absences of the agency's people."""
    form = AbsenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _absent(request, town, agencies, form.cleaned_data)
            return HttpResponseRedirect(reverse("backoffice:workload", args=[town.slug]))
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
    on: date = today(town)
    loads = [(agency_name(town, one), inbox.workload(town, one, on)) for one in agencies]
    shown = office(
        request, town, loads=loads, form=form, away=absences.of_agencies(town, agencies),
        nearest=[(one, agency_name(town, one.agency), one.due_on is not None and one.due_on < on) for one in inbox.nearest(town, agencies)],
    )  # fmt: skip
    return render(request, "backoffice/workload.html", shown, status=422 if form.errors else 200)


def _absent(request: HttpRequest, town: Municipality, agencies: list[str], given: dict[str, object]) -> None:
    names = [str(given["official"]).strip().lower(), str(given["delegate"]).strip().lower()]
    people = {one.username: one for one in Official.objects.filter(username__in=names, ended_at=None)}
    missing = [name for name in names if name not in people]
    if missing:
        raise Refusal("unknown_official", f"No hay una cuenta vigente «{missing[0]}».")
    try:
        with transaction.atomic():
            absences.leave(
                official=people[names[0]], delegate=people[names[1]], town=town, agencies=agencies,
                since=given["since"], until=given["until"], by=official_of(request), channel=CHANNEL,  # type: ignore[arg-type]
            )  # fmt: skip
    except IntegrityError:
        raise Refusal("bad_dates", "La ausencia termina antes de empezar, o es la misma persona.") from None


@require_POST
@attending(permissions.HEAD)
def back(request: HttpRequest, town: Municipality, agencies: list[str], pk: int) -> HttpResponse:
    """Back earlier: the delegation ends today."""
    absences.back(pk=pk, town=town, agencies=agencies, by=official_of(request), channel=CHANNEL)
    return HttpResponseRedirect(reverse("backoffice:workload", args=[town.slug]))
