"""A permit at the counter: the person is present with their one-use code, the official signs, both get little."""

from typing import Any

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from alcaldia.identity import passkeys
from alcaldia.identity import queries as identity
from alcaldia.kernel.errors import Refusal
from alcaldia.vault import custodian
from alcaldia.vault.rules.decision import ASSISTED_FIELDS, ASSISTED_USES
from alcaldia.vault.rules.grant import read_send
from alcaldia.web.backoffice.own_offices import OfficeForm, offices_of
from alcaldia.web.backoffice.vault import token_of, with_vault
from alcaldia.web.components.ceremony import elsewhere
from alcaldia.web.components.sessions import official_of
from alcaldia.web.components.small_permit import SmallPermitForm, drafted, facts

_SALT, _SECONDS = "backoffice.assisting", 300


class AssistForm(SmallPermitForm, OfficeForm):
    """What the person allows here and now; it ends within a day."""

    code = forms.CharField(
        label="Código de la persona",
        max_length=64,
        help_text="El de su recibo o el que imprimió de su bóveda.",
    )
    uses = forms.TypedChoiceField(
        label="Cuántas consultas",
        coerce=int,
        choices=[(one, str(one)) for one in range(1, ASSISTED_USES + 1)],
    )
    field_order = ("office", "code", "case", "purpose", "what", "uses")

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["what"].help_text = f"A lo más {ASSISTED_FIELDS} datos."


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """First what is asked; then a page that the person reads before the official touches their key."""
    form = AssistForm(offices_of(request), request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "backoffice/assist.html", {"form": form}, status=status)
    chosen, token = form.cleaned_data, token_of(request)
    person = custodian.ask("assisted_person", code=chosen["code"], token=token)
    send = drafted(person=person, office=form.chosen_office(), chosen=chosen, uses=chosen["uses"])
    options = passkeys.request_options(
        challenge=send.challenge(), allowed=identity.credential_ids(official_of(request))
    )
    state = signing.dumps({"send": send.body(), "code": chosen["code"]}, salt=_SALT)
    context = {"options": options, "state": state, "elsewhere": elsewhere(request), **facts(send)}
    return render(request, "backoffice/assist_sign.html", context)


@with_vault
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Code and signature go to the broker, which spends the one and checks the other; a receipt comes back."""
    try:
        told = signing.loads(request.POST.get("state", ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature as error:
        raise Refusal(
            "stale_challenge", "Pasó el tiempo para firmar. Vuelva a empezar.", status=409
        ) from error
    send, token = read_send(told["send"]), token_of(request)
    answer = passkeys.read_answer(request.POST.get("credential", ""))
    [id] = custodian.ask("give_assisted", send=told["send"], code=told["code"], assertion=answer, token=token)
    context = {**facts(send), "id": id, "void": custodian.ask("void_code", grant=id, token=token)}
    return render(request, "backoffice/assist_done.html", context)
