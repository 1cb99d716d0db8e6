"""Electronic residency, the office's side: appointment, decision signed with the official's key, revocation."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import permissions, residency
from alcaldia.identity.models import Residency
from alcaldia.identity.rules.residency import STATES, may
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import residency_papers
from alcaldia.vault.rules.catalogue import CASE
from alcaldia.web.backoffice.cases.personal import opened, permits_of
from alcaldia.web.backoffice.vault import with_vault
from alcaldia.web.components.access import official_required
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

CHANNEL, MAY, ACT = "backoffice", "identity.reside", "identity.residency.decide"
DECISIONS = {
    "granted": "Otorgar la residencia",
    "refused": "Negar la residencia",
    "revoked": "Revocar la residencia",
}


@never_cache
@require_safe
@official_required(MAY)
def residencies(request: HttpRequest) -> HttpResponse:
    """Applications of the municipalities in which the official decides them."""
    on = timezone.localdate()
    towns = [
        t
        for t in permissions.towns_of(official_of(request), on)
        if permissions.can(official_of(request), MAY, t, on)
    ]
    rows = (
        Residency.objects.select_related("municipality").filter(municipality__in=towns).order_by("-pk")[:100]
    )
    return render(request, "backoffice/residencies.html", {"rows": rows})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def residency_page(request: HttpRequest, folio: str) -> HttpResponse:
    """One application; a decision is chosen first and then signed, folio and all."""
    row, official = _row(request, folio), official_of(request)
    choices = {key: label for key, label in DECISIONS.items() if may(row.state, key)}
    facts = {
        "row": row,
        "state": STATES[row.state],
        "choices": choices,
        "may_appoint": may(row.state, "appointed"),
        "papers": residency_papers.files(folio),
    }
    wanted = request.GET.get("decision", "")
    if request.method != "POST":
        if wanted in choices:
            signed = ask_to_sign(official, {"act": ACT, "folio": folio, "decision": wanted})
            facts |= {"wanted": choices[wanted], "options": signed["options"], "signature": signed["state"]}
        return render(request, "backoffice/residency.html", facts)
    act = signed_act(request, official, ACT)
    if act["folio"] != folio or act["decision"] not in choices:
        raise Refusal("wrong_state", "La solicitud cambió mientras firmaba. Vuelva a abrirla.", status=409)
    if act["decision"] == "revoked":
        residency.revoke(residency=row, by=official, channel=CHANNEL, signed=act["nonce"])
    else:
        granted = act["decision"] == "granted"
        residency.decide(residency=row, grant=granted, by=official, channel=CHANNEL, signed=act["nonce"])
    return HttpResponseRedirect(reverse("backoffice:residency", args=[folio]))


@with_vault
@require_POST
@official_required(MAY)
def paper(request: HttpRequest, folio: str, public_id: str) -> HttpResponse:
    """One of the files that came with the application, opened under its permit; the person reads who it was."""
    row = _row(request, folio)
    attachment = get_object_or_404(residency_papers.files(row.folio), public_id=public_id)
    field = f"{CASE}.{attachment.field}"
    permits = [one for one in permits_of(request, row.folio) if field in one.fields]
    if not permits:
        detail = "Esta solicitud no tiene un permiso vigente para su puesto. Pida a la persona que la envíe de nuevo."
        raise Refusal("grant_unknown", detail, status=403)
    return opened(request, permits, attachment, field, row.folio)


@require_POST
@official_required(MAY)
def appoint(request: HttpRequest, folio: str) -> HttpResponse:
    row = _row(request, folio)
    residency.appoint(
        residency=row, reference=request.POST.get("cita", ""), by=official_of(request), channel=CHANNEL
    )
    return HttpResponseRedirect(reverse("backoffice:residency", args=[folio]))


def _row(request: HttpRequest, folio: str) -> Residency:
    """Of a municipality in which this official decides; for anybody else it needs a post there."""
    row = get_object_or_404(Residency.objects.select_related("municipality", "person"), folio=folio)
    permissions.check(official_of(request), MAY, row.municipality, timezone.localdate())
    return row
