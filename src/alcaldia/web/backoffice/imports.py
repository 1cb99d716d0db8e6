"""Upload a file, watch its audit, say which column is which, publish."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import whole_number
from alcaldia.land import jobs
from alcaldia.land.importing.columns import FIELDS
from alcaldia.land.importing.period import period
from alcaldia.land.models import ImportJob
from alcaldia.land.rules.parameters import TABLE
from alcaldia.web.backoffice.entry import frame, loader
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.uploads import takes_public_files

RUNNING = {ImportJob.State.READING, ImportJob.State.PUBLISHING}


@require_POST
@loader
@takes_public_files
def upload(request: HttpRequest, town: Municipality) -> HttpResponse:
    file = request.FILES.get("archivo")
    if file is None or not file.name:
        raise Refusal("no_file", "Elija un archivo y vuelva a enviarlo.")
    job = jobs.receive(
        town, kind=request.POST.get("tipo", ""), name=file.name, chunks=file.chunks(), layer=request.POST.get("capa", ""),
        srid=_srid(request), validity=period(request.POST.get("desde", ""), request.POST.get("hasta", "")),
        by=official_of(request).username,
    )  # fmt: skip
    return _to(job, town)


@require_safe
@loader
def job(request: HttpRequest, town: Municipality, pk: int) -> HttpResponse:
    found = get_object_or_404(ImportJob.objects.select_related("version"), pk=pk, municipality=town)
    facts = {
        "job": found,
        "running": found.state in RUNNING,
        "fields": _fields(found),
        "preview": _preview(found),
    }
    return render(request, "backoffice/job.html", {**frame(request, town), **facts})


@require_POST
@loader
def remap(request: HttpRequest, town: Municipality, pk: int) -> HttpResponse:
    found = get_object_or_404(ImportJob, pk=pk, municipality=town)
    names = {name for name, _ in _choices(found.kind)}
    mapping = {name: column for name in sorted(names) if (column := request.POST.get(f"campo_{name}", ""))}
    jobs.remap(found, mapping=mapping, srid=_srid(request))
    return _to(found, town)


@require_POST
@loader
def publish(request: HttpRequest, town: Municipality, pk: int) -> HttpResponse:
    found = get_object_or_404(ImportJob, pk=pk, municipality=town)
    jobs.confirm(found, by=official_of(request).username)
    return _to(found, town)


@require_POST
@loader
def discard(request: HttpRequest, town: Municipality, pk: int) -> HttpResponse:
    jobs.discard(get_object_or_404(ImportJob, pk=pk, municipality=town))
    return HttpResponseRedirect(reverse("backoffice:datasets", args=[town.slug]))


def _to(job: ImportJob, town: Municipality) -> HttpResponse:
    return HttpResponseRedirect(reverse("backoffice:job", args=[town.slug, job.pk]))


def _srid(request: HttpRequest) -> int | None:
    text = request.POST.get("srid", "").strip().upper().removeprefix("EPSG:")
    found = whole_number(text, digits=6)
    if text and found is None:
        raise Refusal(
            "bad_srid",
            "El sistema de coordenadas es un número EPSG, por ejemplo 32613. Déjelo vacío si no lo sabe.",
        )
    return found


def _choices(kind: str) -> list[tuple[str, str]]:
    fields = [(field.name, field.label) for field in FIELDS[kind]]
    return [*fields, *((row.name, row.label) for row in TABLE)] if kind == "norms" else fields


def _fields(job: ImportJob) -> list[dict[str, Any]]:
    """One select per field: the columns of the file, with the recognised one chosen."""
    columns, mapping = job.report.get("columns", []), job.report.get("mapping", {})
    return [
        {
            "name": name,
            "label": label,
            "options": [(column, column == mapping.get(name)) for column in columns],
        }
        for name, label in _choices(job.kind)
    ]


def _preview(job: ImportJob) -> list[list[str]]:
    columns = job.report.get("columns", [])
    return [[row.get(column, "") for column in columns] for row in job.report.get("preview", [])]
