"""Electronic residency: apply, follow, withdraw, receive the credential; and the public check of one."""

import time
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import credentials, residency
from alcaldia.identity.models import Residency
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.web.components.access import person_required
from alcaldia.web.components.rate import check_request
from alcaldia.web.portal.account.devices import CHANNEL, person_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required()
def apply(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    mine = Residency.objects.select_related("municipality").filter(person=person).order_by("-pk")
    facts: dict[str, Any] = {"rows": mine, "towns": Municipality.objects.only("slug", "name")}
    if request.method != "POST":
        return render(request, "account/residency.html", facts)
    town = get_object_or_404(Municipality, slug=request.POST.get("municipio", ""))
    given = request.POST.get("documentos", "")[:2000]
    try:
        residency.apply(
            person=person, town=town, documents=given.splitlines(), by=person.public_id, channel=CHANNEL
        )
    except Refusal as refusal:
        facts |= {"error": refusal.detail, "given": given}
        return render(request, "account/residency.html", facts, status=refusal.status)
    return HttpResponseRedirect(reverse("account:residency"))


@require_POST
@person_required()
def withdraw(request: HttpRequest, folio: str) -> HttpResponse:
    row = _mine(request, folio)
    residency.withdraw(residency=row, by=person_of(request).public_id, channel=CHANNEL)
    return HttpResponseRedirect(reverse("account:residency"))


@never_cache
@require_safe
@person_required()
def credential(request: HttpRequest, folio: str) -> HttpResponse:
    text = residency.credential(_mine(request, folio))
    qr = segno.make(text, error="l").svg_data_uri(scale=3, border=2)
    return render(request, "account/credential.html", {"folio": folio, "text": text, "qr": qr})


def _mine(request: HttpRequest, folio: str) -> Residency:
    rows = Residency.objects.select_related("municipality", "person").filter(person=person_of(request))
    return get_object_or_404(rows, folio=folio)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Anyone checks a credential; nothing of it is kept."""
    if request.method != "POST":
        return render(request, "account/credential_check.html", {})
    check_request(request, "check")
    checked = credentials.check(request.POST.get("credencial", ""), time.time())
    return render(request, "account/credential_check.html", {"checked": checked})


@require_safe
def statuses(request: HttpRequest, slug: str) -> HttpResponse:
    """The signed status list, for verifiers of other cities and countries."""
    town = get_object_or_404(Municipality, slug=slug)
    answer = HttpResponse(credentials.status_list(town), content_type="application/statuslist+jwt")
    answer.headers["Cache-Control"] = f"public, max-age={credentials.LIST_TTL}"
    return answer


@require_safe
def issuer(request: HttpRequest, slug: str) -> HttpResponse:
    """The issuer's public key (SD-JWT VC, 5)."""
    return JsonResponse(credentials.public_keys(get_object_or_404(Municipality, slug=slug)))
