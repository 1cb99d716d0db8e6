"""Seeing who a person is at the counter: the account, what was looked at, and the official's signature over both."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alcaldia.identity import proving
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.access import official_required
from alcaldia.web.components.rate import check
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

CHANNEL, MAY, ACT = "backoffice", "identity.verify", "identity.prove"
PAGE = "backoffice/prove.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def prove(request: HttpRequest) -> HttpResponse:
    official, shown = official_of(request), {"papers": proving.PAPERS}
    if request.method != "POST":
        return render(request, PAGE, shown)
    check("account", official.public_id)
    if "credential" in request.POST:
        act = signed_act(request, official, ACT)
        folio = proving.prove(
            account=act["account"], paper=act["paper"], by=official, channel=CHANNEL, signed=act["nonce"]
        )
        return render(request, PAGE, shown | {"folio": folio})
    account, paper = request.POST.get("cuenta", "").strip()[:24], request.POST.get("vio", "")
    try:
        proving.check(account, paper)
    except Refusal as refusal:
        given = {"error": refusal.detail, "account": account, "paper": paper}
        return render(request, PAGE, shown | given, status=refusal.status)
    asked = ask_to_sign(official, {"act": ACT, "account": account, "paper": paper})
    return render(request, PAGE, {**shown, **asked, "account": account, "said": proving.PAPERS[paper]})
