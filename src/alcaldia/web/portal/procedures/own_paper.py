"""The paper of a case with its person's data: in the answer to their touch, and nowhere else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import personal_paper
from alcaldia.procedures.actions import citizens
from alcaldia.procedures.queries import cases
from alcaldia.web.portal.procedures.coded import bearer
from alcaldia.web.portal.procedures.completing import OPENS, token_of


@never_cache
@require_POST
def pdf(request: HttpRequest, folio: str) -> HttpResponse:
    """A POST, since it opens what is sealed and the broker logs it; where that fails, why, and the paper without data."""
    told = cases.status(folio)
    mine = bearer(request)
    citizens.check_bearer(told.row, mine)
    try:
        data = personal_paper.pdf(told.row, mine, token_of(request))
    except Refusal as refusal:
        page = {
            "town": told.row.municipality, "row": told.row, "sheet": told.program.definition.sheet,
            "why": refusal.detail, "closed": refusal.code in OPENS,
            "needs_code": refusal.code == "needs_code",
        }  # fmt: skip
        return render(request, "procedures/own_paper.html", page, status=refusal.status)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{told.row.document}-con-datos.pdf"'
    return response
