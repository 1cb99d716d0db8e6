"""Personal data in the office: found by a case's number only, shown only under a live permit, always told."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.vault import actions, custodian, purposes
from alcaldia.vault.custody import BrokerCustodian
from alcaldia.vault.queries import Held
from alcaldia.vault.rules import catalogue
from alcaldia.vault.rules.grant import SHOW, Grant, read_grant
from alcaldia.web.components.access import official_required, safe_next
from alcaldia.web.components.ceremony import ask_to_enter, brought_back, elsewhere
from alcaldia.web.components.rate import check_request
from alcaldia.web.components.sessions import keep_vault_token, official_of

Page = Callable[..., HttpResponse]


def with_vault(page: Page) -> Page:
    """An official whose post may ask for data, with a live session of their own at the broker."""

    @never_cache
    @official_required("vault.ask")
    @wraps(page)
    def view(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
        try:
            custodian.check_session(token_of(request), official_of(request).public_id)
            return page(request, *args, **words)
        except Refusal as refusal:
            if refusal.code not in {"no_vault_session", "nobody_present"}:
                raise
            return _to_open(request)

    return view


def token_of(request: HttpRequest) -> str:
    """The broker's token of the official's session, "" without one."""
    return str(request.vault_token)  # type: ignore[attr-defined]


def _to_open(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(
        f"{reverse('backoffice:vault_open')}?{urlencode({'next': reverse('backoffice:vault')})}"
    )


@never_cache
@official_required("vault.ask")
@require_http_methods(["GET", "HEAD", "POST"])
def open_vault(request: HttpRequest) -> HttpResponse:
    """The official's own touch: from here each look is theirs by name."""
    after = safe_next(request, reverse("backoffice:vault"))
    if request.method != "POST":
        asked = {**ask_to_enter("vault.open"), "next": after, "elsewhere": elsewhere(request)}
        return render(request, "backoffice/vault_open.html", asked)
    check_request(request, "enter")
    answer, challenge = brought_back(request, "vault.open")
    subject = official_of(request).public_id
    token = BrokerCustodian().open_session(subject=subject, challenge=challenge.value, assertion=answer)
    response = HttpResponseRedirect(after)
    keep_vault_token(response, "official", token)
    return response


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest) -> HttpResponse:
    """Type a case's number, read which permits it has; nobody is found by name. By POST: no number in an address."""
    number = request.POST.get("case", "").strip()[:80]
    found = custodian.ask("case_grants", case=number, token=token_of(request)) if number else []
    shown = {"number": number, "permits": [_permit(one) for one in found], "asked": bool(number)}
    return render(request, "backoffice/vault.html", shown)


@with_vault
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """The granted fields, once, on a page that no cache keeps."""
    number, id = request.POST.get("case", "")[:80], request.POST.get("permit", "")
    token = token_of(request)
    found = [one for one in custodian.ask("case_grants", case=number, token=token) if one["id"] == id]
    if not found:
        raise NotFound(
            "grant_unknown", "Ese expediente no tiene ese permiso para su oficina. Pídalo a la persona."
        )
    permit = read_grant(found[0]["grant"])
    chosen = [name for name in request.POST.getlist("fields") if name in permit.fields]
    held = actions.show(permit, chosen, token=token)
    context = {
        "number": number,
        "values": [value_of(one) for one in held],
        "purpose": purposes.name(permit.purpose),
    }
    return render(request, "backoffice/vault_look.html", context)


def _permit(told: dict[str, Any]) -> dict[str, Any]:
    permit: Grant = read_grant(told["grant"])
    live = not told["revoked"] and told["used"] < permit.max_uses and permit.not_after > timezone.now()
    return {
        "id": told["id"], "purpose": purposes.name(permit.purpose), "until": permit.not_after, "live": live,
        "left": permit.max_uses - told["used"], "shows": permit.mode == SHOW, "revoked": bool(told["revoked"]),
        "fields": [(name, catalogue.label(name)) for name in permit.fields],
        "given": datetime.fromisoformat(told["given"]), "assisted": told["assisted"], "kiosk": told["kiosk"],
    }  # fmt: skip


def value_of(one: Held) -> dict[str, str]:
    """A shown value with its name and where it comes from."""
    return {"label": one.label, "text": one.text, "source": one.source_label}
