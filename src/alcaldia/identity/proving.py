"""An official saw the person and their official identification: the account rises to VERIFIED, by name and with a signature."""

from django.db import transaction
from django.utils import timezone

from alcaldia.identity import events, sessions
from alcaldia.identity.actions import announce
from alcaldia.identity.federation import verify
from alcaldia.identity.keys import subject_reference
from alcaldia.identity.models import Official, Verification
from alcaldia.identity.queries import natural_person_of
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio

PAPERS = {
    "ine": "Credencial para votar", "passport": "Pasaporte", "licence": "Cédula profesional con fotografía",
    "military": "Cartilla militar", "residence": "Tarjeta de residente",
}  # fmt: skip
"""What the official looked at; its number is written down nowhere."""


def check(account: str, paper: str) -> None:
    """Before it is signed. Raises Refusal for what `prove` would refuse."""
    natural_person_of(account)
    if paper not in PAPERS:
        raise Refusal("no_paper", "Elija qué identificación vio.", status=422)


@transaction.atomic
def prove(*, account: str, paper: str, by: Official, channel: str, signed: str) -> str:
    """The folio under which it was noted; the owner reads it. Raises Refusal."""
    check(account, paper)
    person = natural_person_of(account)
    folio = new_folio("COM", timezone.now().year)
    verify(person=person, method=Verification.Method.COUNTER, source=folio)
    sessions.tell(person, "proved_at_counter", folio)
    body = {
        "subject": subject_reference(person.public_id),
        "proof": folio,
        "paper": paper,
        "official": by.username,
    }
    announce(events.PROVED_AT_COUNTER, body, by=by.username, channel=channel, signed=signed)
    return folio
