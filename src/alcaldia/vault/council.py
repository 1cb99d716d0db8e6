"""The council's procedure, from the office's side: an order to sign, and its one use. The broker decides."""

import logging
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from alcaldia.identity.models import Person
from alcaldia.identity.sessions import tell
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.vault import custodian, events, ports, queries
from alcaldia.vault.queries import Held
from alcaldia.vault.rules import emergency, offices
from alcaldia.vault.rules.emergency import Order
from alcaldia.vault.rules.grant import moment

KIND, PATH = "vault.council_opened", "/boveda/consultas/"
TEXT = "El consejo ciudadano abrió datos suyos sin su permiso. En su bóveda está qué se vio, quién y por qué."
log = logging.getLogger(__name__)


def state() -> dict[str, Any]:
    """How many must sign, of how many, from when, and how often it was used; public. Raises Refusal."""
    return dict(custodian.ask("council"))


def draft(*, case: str, office: str, fields: Iterable[str], reason: str, hours: int) -> Order:
    """An order for the members to sign; nothing is kept."""
    start, words = moment(timezone.now()), " ".join(reason.split())
    return Order(
        case, office, tuple(fields), words, start, start + timedelta(hours=hours), secrets.token_urlsafe(18)
    )


def open_once(
    order: dict[str, Any], signatures: list[dict[str, str]], *, token: str, by: str, channel: str
) -> list[Held]:
    """The fields of a signed order, for the official of this session. Raises Refusal.

    The person is told three times over: in their accesses, which the broker keeps; in their account; and by message.
    """
    subject = custodian.ask("emergency_subject", order=order, signatures=signatures, token=token)
    groups = {name.partition(".")[0] for name in emergency.read_order(order).fields}
    given = {
        "order": order,
        "signatures": signatures,
        "token": token,
        "records": queries.records(subject, groups),
    }
    told = custodian.ask("emergency_open", **given)
    _announce(subject, str(order["office"]), by, channel)
    wanted = set(order["fields"])
    return [one for one in queries._held(told) if one.name in wanted]  # noqa: SLF001


def _announce(subject: str, office: str, by: str, channel: str) -> None:
    with transaction.atomic():
        body = {"used": state()["used"]}
        act = Act(events.COUNCIL_OPENED, secrets.token_hex(8).upper(), body)
        record(act, by=by, channel=channel)
        person = Person.objects.filter(public_id=subject).first()
        if person is not None:
            tell(person, "council_opened", offices.name(office))
    if ports.plugged.sender is not None:
        key = f"council-{subject}-{body['used']}"
        try:
            ports.plugged.sender.send(subject=subject, kind=KIND, text=TEXT, path=PATH, key=key)
        except Refusal as refusal:
            # The notice in the account and the line in "who looked" stand; nothing is undone for a message.
            log.warning("council message not taken", extra={"code": refusal.code})
