"""Agendas of the town: the day's appointments and who came; for who heads an agency, its hours, seats and closed days."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.agenda import actions, queries
from alcaldia.agenda.models import Agenda
from alcaldia.agenda.rules import hours
from alcaldia.kernel.days import read_day
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.queries import today
from alcaldia.procedures import permissions
from alcaldia.procedures.names import agency_name
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of


class AgendaForm(forms.Form):
    """An agenda as an official types it: one line of hours for each day of the week."""

    name = forms.CharField(label="Nombre", max_length=120, help_text="Como lo busca la gente.")
    office = forms.ChoiceField(label="Dependencia")
    place = forms.CharField(label="Dónde", max_length=200, required=False)
    minutes = forms.IntegerField(label="Minutos por cita", min_value=5, max_value=480)
    capacity = forms.IntegerField(label="Personas a la vez", min_value=1, max_value=500)
    days_ahead = forms.IntegerField(
        label="Con cuántos días de anticipación se puede pedir", min_value=1, max_value=120, initial=30
    )
    closed_days = forms.CharField(
        label="Días sin citas, uno por renglón", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Por ejemplo 24/12/2026. Los días inhábiles del municipio ya cuentan.",
    )  # fmt: skip

    def __init__(self, *args: Any, town: Municipality, offices: list[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["office"].choices = [(one, agency_name(town, one)) for one in offices]  # type: ignore[attr-defined]
        for day, name in enumerate(hours.DAYS):
            self.fields[f"day_{day}"] = forms.CharField(
                label=name, required=False, max_length=120, help_text="Vacío: cerrado." if day else EXAMPLE
            )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for name, read in (("closed_days", hours.closed), *((f"day_{n}", hours.read) for n in range(7))):
            try:
                found[name] = read(found.get(name) or "")  # type: ignore[operator]
            except hours.BadHours as error:
                self.add_error(name, str(error))
        return found

    def words(self) -> dict[str, Any]:
        """Fields of an Agenda."""
        given = dict(self.cleaned_data)
        days = {f"{n}": given.pop(f"day_{n}") for n in range(7)}
        return {**given, "hours": {day: stretches for day, stretches in days.items() if stretches}}


EXAMPLE = "Por ejemplo 09:00-14:00, 16:00-18:00. Vacío: cerrado."


@require_safe
@attending()
def agendas(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """All agendas of the town and how many come today: whoever stands at the door asks any official."""
    on, heads = today(town), _headed(request, town)
    rows = [
        {"agenda": one, "today": queries.of_day(one, on).count(), "mine": one.office in heads, "office": agency_name(town, one.office)}
        for one in queries.agendas_of(town)
    ]  # fmt: skip
    return render(request, "backoffice/agendas.html", office(request, town, rows=rows))


@require_safe
@attending()
def day(request: HttpRequest, town: Municipality, agencies: list[str], key: str) -> HttpResponse:
    """Today, or the day that was asked for."""
    agenda = queries.agenda_of(town, key)
    try:
        on = read_day(request.GET.get("dia", ""))
    except ValueError:
        on = today(town)
    context = office(
        request, town, agenda=agenda, rows=queries.of_day(agenda, on), day=on, zone=town.timezone, come=on <= today(town),
        mine=agenda.office in _headed(request, town),
    )  # fmt: skip
    return render(request, "backoffice/agenda_day.html", context)


@require_POST
@attending()
def attend(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """Came, or did not."""
    came = request.POST.get("vino") == "si"
    row = actions.attend(town=town, folio=folio, came=came, by=official_of(request).username, channel=CHANNEL)
    address = reverse("backoffice:agenda_day", args=[town.slug, row.agenda.key])
    return HttpResponseRedirect(f"{address}?dia={request.POST.get('dia', '')[:10]}")


@require_http_methods(["GET", "HEAD", "POST"])
@attending(permissions.HEAD)
def opened(request: HttpRequest, town: Municipality, agencies: list[str]) -> HttpResponse:
    """A new agenda."""
    form = AgendaForm(request.POST or None, town=town, offices=agencies)
    return _saved(request, town, agencies, form) or _page(request, town, form)


@require_http_methods(["GET", "HEAD", "POST"])
@attending(permissions.HEAD)
def edit(request: HttpRequest, town: Municipality, agencies: list[str], key: str) -> HttpResponse:
    """An agenda of one's agency: what changes counts at once, appointments taken stay, and those left out are listed."""
    agenda = queries.agenda_of(town, key)
    if agenda.office not in agencies:
        raise Refusal("not_your_agency", "Esa agenda es de otra dependencia.", status=403)
    form = AgendaForm(request.POST or None, town=town, offices=agencies, initial=_typed(agenda))
    return _saved(request, town, agencies, form, key) or _page(request, town, form, agenda)


def _saved(
    request: HttpRequest, town: Municipality, agencies: list[str], form: AgendaForm, key: str = ""
) -> HttpResponse | None:
    """Where the form goes when it is good; None where the page is to be shown."""
    if request.method != "POST" or not form.is_valid():
        return None
    words = form.words()
    try:
        row = actions.save_agenda(
            town=town, words=words if key else {"key": slugify(words["name"])[:60], **words}, offices=agencies, key=key,
            by=official_of(request).username, channel=CHANNEL,
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error("name", refusal.detail)
        return None
    return HttpResponseRedirect(reverse("backoffice:agenda_edit", args=[town.slug, row.key]) + "?hecho=1")


def _page(
    request: HttpRequest, town: Municipality, form: AgendaForm, agenda: Agenda | None = None
) -> HttpResponse:
    out = queries.outside(agenda) if agenda else []
    context = office(request, town, form=form, agenda=agenda, outside=out, zone=town.timezone)
    return render(request, "backoffice/agenda_edit.html", context, status=422 if form.errors else 200)


def _typed(agenda: Agenda) -> dict[str, Any]:
    days = {f"day_{n}": hours.write(agenda.hours.get(str(n), [])) for n in range(7)}
    names = ("name", "office", "place", "minutes", "capacity", "days_ahead")
    return {
        **{name: getattr(agenda, name) for name in names},
        **days,
        "closed_days": hours.shown(agenda.closed_days),
    }


def _headed(request: HttpRequest, town: Municipality) -> list[str]:
    return permissions.agencies_of(official_of(request), town, today(town), permissions.HEAD)
