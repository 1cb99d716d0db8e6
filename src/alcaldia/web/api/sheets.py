"""The legal sheets of a municipality as open data: JSON and a table, cacheable, without anything of any person."""

import csv
import io
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from ninja import Router, Schema

from alcaldia.kernel.models import Municipality
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import definitions
from alcaldia.procedures.queries import sheets
from alcaldia.web.api.schemas import Problem
from alcaldia.web.api.views import answer

router = Router(tags=["Catálogo"])
FRESH = "public, max-age=300"


class LegalSheetsOut(Schema):
    """`sheets` have every field of the sheet of `procedure/1`, and of its definition what a catalogue tells."""

    municipality: str
    format: str
    sheets: list[dict[str, Any]]


@router.get(
    "/municipalities/{slug}/sheets",
    summary="Las fichas legales de todos los trámites del municipio.",
    response={200: LegalSheetsOut, 404: Problem},
)
def all_sheets(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every legal sheet of the municipality, as open data."""
    town = municipality_of(slug)
    return _kept(request, town, lambda: answer(
        {"municipality": town.slug, "format": "procedure/1", "sheets": sheets.sheets(town)}
    ))  # fmt: skip


@router.get(
    "/municipalities/{slug}/sheets.csv",
    summary="La lista de las fichas legales como tabla CSV (UTF-8).",
    response={200: None, 404: Problem},
    openapi_extra={
        "responses": {200: {"description": "CSV", "content": {"text/csv": {"schema": {"type": "string"}}}}}
    },
)
def table(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The list of sheets, a row for each."""
    town = municipality_of(slug)
    return _kept(request, town, lambda: _csv(town))


@router.get(
    "/municipalities/{slug}/sheets/{key}",
    summary="La ficha legal de un trámite.",
    response={200: dict[str, Any], 404: Problem},
)
def one_sheet(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """One legal sheet. Raises NotFound."""
    town, program = municipality_of(slug), definitions.program_in(slug, key)
    return _kept(request, town, lambda: answer(sheets.sheet(town, program)))


def _csv(town: Municipality) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(sheets.COLUMNS)
    writer.writerows(sheets.rows(town))
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="fichas-{town.slug}.csv"'
    return response


def _kept(request: HttpRequest, town: Municipality, made: Callable[[], HttpResponse]) -> HttpResponseBase:
    """With its mark and a short life; 304 for whoever has it."""
    mark = f'"{sheets.mark(town)[:32]}"'
    response: HttpResponseBase = get_conditional_response(request, etag=mark) or made()
    response["ETag"], response["Cache-Control"] = mark, FRESH
    return response
