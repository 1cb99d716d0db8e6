"""Whose account it is: by a whole identifier that the person presents, never by name. They read that it was asked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from alcaldia.identity.permissions import can_anywhere
from alcaldia.kernel.errors import Refusal
from alcaldia.vault import custodian
from alcaldia.web.backoffice.vault import token_of, with_vault
from alcaldia.web.components.sessions import official_of

PAGE = "backoffice/identify.html"
SHORTEST = 4
"""Fewer characters are no identifier of anybody, and would be guessed."""
NEXT = ("recover", "represent")
"""What the account's number is wanted for."""
STAYS = ("not_whole", "identifier_unknown")
"""The refusals that are read beside the form, to try again."""


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
def identify(request: HttpRequest) -> HttpResponse:
    """By POST: neither the identifier nor the account is in an address. The broker throttles and logs, found or not."""
    if request.method != "POST":
        return render(request, PAGE)
    value, case = request.POST.get("clave", "").strip()[:40], request.POST.get("folio", "").strip()[:80]
    try:
        found = _account(value, case, token_of(request))
    except Refusal as refusal:
        if refusal.code not in STAYS:
            raise
        shown = {"case": case, "problem": refusal.detail}
        return render(request, PAGE, shown, status=refusal.status)
    may = {
        name: can_anywhere(official_of(request), f"identity.{name}", timezone.localdate()) for name in NEXT
    }
    return render(request, PAGE, {"case": case, "account": found, "may": may})


def _account(value: str, case: str, token: str) -> str:
    if len(value) < SHORTEST or not case:
        raise Refusal(
            "not_whole",
            "Escriba la clave completa que la persona presenta y el folio por el que vino.",
            status=422,
        )
    return str(custodian.ask("identify", kind="person", value=value, case=case, token=token))
