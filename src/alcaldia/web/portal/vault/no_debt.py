"""The no-debt certificate: choose a parcel of one's own, read what will be used, touch, take the paper."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.documents.status import status
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.parcels import by_public_id, whole
from alcaldia.land.rulebook import municipality_of, published
from alcaldia.land.search import address
from alcaldia.procedures import no_debt
from alcaldia.vault import queries
from alcaldia.web.portal.vault.entry import CHANNEL, person_of, token_of, with_vault
from alcaldia.web.portal.vault.permits import sign_form, signed
from alcaldia.web.portal.vault.shown import amount


@with_vault
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """One's own parcels; `predio` (a public id of the map) comes first where it is one of them."""
    town = _town(request.GET.get("m", ""))
    held = queries.own(person_of(request).public_id, token_of(request), ["assets"])
    mine = [item for item in queries.items_of(held, "assets") if item.get("city") == town.slug]
    keys = sorted({str(item["parcel"]) for item in mine if "parcel" in item})
    wanted = _key_of(town, request.GET.get("predio", ""))
    listed = [{"key": key, "address": _address(town, key), "chosen": key == wanted} for key in keys]
    other = bool(wanted) and wanted not in keys
    return render(request, "vault/no_debt.html", {"town": town, "mine": listed, "other": other})


@with_vault
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """What will be used, in words, and one button; nothing is kept yet."""
    town, key = _town(request.POST.get("m", "")), request.POST.get("parcel", "")
    draft = no_debt.draft(person=person_of(request).public_id, municipality=town.slug, parcel=key)
    told = {"m": town.slug, "parcel": draft.parcel, "folio": draft.folio, "send": draft.send.body()}
    asked = sign_form(request, draft.send, state=json.dumps(told))
    context = {"town": town, "parcel": draft.parcel, "address": _address(town, draft.parcel), **asked}
    return render(request, "vault/no_debt_sign.html", context)


@with_vault
@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """The signed request: a certificate, or a sentence that says why not and nothing else."""
    answer, told = signed(request)
    if not isinstance(told, dict) or {"m", "parcel", "folio", "send"} - set(told):
        raise Refusal("bad_request", "La solicitud no está completa. Vuelva a empezar.", status=400)
    subject, town = person_of(request).public_id, _town(str(told["m"]))
    try:
        entry = no_debt.issue(
            person=subject, municipality=town.slug, parcel=str(told["parcel"]), folio=str(told["folio"]),
            send=told["send"], assertion=answer, token=token_of(request), by="citizen", channel=CHANNEL,
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "debt":
            raise
        return _owes(request, town, str(told["parcel"]), refusal)
    return HttpResponseRedirect(reverse("no-debt-issued", args=[entry.folio]))


def _owes(request: HttpRequest, town: Municipality, key: str, refusal: Refusal) -> HttpResponse:
    """Why not; the amount only because its owner is the one who reads it."""
    held = queries.own(person_of(request).public_id, token_of(request), ["tax"])
    account = {"city": town.slug, "parcel": key}
    due = [item.get("due") for item in queries.items_of(held, "tax") if account.items() <= item.items()]
    context = {"town": town, "refusal": refusal, "due": amount(due[0]) if due else ""}
    return render(request, "vault/no_debt_owes.html", context, status=409)


@require_safe
def issued(request: HttpRequest, folio: str) -> HttpResponse:
    """The certificate of a folio: it names a parcel and nobody."""
    found = status(folio)
    if found.type != no_debt.events.NO_DEBT_ISSUED:
        raise NotFound("unknown_folio", "Ese folio no es de un certificado de no adeudo. Revíselo.")
    return render(request, "vault/no_debt_issued.html", {"status": found})


@require_safe
def pdf(request: HttpRequest, folio: str) -> HttpResponse:
    """The signed PDF."""
    response = HttpResponse(no_debt.pdf(folio), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{folio}.pdf"'
    return response


def _town(slug: str) -> Municipality:
    if slug:
        return municipality_of(slug)
    towns = list(Municipality.objects.filter(publication__gt=0)[:2])
    if len(towns) != 1:
        detail = "Elija primero su municipio y entre desde la ficha de su predio."
        raise Refusal("which_town", detail, status=400)
    return towns[0]


def _key_of(town: Municipality, public_id: str) -> str:
    return by_public_id(published(town.slug), public_id).key if public_id else ""


def _address(town: Municipality, key: str) -> str:
    from alcaldia.land.parcels import by_key

    try:
        found = by_key(published(town.slug), key)
        parcel, _ = whole(published(town.slug), found.public_id)
    except Refusal:
        return ""
    return address(parcel)
