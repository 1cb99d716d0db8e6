"""Recovery at the counter: one official begins, another confirms, each with their own passkey."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import recovery
from alcaldia.identity.models import RecoveryRequest
from alcaldia.identity.rules.ids import spell_code
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.access import official_required
from alcaldia.web.components.rate import check
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

CHANNEL, MAY = "backoffice", "identity.recover"
BEGIN, CONFIRM = "identity.recovery.begin", "identity.recovery.confirm"


@never_cache
@require_safe
@official_required(MAY)
def recoveries(request: HttpRequest) -> HttpResponse:
    """Those in course, by folio: no page shows whose they are."""
    rows = RecoveryRequest.objects.select_related("first", "second").filter(
        recovery.open_request(timezone.now())
    )
    return render(request, "backoffice/recoveries.html", {"rows": rows.order_by("-requested_at")[:100]})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def begin(request: HttpRequest) -> HttpResponse:
    """First the account number and what was seen of the person, then the signature over exactly that."""
    official = official_of(request)
    if request.method != "POST":
        return render(request, "backoffice/recovery_begin.html", {})
    check("account", official.public_id)
    if "credential" not in request.POST:
        act = {"act": BEGIN, "account": request.POST.get("cuenta", "").strip()[:24]}
        facts = {**ask_to_sign(official, act), "account": act["account"]}
        return render(request, "backoffice/recovery_begin.html", facts)
    act = signed_act(request, official, BEGIN)
    made, code = recovery.request_recovery(
        account=act["account"], by=official, token=request.vault_token, channel=CHANNEL, signed=act["nonce"]  # type: ignore[attr-defined]
    )  # fmt: skip
    return render(request, "backoffice/recovery_code.html", {"row": made, "code": spell_code(code)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def confirm(request: HttpRequest, folio: str) -> HttpResponse:
    official = official_of(request)
    row = get_object_or_404(RecoveryRequest.objects.select_related("first", "person"), folio=folio)
    if request.method != "POST":
        facts = {**ask_to_sign(official, {"act": CONFIRM, "folio": folio}), "row": row}
        return render(
            request, "backoffice/recovery_confirm.html", {**facts, "own": row.first_id == official.pk}
        )
    act = signed_act(request, official, CONFIRM)
    if act["folio"] != folio:
        raise Refusal("other_act", "Firmó otra recuperación. Vuelva a la lista y abra la suya.", status=409)
    recovery.confirm_recovery(
        request=row, by=official, token=request.vault_token, channel=CHANNEL, signed=act["nonce"]  # type: ignore[attr-defined]
    )  # fmt: skip
    return HttpResponseRedirect(reverse("backoffice:recoveries"))


@require_POST
@official_required(MAY)
def cancel(request: HttpRequest, folio: str) -> HttpResponse:
    row = get_object_or_404(RecoveryRequest.objects.select_related("person"), folio=folio)
    recovery.cancel_recovery(request=row, by=official_of(request).username, channel=CHANNEL)
    return HttpResponseRedirect(reverse("backoffice:recoveries"))
