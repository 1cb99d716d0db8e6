"""Codes that were sent: to enter with the lowest assurance, or to show that an address is one's own."""

import hmac
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from alcaldia.identity.actions import create_person
from alcaldia.identity.ids import new_code
from alcaldia.identity.keys import keyed
from alcaldia.identity.models import Contact, OneTimeCode, Person
from alcaldia.identity.ports import CONFIRM, ENTER, plugged
from alcaldia.identity.rules.contacts import normal
from alcaldia.identity.rules.ids import ONE_TIME_LETTERS, read_code
from alcaldia.kernel.errors import Refusal

LIFE = timedelta(minutes=10)
TRIES = 5
KINDS = {ENTER: "contact", CONFIRM: "own-address"}


def reference(identifier: str, use: str = ENTER) -> str:
    """The keyed hash under which an address or number is known. Refusal where it is neither.

    A code opens only what it was sent for: each use has a hash of its own.
    """
    spelled = normal(identifier)
    if spelled is None:
        raise Refusal("bad_contact", "Escriba un correo completo o un teléfono de diez dígitos.")
    return keyed(KINDS[use], spelled)


@transaction.atomic
def send(*, identifier: str, use: str = ENTER) -> str:
    """Send a code and return the reference to answer with. Known and unknown addresses take the same path."""
    if plugged.code_sender is None:
        raise Refusal(
            "no_codes",
            "Esta ciudad no envía códigos todavía. Use una llave de acceso o acuda a una ventanilla.",
        )
    whose, code, now = reference(identifier, use), new_code(ONE_TIME_LETTERS), timezone.now()
    OneTimeCode.objects.filter(identifier_hash=whose).delete()
    OneTimeCode.objects.create(
        identifier_hash=whose, code_hash=_hash(whose, code), created_at=now, expires_at=now + LIFE
    )
    plugged.code_sender.send(identifier=identifier.strip(), code=code, use=use)
    return whose


def check(*, whose: str, code: str) -> None:
    """Use up the code of that reference. Refusal (403) where it is wrong, used, old, or tried too often.

    A try is counted before the comparison and outside any transaction that the refusal would undo.
    """
    now = timezone.now()
    live = OneTimeCode.objects.filter(identifier_hash=whose, used_at__isnull=True, expires_at__gt=now)
    counted = live.filter(tries__lt=TRIES).update(tries=F("tries") + 1)
    row = live.first() if counted else None
    kept = row.code_hash if row else _hash(whose, "")
    if not hmac.compare_digest(kept, _hash(whose, read_code(code))) or row is None:
        raise _wrong()
    if not live.filter(pk=row.pk).update(used_at=now):
        raise _wrong()


@transaction.atomic
def person_of(*, whose: str, already: Person | None) -> Person:
    """The person of a proved contact; a new contact goes to whoever is inside already, or to a new person."""
    known = Contact.objects.select_related("person").filter(identifier_hash=whose).first()
    if known is not None and already is not None and known.person_id != already.pk:
        raise Refusal("contact_taken", "Ese correo o teléfono ya es de otra cuenta.", status=409)
    if known is not None:
        return known.person
    person = already or create_person()
    try:
        Contact.objects.create(identifier_hash=whose, person=person, created_at=timezone.now())
    except IntegrityError:
        raise _wrong() from None
    return person


def _hash(whose: str, code: str) -> str:
    return keyed("one-time", f"{whose}\n{code}")


def _wrong() -> Refusal:
    detail = "Ese código no sirve o ya venció (dura 10 minutos y cinco intentos). Revíselo o pida otro."
    return Refusal("wrong_code", detail, status=403)
