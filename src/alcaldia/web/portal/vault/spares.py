"""Spare keys: what each is good for, making and removing them by a touch, and giving back what the city lost."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import passkeys
from alcaldia.identity import queries as identity
from alcaldia.kernel.errors import Refusal
from alcaldia.vault import spares as keys
from alcaldia.vault.rules.spare import DEVICE, HELP, MAKE, PAPER, PERSON, REMOVE, Act
from alcaldia.vault.rules.text64 import to_text
from alcaldia.web.components.ceremony import elsewhere
from alcaldia.web.portal.vault.entry import CLOSED, person_of, token_of, with_vault
from alcaldia.web.portal.vault.permits import signed

TAB = {"section": "vault", "tab": "spares"}


@with_vault
@require_safe
def spares(request: HttpRequest) -> HttpResponse:
    """What I have, what I can make, whom I may help."""
    told = _told(request)
    kinds = {one["kind"] for one in told["spares"]}
    known = {"backed": bool(kinds & {PAPER, PERSON}), "browser": _browser(request, told)}
    return render(request, "vault/spares.html", {**TAB, **told, **known})


@with_vault
@require_POST
@sensitive_post_parameters()
def new(request: HttpRequest) -> HttpResponse:
    """What is about to be signed; nothing is made yet."""
    given = {
        name: request.POST.get(name, "").strip()[:1400] for name in ("public", "credential", "salt", "code")
    }
    act = keys.draft_make(person_of(request).public_id, request.POST.get("kind", ""), given)
    return _to_sign(request, act)


@with_vault
@require_POST
def remove(request: HttpRequest, id: str) -> HttpResponse:
    """One of one's own, or being somebody's trusted person: also by a touch."""
    return _to_sign(request, keys.draft(REMOVE, person_of(request).public_id, id))


@with_vault
@require_POST
def help_restore(request: HttpRequest, id: str) -> HttpResponse:
    """The trusted person is about to consent."""
    told = _told(request)["helping"]
    number = next((one["number"] for one in told if one["id"] == id), "")
    return _to_sign(request, keys.draft(HELP, person_of(request).public_id, id), number=number)


def _to_sign(request: HttpRequest, act: Act, number: str = "") -> HttpResponse:
    allowed = identity.credential_ids(person_of(request))
    options = passkeys.request_options(challenge=act.challenge(), allowed=allowed)
    asked = {"options": options, "state": json.dumps(act.body()), "elsewhere": elsewhere(request)}
    about = {"what": f"{act.what} {act.kind}".strip(), "number": number}
    return render(request, "vault/spare_sign.html", {**TAB, **asked, **about})


@with_vault
@require_POST
@sensitive_post_parameters()
def sign(request: HttpRequest) -> HttpResponse:
    """The signed act goes to the broker, which checks the touch itself. A code on paper is shown here, once."""
    answer, told = signed(request)
    act = keys.read(told)
    code = keys.do(act, answer, token=token_of(request))
    if act.what == MAKE and act.kind == PAPER:
        address = passkeys.origin() + reverse("vault:restore")
        return render(
            request,
            "vault/spare_paper.html",
            {**TAB, "code": code, "address": address, "day": timezone.localdate()},
        )
    return HttpResponseRedirect(reverse("vault:spares"))


@with_vault
@require_POST
def trust(request: HttpRequest) -> HttpResponse:
    """A code of one use to hand to whoever asked me to be their trusted person."""
    return render(request, "vault/spare_trust.html", {**TAB, "code": keys.trust_code(token_of(request))})


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def restore(request: HttpRequest) -> HttpResponse:
    """Where a vault that can not open leads: the ways back that its owner has."""
    if request.method != "POST":
        return _ways(request)
    given = {name: request.POST.get(name, "").strip()[:200] for name in ("code", "secret")}
    if not any(given.values()):
        return _ways(request, "Escriba el código de su papel, o use otra de sus llaves de repuesto.", 422)
    try:
        keys.restore(token=token_of(request), **given)
    except Refusal as refusal:
        if refusal.code in CLOSED:
            raise
        return _ways(request, refusal.detail, refusal.status)
    return render(request, "vault/spare_restored.html", {**TAB, **_told(request)})


@with_vault
@require_POST
def ask(request: HttpRequest, id: str) -> HttpResponse:
    """Ask one's trusted person, who sees it on this same page of theirs."""
    keys.ask_help(id, token=token_of(request))
    return HttpResponseRedirect(reverse("vault:restore"))


def _ways(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    told = _told(request)
    by_kind = {
        f"by_{kind}": [one for one in told["spares"] if one["kind"] == kind]
        for kind in (PAPER, DEVICE, PERSON)
    }
    found = {**TAB, **told, **by_kind, "browser": _browser(request, told), "problem": problem}
    return render(request, "vault/spare_restore.html", found, status=status)


def _told(request: HttpRequest) -> dict[str, Any]:
    told = keys.mine(token_of(request))
    for one in (*told["spares"], *told["helping"]):
        one["made"] = datetime.fromisoformat(one["made"])
        one["asked"] = datetime.fromisoformat(one["asked"]) if one["asked"] else None
    return told


def _browser(request: HttpRequest, told: dict[str, Any]) -> dict[str, Any]:
    """What the browser needs to make a device's secret, or to make it again: passkeys, and salts of what is there."""
    person = person_of(request)
    salts = {one["credential"]: one["salt"] for one in told["spares"] if one["kind"] == DEVICE}
    known = [to_text(one) for one in identity.credential_ids(person)]
    return {"subject": person.public_id, "rp": passkeys.rp_id(), "keys": known, "salts": salts}
