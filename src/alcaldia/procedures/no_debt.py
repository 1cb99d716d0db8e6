"""The no-debt certificate of a parcel: who owns it and what it owes are used and shown to nobody.

One touch signs the request and the two grants that it needs; the broker answers yes or no to each.
"""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from alcaldia.documents import actions as documents
from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import new_folio, read_folio
from alcaldia.kernel.models import Municipality
from alcaldia.land import parcels, sketch
from alcaldia.land.queries import today
from alcaldia.land.rulebook import municipality_of, published
from alcaldia.land.search import address
from alcaldia.ledger import queries as ledger
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import Entry
from alcaldia.procedures import events
from alcaldia.procedures.protected import Signed
from alcaldia.vault import actions as vault
from alcaldia.vault import purposes
from alcaldia.vault.rules.grant import AUTOMATIC, USE, BadGrant, Grant, Operation, Send, read_send
from alcaldia.vault.rules.offices import office

OFFICE, REGISTER = "tesoreria", "catastro"
PREFIX, TEMPLATE = "CNA", "no_debt"
MONTHS = 3
BASIS = "Ley de Hacienda Municipal, impuesto predial"


@dataclass(frozen=True)
class Draft:
    """What the person is about to sign. `send.challenge()` is what the passkey signs."""

    municipality: str
    parcel: str
    folio: str
    send: Send


def draft(*, person: str, municipality: str, parcel: str, folio: str = "") -> Draft:
    """Request and grants for the parcel with this key, ready to sign; nothing is kept. Raises NotFound."""
    known = parcels.by_key(published(municipality), parcel)
    named = folio or new_folio(PREFIX, timezone.now().year)
    asked: dict[str, Any] = {
        "person": person,
        "purpose": purposes.NO_DEBT,
        "case": named,
        "office": office(municipality, OFFICE),
        "mode": USE,
        "role": AUTOMATIC,
    }
    owns, paid = operations(municipality, known.key)
    grants = (
        vault.ask(fields=sorted(owns.fields()), operations=(owns,), **asked),
        vault.ask(fields=sorted(paid.fields()), operations=(paid,), **asked),
    )
    return Draft(municipality, known.key, named, Send(_application(municipality, known.key, named), grants))


def operations(municipality: str, parcel: str) -> tuple[Operation, Operation]:
    """What will be used: that this municipality's parcel is the person's, by the cadastre; that its balance is zero, by
    the treasury.
    """
    owns = Operation("contains", "assets.parcel", (("assets.city", municipality),), parcel, REGISTER)
    account = (("tax.city", municipality), ("tax.parcel", parcel))
    return owns, Operation("is_zero", "tax.due", account, None, OFFICE)


def _application(municipality: str, parcel: str, folio: str) -> str:
    return digest({"procedure": "no-debt", "municipality": municipality, "parcel": parcel, "folio": folio})


def issue(
    *, person: str, municipality: str, parcel: str, folio: str, send: Any, assertion: dict[str, Any], token: str,
    by: str, channel: str,
) -> Entry:  # fmt: skip
    """Check, certify, seal; the same signed request twice is the same certificate.

    Raises Refusal: "not_owner", "no_account", "debt" (which says no amount), and whatever the broker refuses.
    """
    wanted = draft(person=person, municipality=municipality, parcel=parcel, folio=_folio(folio))
    signed = Signed(_signed(send, wanted), assertion)
    done = ledger.entries(type=events.NO_DEBT_ISSUED).filter(folio=wanted.folio).first()
    if done is None:
        vault.give(signed.send, assertion)
        _check(signed.send, wanted, token)
        done = _record(wanted, signed, by=by, channel=channel)
    documents.try_to_issue(
        entry=done,
        template=TEMPLATE,
        sketch_svg=_drawing(municipality, wanted.parcel),
        municipality=municipality_of(municipality),
    )
    return done


