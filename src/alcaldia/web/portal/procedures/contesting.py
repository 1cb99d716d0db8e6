"""Contesting a resolution in one's own words, until the day that its page says."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import appealing
from alcaldia.procedures.actions import citizens
from alcaldia.procedures.protected import new_salt
from alcaldia.procedures.queries import cases
from alcaldia.web.portal.procedures import permits
from alcaldia.web.portal.procedures.coded import bearer
from alcaldia.web.portal.procedures.filling import CHANNEL


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, folio: str) -> HttpResponse:
    """The reasons; where the person's key must permit reading them, one touch more."""
    told = cases.status(folio)
    citizens.check_bearer(told.row, bearer(request))
    appealing.check_in_time(told.row, told.state)
    typed = request.POST.get("motivos", "")
    page: dict[str, Any] = {
        "town": told.row.municipality, "row": told.row, "sheet": told.program.definition.sheet,
        "until": told.appeal_until, "typed": typed,
    }  # fmt: skip
    if request.method != "POST" or "corregir" in request.POST:
        return render(request, "procedures/appeal.html", page)
    try:
        citizens.appeal(
            folio=told.row.folio, reasons=typed, bearer=bearer(request), by="citizen", channel=CHANNEL,
            signed=permits.signed(request),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code == "no_reasons":
            return render(request, "procedures/appeal.html", {**page, "error": refusal.detail}, status=422)
        if refusal.code != "needs_signature":
            raise
        salt = new_salt()
        send = appealing.to_sign(told.row, appealing.check_reasons(typed), salt)
        asked = permits.to_sign(request, told.row.municipality, told.program.definition.data, send, salt=salt)
        context = {**page, **asked, "carried": permits.carried(request)}
        return render(request, "procedures/appeal_sign.html", context)
    return HttpResponseRedirect(reverse("procedures:case", args=[told.row.folio]))
