"""Electronic residency: apply, follow, withdraw, receive the credential; and the public check of one."""

import json
import time
from typing import Any

import segno
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import credentials, residency
from alcaldia.identity.models import Residency
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import residency_papers
from alcaldia.procedures.attaching import MOST_BYTES
from alcaldia.procedures.protected import Signed
from alcaldia.procedures.residency_papers import Paper
from alcaldia.vault.rules.grant import BadGrant, read_send
from alcaldia.web.components.access import person_required
from alcaldia.web.components.rate import check_request
from alcaldia.web.portal.account.devices import CHANNEL, person_of
from alcaldia.web.portal.vault.permits import sign_form, signed


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@person_required()
def apply(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    mine = Residency.objects.select_related("municipality").filter(person=person).order_by("-pk")
    towns = list(Municipality.objects.only("slug", "name"))
    facts: dict[str, Any] = {
        "rows": mine,
        "towns": towns,
        "places": range(1, 1 + len(residency_papers.PLACES)),
    }
    if request.method != "POST":
        wanted = request.GET.get("m", "") or (towns[0].slug if len(towns) == 1 else "")
        return render(request, "account/residency.html", facts | _to_sign(request, wanted))
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


def _to_sign(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What the form with files carries, once the municipality is chosen."""
    town = Municipality.objects.filter(slug=slug).first()
    if town is None:
        return {}
    send = residency_papers.to_sign(person_of(request), town)
    return {"town": town, **sign_form(request, send, state=json.dumps(send.body()))}


@require_POST
@person_required()
def attach(request: HttpRequest, slug: str) -> HttpResponse:
    """The application with its papers, under the permit that the person has just signed."""
    check_request(request, "draw")
    town, (assertion, told) = get_object_or_404(Municipality, slug=slug), signed(request)
    try:
        send = read_send(told)
    except BadGrant as error:
        raise Refusal("bad_grant", "El permiso no se entiende. Vuelva a empezar; no se dio nada.") from error
    given = [one for one in request.FILES.getlist("documento") if isinstance(one, UploadedFile)]
    papers = [Paper(one.name or "", one.read(MOST_BYTES + 1)) for one in given]
    residency_papers.apply(
        person=person_of(request), town=town, papers=papers, signed=Signed(send, assertion), channel=CHANNEL
    )
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
