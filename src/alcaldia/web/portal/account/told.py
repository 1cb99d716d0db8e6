"""Where a person wants to be told of their own account: shown to be theirs by a code, sealed at once, gone when they say so."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.identity import codes
from alcaldia.identity.ports import CONFIRM, plugged
from alcaldia.identity.rules.contacts import normal
from alcaldia.kernel.errors import Refusal
from alcaldia.notices import accounts, postman
from alcaldia.vault.rules.text64 import to_bytes, to_text
from alcaldia.web.components.access import person_required
from alcaldia.web.components.rate import check, check_request
from alcaldia.web.portal.account.devices import person_of

_SALT = "account.told"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@person_required()
def told(request: HttpRequest) -> HttpResponse:
    """An address or number, then the code that goes there. What is kept is not shown again: only that there is one."""
    if request.method != "POST":
        return _page(request)
    person = person_of(request)
    check("account", person.public_id)
    check_request(request, "code.send.address")
    typed = request.POST.get("contacto", "")
    try:
        check("code.send", codes.reference(typed))
        whose = codes.send(identifier=typed, use=CONFIRM)
    except Refusal as refusal:
        if refusal.status == 429:
            raise
        return _page(request, status=refusal.status, error=refusal.detail, typed=typed)
    address = normal(typed) or ""
    box = postman.pack({"email" if "@" in address else "phone": address})
    state = {"person": person.public_id, "whose": whose, "box": to_text(box)}
    return _page(request, sent=signing.dumps(state, salt=_SALT))


@never_cache
@sensitive_post_parameters()
@require_POST
@person_required()
def confirm(request: HttpRequest) -> HttpResponse:
    """The code came: from now on this account is told there."""
    check_request(request, "code.try")
    sent = request.POST.get("enviado", "")
    try:
        state = signing.loads(sent, salt=_SALT, max_age=codes.LIFE)
        if state["person"] != person_of(request).public_id:
            raise signing.BadSignature
        codes.check(whose=state["whose"], code=request.POST.get("codigo", ""))
    except signing.BadSignature:
        raise Refusal("wrong_code", "Pasó el tiempo de ese código. Pida otro.", status=403) from None
    except Refusal as refusal:
        return _page(request, status=refusal.status, error=refusal.detail, sent=sent)
    accounts.keep(subject=state["person"], contact=to_bytes(state["box"]))
    return HttpResponseRedirect(reverse("account:told"))


@require_POST
@person_required()
def told_nowhere(request: HttpRequest) -> HttpResponse:
    """Nothing is kept any more, confirmed or not."""
    accounts.forget(person_of(request).public_id)
    return HttpResponseRedirect(reverse("account:told"))


def _page(request: HttpRequest, *, status: int = 200, **facts: Any) -> HttpResponse:
    kinds = accounts.kinds(person_of(request).public_id)
    known = {"kinds": kinds, "sends": plugged.code_sender is not None, "demo": settings.DEMO}
    return render(request, "account/told.html", known | facts, status=status)
