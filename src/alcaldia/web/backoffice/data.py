"""Datasets of a municipality: what is in force, what was, what the audit said."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.kernel.models import Municipality
from alcaldia.land import actions
from alcaldia.land.importing.columns import FIELDS
from alcaldia.land.models import Dataset, Feature, ImportJob, NormRow
from alcaldia.land.rules.parameters import BY_NAME
from alcaldia.web.backoffice.entry import frame, loader
from alcaldia.web.components.sessions import official_of

PAGE = 100
SUFFIXES = ".geojson,.json,.gz,.zip,.gpkg,.kml,.kmz,.dxf,.csv,.tsv,.xlsx"


@require_safe
@loader
def datasets(request: HttpRequest, town: Municipality) -> HttpResponse:
    rows = Dataset.objects.filter(municipality=town).select_related("current")
    kinds = [(value, label) for value, label in Dataset.Kind.choices if value in FIELDS]
    jobs = ImportJob.objects.filter(municipality=town)[:10]
    facts = {"datasets": rows, "kinds": kinds, "jobs": jobs, "accept": SUFFIXES}
    return render(request, "backoffice/datasets.html", {**frame(request, town), **facts})


@require_safe
@loader
def dataset(request: HttpRequest, town: Municipality, pk: int) -> HttpResponse:
    """Versions and audit of one dataset; its norms and zones, read-only."""
    found = get_object_or_404(Dataset.objects.select_related("current"), pk=pk, municipality=town)
    versions = list(found.versions.filter(published_at__isnull=False))
    norms = NormRow.objects.filter(version=found.current).order_by("zone_code", "feature_row", "pk")
    zones = Feature.objects.filter(version=found.current).order_by("source_row")
    facts = {
        "dataset": found,
        "versions": versions,
        "can_revert": len(versions) > 1,
        "norms": Paginator(norms, PAGE).get_page(request.GET.get("normas")),
        "features": Paginator(zones, PAGE).get_page(request.GET.get("filas")),
        "labels": {name: row.label for name, row in BY_NAME.items()},
    }
    return render(request, "backoffice/dataset.html", {**frame(request, town), **facts})


@require_POST
@loader
def revert(request: HttpRequest, town: Municipality, pk: int) -> HttpResponse:
    found = get_object_or_404(Dataset, pk=pk, municipality=town)
    actions.revert(found, by=official_of(request).username, channel="backoffice")
    return HttpResponseRedirect(reverse("backoffice:dataset", args=[town.slug, pk]))
