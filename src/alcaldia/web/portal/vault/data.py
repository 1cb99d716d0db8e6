"""What the city holds on me, and taking it away."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from alcaldia.identity import passkeys
from alcaldia.identity import queries as identity
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import sentence
from alcaldia.notices import accounts
from alcaldia.vault import actions, queries
from alcaldia.vault.rules import catalogue
from alcaldia.vault.rules.erasing import erasure
from alcaldia.vault.rules.text64 import to_bytes
from alcaldia.web.components.ceremony import elsewhere
from alcaldia.web.portal.vault.entry import CHANNEL, person_of, token_of, with_vault
from alcaldia.web.portal.vault.shown import shelves

SURE = "BORRAR"


@with_vault
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everything, in the clear, for nobody but its owner."""
    subject, token = person_of(request).public_id, token_of(request)
    held = queries.own(subject, token)
    lost = [{**one, "at": datetime.fromisoformat(one["at"])} for one in queries.missing(subject, token)]
    context = {"shelves": shelves(held), "lost": lost, "section": "vault", "tab": "data"}
    return render(request, "vault/home.html", context)


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, group: str) -> HttpResponse:
    """The person writes a group of their own."""
    shelf = catalogue.BY_CODE.get(group)
    fields = [field for field in shelf.fields if field.own] if shelf else []
    if shelf is None or not fields:
        detail = "Estos datos los lleva un registro de la ciudad. Si algo está mal, pida ahí que lo corrijan."
        raise Refusal("not_yours_to_write", detail, status=404)
    subject, token = person_of(request).public_id, token_of(request)
    if request.method != "POST":
        held = {one.field: one.value for one in queries.own(subject, token, [group])}
        rows = [(field, held.get(field.name, "")) for field in fields]
        return render(
            request, "vault/write.html", {"shelf": shelf, "rows": rows, "section": "vault", "tab": "data"}
        )
    given = {field.name: request.POST.get(field.name, "").strip()[:200] for field in fields}
    values = {name: value for name, value in given.items() if value}
    if values:
        statement = actions.Statement(subject, group, values)
        actions.store([statement], by=subject, channel=CHANNEL)
    return HttpResponseRedirect("/boveda/")


@with_vault
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Destroy the vault: the person types the word, and their key signs exactly that."""
    if request.method != "POST":
        return render(request, "vault/erase.html", _to_erase(request))
    if request.POST.get("word", "").strip().upper() != SURE:
        detail = sentence("Para borrar su bóveda escriba %(word)s tal cual. No se borró nada.", word=SURE)
        raise Refusal("not_sure", detail)
    subject = person_of(request).public_id
    answer = passkeys.read_answer(request.POST.get("credential", ""))
    actions.erase(
        subject, challenge=request.POST.get("state", "")[:64], assertion=answer, token=token_of(request), by=subject,
        channel=CHANNEL,
    )  # fmt: skip
    accounts.forget(subject)
    return render(request, "vault/erased.html", {"section": "vault", "tab": "data"})


def _to_erase(request: HttpRequest) -> dict[str, Any]:
    person = person_of(request)
    challenge = actions.draft_erasure(person.public_id)
    signed = erasure(person.public_id, to_bytes(challenge))
    options = passkeys.request_options(challenge=signed, allowed=identity.credential_ids(person))
    asked = {"options": options, "state": challenge, "elsewhere": elsewhere(request)}
    return {**asked, "word": SURE, "section": "vault", "tab": "data"}