def pdf(folio: str) -> bytes:
    """The signed certificate, drawn for this reader where its file found no room. Raises NotFound."""
    entry = ledger.entry(folio)
    town = entry.municipality
    if entry.type != events.NO_DEBT_ISSUED or town is None:
        raise NotFound("unknown_folio", "Ese folio no es de un certificado de no adeudo. Revíselo.")
    key = json.loads(bytes(entry.body))["parcel"]["key"]
    return documents.pdf(entry, TEMPLATE, _drawing(town.slug, key), town)


def _drawing(municipality: str, key: str) -> str | None:
    """None for a parcel that a later cadastre no longer has."""
    try:
        known = parcels.by_key(published(municipality), key)
        return sketch.sketch_of(municipality, known.public_id)
    except NotFound:
        return None


def _folio(text: str) -> str:
    found = read_folio(text)
    if found is None or not found.startswith(PREFIX):
        raise Refusal("bad_request", "La solicitud no está completa. Vuelva a empezar el trámite.")
    return found


def _signed(send: Any, wanted: Draft) -> Send:
    """The bundle, if it is the one we asked for but for its dates and random numbers. Raises Refusal."""
    try:
        found = read_send(send)
    except BadGrant as error:
        raise Refusal(
            "bad_grant", "La solicitud firmada no se entiende. Vuelva a empezar el trámite."
        ) from error
    ours = [_undated(one) for one in wanted.send.grants]
    if found.application != wanted.send.application or [_undated(one) for one in found.grants] != ours:
        raise Refusal("other_request", "Lo que se firmó no es esta solicitud. Vuelva a empezar el trámite.")
    return found


def _undated(grant: Grant) -> Grant:
    epoch = timezone.now().replace(microsecond=0, year=2000)
    return replace(grant, nonce="", not_before=epoch, not_after=epoch)


def _check(signed: Send, wanted: Draft, token: str) -> None:
    owns, paid = operations(wanted.municipality, wanted.parcel)
    if vault.use(signed.grants[0], owns, token=token) is not True:
        detail = "El Catastro no tiene este predio a su nombre. Si es suyo, lleve su escritura a Catastro para corregirlo."
        raise Refusal("not_owner", detail, status=403)
    answer = vault.use(signed.grants[1], paid, token=token)
    if answer is None:
        detail = (
            "La Tesorería no tiene una cuenta de este predio. Pida en Tesorería que la abran o la corrijan."
        )
        raise Refusal("no_account", detail, status=409)
    if not answer:
        detail = "Este predio tiene un adeudo de predial, por eso no se puede certificar. En su bóveda puede ver cuánto es; cuando lo pague, pida de nuevo el certificado."
        raise Refusal("debt", detail, status=409)


def _record(wanted: Draft, signed: Signed, *, by: str, channel: str) -> Entry:
    town = municipality_of(wanted.municipality)
    known = parcels.by_key(published(wanted.municipality), wanted.parcel)
    until = _months_later(today(town), MONTHS)
    body = {
        "kind": "no-debt",
        "folio": wanted.folio,
        "municipality": {"slug": town.slug, "name": town.name},
        "parcel": _parcel(wanted.municipality, known.public_id),
        "issued_at": timezone.now().isoformat(timespec="seconds"),
        "valid_until": until.isoformat(),
        "basis": _basis(town),
        "grants": [one.id for one in signed.send.grants],
        "signed": signed.mark(),
    }
    with transaction.atomic():
        # The same request sent twice at once: the second waits here and finds the first.
        list(Municipality.objects.select_for_update().filter(pk=town.pk).values_list("pk"))
        again = ledger.entries(type=events.NO_DEBT_ISSUED).filter(folio=wanted.folio).first()
        return again or record(Act(events.NO_DEBT_ISSUED, wanted.folio, body, town), by=by, channel=channel)


def _parcel(municipality: str, public_id: str) -> dict[str, str]:
    parcel, _ = parcels.whole(published(municipality), public_id)
    return {"key": parcel.key, "address": address(parcel), "neighbourhood": parcel.neighbourhood}


def _basis(town: Municipality) -> str:
    told = (town.settings.get("treasury") or {}).get("no_debt_basis")
    return str(told or BASIS)


def _months_later(day: date, months: int) -> date:
    """The same day of the month, or the last there is."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
