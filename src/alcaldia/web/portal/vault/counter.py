"""For whoever goes to a counter without their device: a code to take along, and a way to void what was given there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alcaldia.vault import custodian
from alcaldia.web.components.rate import check_request
from alcaldia.web.portal.vault.entry import token_of, with_vault


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """A code of one use, shown once, to print or copy."""
    made = custodian.ask("assist_code", token=token_of(request)) if request.method == "POST" else ""
    return render(request, "vault/assist_code.html", {"code": made, "section": "vault", "tab": "permits"})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def void(request: HttpRequest) -> HttpResponse:
    """The code of a receipt ends its permit at once; no account is needed."""
    done = False
    if request.method == "POST":
        check_request(request, "enter")
        custodian.ask("void", code=request.POST.get("code", "").strip()[:64])
        done = True
    return render(request, "vault/void.html", {"done": done, "section": "vault"})
