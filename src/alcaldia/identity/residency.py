"""Electronic residency: apply from abroad, be seen by video, receive a credential that anyone can check."""

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from alcaldia.identity import actions, credentials, events
from alcaldia.identity.federation import verify
from alcaldia.identity.keys import subject_reference
from alcaldia.identity.models import Official, Person, Residency, Verification
from alcaldia.identity.ports import plugged
from alcaldia.identity.rules import residency as rules
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio, read_folio
from alcaldia.kernel.models import Municipality

YEARS = 2
MOST_DOCUMENTS = 10


@transaction.atomic
def apply(
    *, person: Person, town: Municipality, documents: list[str], by: str, channel: str, folio: str = "", papers: int = 0
) -> Residency:  # fmt: skip
    """An application with the folios of its documents, or under a drawn `folio` with so many `papers` that the caller
    keeps; the person's data stay in the vault.
    """
    folios = [read_folio(one) for one in documents if one.strip()]
    if not (folios or papers) or None in folios or len(folios) > MOST_DOCUMENTS:
        raise Refusal(
            "bad_documents",
            "Escriba el folio de cada documento, uno por renglón; al menos uno y a lo más diez.",
        )
    now = timezone.now()
    _end_expired(person, town)
    try:
        with transaction.atomic():
            made = Residency.objects.create(
                folio=folio or new_folio("RES", now.year),
                person=person,
                municipality=town,
                documents=folios,
                requested_at=now,
            )
    except IntegrityError:
        raise Refusal(
            "already_open", "Ya tiene una solicitud o una residencia vigente en este municipio.", status=409
        ) from None
    _announce(events.RESIDENCY_REQUESTED, made, by, channel)
    if plugged.video is not None:
        _move(made, "appointed", appointment=plugged.video.request(folio=made.folio)[:200])
    return made


def _end_expired(person: Person, town: Municipality) -> None:
    """A residency whose last day has passed makes room for the next one."""
    mine = Residency.objects.filter(person=person, municipality=town, state="granted")
    for row in mine.filter(valid_until__lt=timezone.localdate()):
        _move(row, "expired")


@transaction.atomic
def appoint(*, residency: Residency, reference: str, by: Official, channel: str) -> None:
    """An official sets the video appointment where no plugin does."""
    if not reference.strip():
        raise Refusal("no_appointment", "Escriba la fecha o la referencia de la cita por video.")
    _move(residency, "appointed", appointment=reference.strip()[:200])
    _announce(events.RESIDENCY_APPOINTED, residency, by.username, channel)


@transaction.atomic
def decide(*, residency: Residency, grant: bool, by: Official, channel: str, signed: str = "") -> Residency:
    """Grant or refuse, after the appointment; whoever calls holds the official's signature over the decision."""
    now = timezone.now()
    decided: dict[str, Any] = {"decided_at": now, "decided_by": by}
    if grant:
        decided |= {
            "status_index": _next_bit(residency.municipality),
            "valid_until": _until(timezone.localdate(now)),
        }
    _move(residency, "granted" if grant else "refused", **decided)
    if grant:
        verify(person=residency.person, method=Verification.Method.RESIDENCY, source=residency.folio)
    kind = events.RESIDENCY_GRANTED if grant else events.RESIDENCY_REFUSED
    _announce(kind, residency, by.username, channel, signed)
    _forget_papers(residency, by.username, channel)
    return residency


@transaction.atomic
def withdraw(*, residency: Residency, by: str, channel: str) -> None:
    _move(residency, "withdrawn")
    _announce(events.RESIDENCY_WITHDRAWN, residency, by, channel)
    _forget_papers(residency, by, channel)


@transaction.atomic
def revoke(*, residency: Residency, by: Official, channel: str, signed: str = "") -> None:
    """The credential's bit is set from now on, and what it proved no longer holds."""
    _move(residency, "revoked")
    proofs = Verification.objects.filter(
        person=residency.person, source=residency.folio, revoked_at__isnull=True
    )
    proofs.update(revoked_at=timezone.now())
    _announce(events.RESIDENCY_REVOKED, residency, by.username, channel, signed)


def credential(residency: Residency) -> str:
    """The e-resident credential (SD-JWT VC) of a granted residency; it says nothing personal."""
    if residency.state != "granted":
        raise Refusal("not_granted", "Esta residencia no está otorgada: no tiene credencial.", status=409)
    return credentials.issue(residency)


def _move(residency: Residency, then: str, **changed: Any) -> None:
    """From the state in the table of rules, held against a second hand at the same time."""
    held = Residency.objects.select_for_update().get(pk=residency.pk)
    if not rules.may(held.state, then):
        now = rules.STATES[held.state].lower()
        raise Refusal("wrong_state", f"La solicitud está {now}: eso ya no se puede hacer.", status=409)
    for name, value in {**changed, "state": then}.items():
        setattr(residency, name, value)
    residency.save(update_fields=[*changed, "state"])


def _forget_papers(residency: Residency, by: str, channel: str) -> None:
    """What was brought to decide it has served."""
    if plugged.papers is not None:
        person = residency.person.public_id
        plugged.papers.forget(folio=residency.folio, subject=person, by=by, channel=channel)


def _next_bit(town: Municipality) -> int:
    """Two grants at once are kept apart by the constraint and by the municipality's row."""
    Municipality.objects.select_for_update().get(pk=town.pk)
    last = Residency.objects.filter(municipality=town).aggregate(last=Max("status_index"))["last"]
    return 0 if last is None else int(last) + 1


def _until(today: date) -> date:
    return today + timedelta(days=365 * YEARS)


def _announce(kind: str, residency: Residency, by: str, channel: str, signed: str = "") -> None:
    body = {"residency": residency.folio, "subject": subject_reference(residency.person.public_id)}
    actions.announce(kind, body, by=by, channel=channel, town=residency.municipality, signed=signed)
