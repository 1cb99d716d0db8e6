"""The sealed box: encrypted and opened by the person's browser alone. These doors carry bytes that nobody here reads."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.identity import passkeys
from alcaldia.identity import queries as identity
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.small_json import read_object
from alcaldia.kernel.text import sentence
from alcaldia.vault import custodian, sealed
from alcaldia.vault.rules import catalogue, sealed_box
from alcaldia.vault.rules.text64 import to_text
from alcaldia.web.portal.vault.data import SURE
from alcaldia.web.portal.vault.entry import CHANNEL, person_of, token_of, with_vault


@with_vault
@require_safe
def box(request: HttpRequest) -> HttpResponse:
    """What the browser needs to open it: sealed bytes, and which passkeys the person has."""
    person = person_of(request)
    _used(request)
    keys = [to_text(one) for one in identity.credential_ids(person)]
    told = {
        "subject": person.public_id,
        "keys": keys,
        "rp": passkeys.rp_id(),
        "box": sealed.box_of(person.public_id),
    }
    context = {
        "told": told,
        "groups": catalogue.SEALED_GROUPS,
        "word": SURE,
        "section": "vault",
        "tab": "sealed",
    }
    return render(request, "vault/sealed.html", context)


@with_vault
@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """The box's secret under its keys, wrapped by the browser."""
    person, told = person_of(request).public_id, _told(request)
    sealed.keep_box(person, mark=str(told.get("mark")), wraps=told.get("wraps"), by=person, channel=CHANNEL)
    return JsonResponse({"ok": True})


@with_vault
@require_POST
def note(request: HttpRequest) -> HttpResponse:
    """A new version of one text."""
    person, told = person_of(request).public_id, _told(request)
    number = told.get("number")
    if not isinstance(number, int) or not isinstance(told.get("data"), str):
        raise Refusal("bad_note", "Lo que mandó su navegador no se entiende. No se guardó nada.")
    sealed.keep_note(
        person, group=str(told.get("group")), number=number, data=told["data"], by=person, channel=CHANNEL
    )
    return JsonResponse({"ok": True})


@with_vault
@require_POST
def keep_file(request: HttpRequest) -> HttpResponse:
    """A file that the browser sealed; its bytes come as an upload that nobody here reads."""
    person, told = person_of(request).public_id, _told(request)
    sent = request.FILES.get("data")
    if sent is None or (sent.size or 0) > 2 * sealed_box.LARGEST_FILE:
        raise Refusal(
            "bad_file", "El archivo pasa de 10 MB. Elija uno más pequeño; no se guardó nada.", status=413
        )
    sealed.keep_file(
        person,
        name=str(told.get("name")),
        head=str(told.get("head")),
        data=sent.read(),
        by=person,
        channel=CHANNEL,
    )
    return JsonResponse({"ok": True})


@with_vault
@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    """The sealed bytes again, for their owner's browser to open."""
    _used(request)
    data = sealed.file_of(person_of(request).public_id, name)
    return HttpResponse(
        data, content_type="application/octet-stream", headers={"Content-Disposition": "attachment"}
    )


@with_vault
@require_POST
def drop_file(request: HttpRequest, name: str) -> HttpResponse:
    """Take a file out of the box."""
    _used(request)
    person = person_of(request).public_id
    sealed.drop_file(person, name, by=person, channel=CHANNEL)
    return JsonResponse({"ok": True})


@with_vault
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the box away: only after the person types the word."""
    if request.POST.get("word", "").strip().upper() != SURE:
        detail = sentence("Para tirar su caja escriba %(word)s tal cual. No se borró nada.", word=SURE)
        raise Refusal("not_sure", detail)
    _used(request)
    person = person_of(request).public_id
    sealed.discard(person, by=person, channel=CHANNEL)
    return HttpResponseRedirect(reverse("vault:sealed"))


def _used(request: HttpRequest) -> None:
    """Counts as use of the session: nothing else of these pages asks the broker anything."""
    custodian.ask("my_grants", token=token_of(request))


def _told(request: HttpRequest) -> dict[str, Any]:
    _used(request)
    try:
        return read_object(request.POST.get("told", ""))
    except ValueError:
        detail = "La página no está completa. Actualícela; no se guardó nada."
        raise Refusal("bad_request", detail) from None
