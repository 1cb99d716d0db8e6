"""The visit on an inspector's phone: photos as they are taken, points, result. One plain form; what was typed stays."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import attaching, visiting
from alcaldia.procedures.queries.cases import Status
from alcaldia.web.backoffice.cases.case import context, status_here
from alcaldia.web.backoffice.cases.entry import CHANNEL, attending, office
from alcaldia.web.components.sessions import official_of

POINT = "punto."
RESULTS = (
    ("favourable", "Cumple"), ("observations", "Cumple, con observaciones"), ("unfavourable", "No cumple"),
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@attending()
def visit(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """The form; each button keeps its photos first, so that a refusal further on loses none."""
    told = status_here(town, folio, agencies)
    if request.method != "POST":
        return _page(request, told, agencies)
    try:
        count = _keep_photos(request, folio)
        if "subir" in request.POST:
            return _page(request, told, agencies, kept=_said(count))
        if "quitar" in request.POST:
            _drop(request, folio, request.POST["quitar"])
            return _page(request, told, agencies, kept="La foto se quitó.")
        _inspect(request, folio)
    except Refusal as refusal:
        return _page(request, told, agencies, refused=refusal.detail, status=refusal.status)
    return HttpResponseRedirect(reverse("backoffice:case", args=[town.slug, folio]) + "?hecho=1")


def _keep_photos(request: HttpRequest, folio: str) -> int:
    given = [one for one in request.FILES.getlist("foto") if isinstance(one, UploadedFile)]
    for one in given:
        data = one.read(attaching.MOST_BYTES + 1)
        visiting.add_photo(
            folio=folio, file_name=str(one.name), data=data, official=official_of(request), channel=CHANNEL
        )
    return len(given)


def _said(count: int) -> str:
    if not count:
        raise Refusal("no_photo", "Elija o tome una foto y vuelva a guardar.")
    return "La foto se guardó." if count == 1 else f"Se guardaron {count} fotos."


def _drop(request: HttpRequest, folio: str, public_id: str) -> None:
    visiting.drop_photo(folio=folio, public_id=public_id, official=official_of(request), channel=CHANNEL)


def _inspect(request: HttpRequest, folio: str) -> None:
    given = request.POST
    found = {name.removeprefix(POINT): str(value) for name, value in given.items() if name.startswith(POINT)}
    visiting.inspect(
        folio=folio, findings=found, note=given.get("nota", ""), result=given.get("resultado", ""),
        observations=given.get("observaciones", "").splitlines(), official=official_of(request), channel=CHANNEL,
    )  # fmt: skip


def _page(
    request: HttpRequest, told: Status, agencies: list[str], *, status: int = 200, **said: Any
) -> HttpResponse:
    shown = context(request, told, agencies)
    due = visiting.due(told.row, told.state)
    if not shown["inspects"] or due is None:
        raise Refusal("not_now", "Esta solicitud no espera una visita de su dependencia.", status=409)
    points = [(point, request.POST.get(POINT + point, "")) for point in due.asked.points]
    page = office(
        request, told.row.municipality, **{**shown, "checklist": points, "photos": list(visiting.fresh_photos(told.row))}, aim=due.asked.aim.es, words=visiting.WORDS,
        results=RESULTS, typed=request.POST, most=visiting.MOST_PHOTOS, **said,
    )  # fmt: skip
    return render(request, "backoffice/case_visit.html", page, status=status)
