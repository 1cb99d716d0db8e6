"""Permits: to whom, what, until when; give one with a touch, take it back with a click."""

import json
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alcaldia.identity import passkeys
from alcaldia.identity import queries as identity
from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.small_json import read_small
from alcaldia.vault import actions, custodian, purposes, queries
from alcaldia.vault.rules.grant import SHOW, BadGrant, Grant, Send, read_send, withdrawal
from alcaldia.web.components.access import person_required
from alcaldia.web.components.ceremony import elsewhere
from alcaldia.web.components.offices import every_office
from alcaldia.web.components.purposes import purpose_choices
from alcaldia.web.portal.vault.entry import person_of, token_of, with_vault
from alcaldia.web.portal.vault.shown import labels, office, permit, told_apart


class PermitForm(forms.Form):
    """An office, a case, a reason, what and for how long."""

    office = forms.ChoiceField(label=_("¿A qué oficina?"), choices=every_office)
    case = forms.CharField(
        label=_("¿Para qué expediente?"), max_length=80, help_text=_("El folio que le dio la oficina.")
    )
    purpose = forms.ChoiceField(label=_("¿Para qué?"), choices=purpose_choices)
    what = forms.MultipleChoiceField(label=_("¿Qué podrá ver?"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label=_("¿Por cuánto tiempo?"), coerce=int, initial=7,
        choices=[(1, _("Un día")), (7, _("Una semana")), (30, _("Un mes")), (90, _("Tres meses"))],
    )  # fmt: skip

    def __init__(self, held: list[str], *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        choices = list(zip(held, labels(held), strict=True))
        self.fields["what"].choices = choices  # type: ignore[attr-defined]


@with_vault
@require_safe
def permits(request: HttpRequest) -> HttpResponse:
    """What I allowed, the live ones first; what asked for more than it read is said."""
    now, told = timezone.now(), custodian.ask("my_grants", token=token_of(request))
    found = told_apart([permit(one, now) for one in told])
    live = [one for one in found if one["state"] == "live"]
    past = [one for one in found if one["state"] != "live"]
    return render(
        request, "vault/permits.html", {"live": live, "past": past, "section": "vault", "tab": "permits"}
    )


@with_vault
@require_POST
def revoke(request: HttpRequest, id: str) -> HttpResponse:
    """From this moment the permit opens nothing."""
    actions.revoke(id, token=token_of(request))
    return HttpResponseRedirect(reverse("vault:permits"))


@never_cache
@person_required()
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_signed(request: HttpRequest, id: str) -> HttpResponse:
    """By a touch over this withdrawal and nothing else, also when the vault is closed."""
    if request.method == "POST":
        actions.revoke_signed(id, passkeys.read_answer(request.POST.get("credential", "")))
        return render(request, "vault/revoked.html", {"done": True, "section": "vault", "tab": "permits"})
    allowed = identity.credential_ids(person_of(request))
    options = passkeys.request_options(challenge=withdrawal(id), allowed=allowed)
    asked = {"options": options, "state": "", "elsewhere": elsewhere(request)}
    return render(request, "vault/revoked.html", {**asked, "section": "vault", "tab": "permits"})


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose; then the next page says in one sentence what is about to be signed."""
    subject = person_of(request).public_id
    form = PermitForm(queries.known(subject), request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        draft = actions.ask(
            person=subject, fields=chosen["what"], purpose=chosen["purpose"], case=chosen["case"],
            office=chosen["office"], mode=SHOW, days=chosen["days"], max_uses=10,
        )  # fmt: skip
        return _to_sign(request, draft)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "vault/new_permit.html", {"form": form, "section": "vault", "tab": "permits"}, status=status
    )


def _to_sign(request: HttpRequest, draft: Grant) -> HttpResponse:
    send = Send(digest({"permit": draft.nonce}), (draft,))
    told = {"office": office(draft.office), "fields": labels(draft.fields), "purpose": purposes.name(draft.purpose),
            "case": draft.case, "until": draft.not_after, "uses": draft.max_uses}  # fmt: skip
    asked = sign_form(request, send, state=json.dumps(send.body()))
    return render(
        request, "vault/sign_permit.html", {**asked, "permit": told, "section": "vault", "tab": "permits"}
    )


def sign_form(request: HttpRequest, send: Send, *, state: str) -> dict[str, Any]:
    """Context of a form whose passkey signs this bundle and nothing else."""
    allowed = identity.credential_ids(person_of(request))
    options = passkeys.request_options(challenge=send.challenge(), allowed=allowed)
    return {"options": options, "state": state, "elsewhere": elsewhere(request)}


def signed(request: HttpRequest) -> tuple[dict[str, Any], Any]:
    """The passkey's answer and the JSON that the form carried. Raises Refusal."""
    answer = passkeys.read_answer(request.POST.get("credential", ""))
    try:
        return answer, read_small(request.POST.get("state", ""))
    except ValueError as error:
        raise Refusal("bad_request", "La página no está completa. Vuelva a empezar.", status=400) from error


@with_vault
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """The signed permit goes to the broker, which checks the signature itself."""
    answer, told = signed(request)
    try:
        send = read_send(told)
    except BadGrant as error:
        raise Refusal("bad_grant", "El permiso no se entiende. Vuelva a empezar; no se dio nada.") from error
    if {one.person for one in send.grants} != {person_of(request).public_id}:
        raise Refusal("other_person", "Ese permiso es de otra persona.", status=403)
    actions.give(send, answer)
    return HttpResponseRedirect(reverse("vault:permits"))
