"""Recovery at the counter: one official begins, another confirms, each with their own passkey."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import passkeys, recovery
from alcaldia.identity.models import RecoveryRequest
from alcaldia.identity.rules.ids import spell_code
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.key_acts import RECOVERY
from alcaldia.web.components.access import official_required
from alcaldia.web.components.rate import check
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.step_up import ask_to_sign, signed_act

CHANNEL, MAY = "backoffice", "identity.recover"
BEGIN, CONFIRM = RECOVERY


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
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def begin(request: HttpRequest) -> HttpResponse:
    """First the account number and what was seen of the person, then the signature over exactly that."""
    official = official_of(request)
    if request.method != "POST":
        return render(request, "backoffice/recovery_begin.html", {})
    check("account", official.public_id)
    if "credential" not in request.POST:
        account, half = request.POST.get("cuenta", "").strip()[:24], recovery.new_half()
        act = {"act": BEGIN, "account": account, "approves": recovery.begins(account, half)}
        facts = {**ask_to_sign(official, act), "account": account, "code": half}
        return render(request, "backoffice/recovery_begin.html", facts)
    approval, half = _approval(request, BEGIN), request.POST.get("codigo", "")
    account = str(approval.act["account"])
    _check(approval, recovery.begins(account, half))
    made = recovery.request_recovery(
        account=account, half=half, by=official, approval=approval, channel=CHANNEL
    )
    return render(request, "backoffice/recovery_code.html", {"row": made, "code": spell_code(half)})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@official_required(MAY)
def confirm(request: HttpRequest, folio: str) -> HttpResponse:
    """The second official's half of the code is theirs alone, so that neither of the two could use it themself."""
    official = official_of(request)
    row = get_object_or_404(RecoveryRequest.objects.select_related("first", "person"), folio=folio)
    if request.method != "POST":
        half = recovery.new_half()
        act = {"act": CONFIRM, "folio": folio, "approves": recovery.confirms(row, half)}
        facts = {**ask_to_sign(official, act), "row": row, "code": half, "own": row.first_id == official.pk}
        return render(request, "backoffice/recovery_confirm.html", facts)
    approval, half = _approval(request, CONFIRM), request.POST.get("codigo", "")
    _check(approval, recovery.confirms(row, half))
    made = recovery.confirm_recovery(request=row, half=half, by=official, approval=approval, channel=CHANNEL)
    return render(request, "backoffice/recovery_code.html", {"row": made, "code": spell_code(half)})


def _approval(request: HttpRequest, name: str) -> recovery.Approval:
    """What the official's key has just signed, for the broker to check again."""
    act = signed_act(request, official_of(request), name)
    token: str = request.vault_token  # type: ignore[attr-defined]
    return recovery.Approval(act, passkeys.read_answer(request.POST["credential"]), token)


def _check(approval: recovery.Approval, approved: str) -> None:
    """The signature is over this recovery. Refusal where the form was another's."""
    if approval.act.get("approves") != approved:
        detail = "Lo que firmó es otra recuperación. No cambió nada; vuelva a empezar."
        raise Refusal("other_recovery", detail, status=409)


@require_POST
@official_required(MAY)
def cancel(request: HttpRequest, folio: str) -> HttpResponse:
    row = get_object_or_404(RecoveryRequest.objects.select_related("person"), folio=folio)
    recovery.cancel_recovery(request=row, by=official_of(request).username, channel=CHANNEL)
    return HttpResponseRedirect(reverse("backoffice:recoveries"))
