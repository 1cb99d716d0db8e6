"""Renewing a paper: the new request begins with what the earlier one said, by whoever the earlier one is."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import sentence
from alcaldia.procedures import definitions, renewing
from alcaldia.procedures.bearing import check_bearer
from alcaldia.procedures.calendars import today
from alcaldia.procedures.models import Case
from alcaldia.procedures.queries import cases
from alcaldia.procedures.renewing import Offer
from alcaldia.web.portal.procedures.coded import bearer
from alcaldia.web.portal.procedures.filling import begin_with


@require_POST
def renew(request: HttpRequest, folio: str) -> HttpResponse:
    """Begin, or go on with what was begun. Raises Refusal where it is not theirs, or not yet, or no more."""
    row = cases.case_of(folio)
    check_bearer(row, bearer(request))
    found = _open_offer(row)
    if asked := renewing.under_way([row]).get(row.document):
        return HttpResponseRedirect(reverse("procedures:case", args=[asked.folio]))
    target = definitions.program_in(row.municipality.slug, found.procedure)
    if begun := renewing.begun(row, target):
        return HttpResponseRedirect(reverse("procedures:resume", args=[begun.public_id]))
    return begin_with(
        request, row.municipality, found.procedure, lambda draft: renewing.given(row, draft.program)
    )


def _open_offer(row: Case) -> Offer:
    found, day = renewing.offer(row), today(row.municipality)
    if found is None:
        raise Refusal("not_renewed", "Este documento no se renueva. Su ficha dice qué hacer.", status=409)
    if day < found.since:
        early = sentence("Se renueva desde el %(day)s. Le avisaremos.", day=f"{found.since:%d/%m/%Y}")
        raise Refusal("too_early", early, status=409)
    if day > found.until:
        raise Refusal("ended", "Este documento ya venció. Pida uno nuevo.", status=409)
    return found
