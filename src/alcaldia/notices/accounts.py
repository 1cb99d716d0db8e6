"""What is told to a person of their own account: the month's summary, the council's word. Never by a case's address,
which was given for that case alone.
"""

from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from alcaldia.notices import postman
from alcaldia.notices.actions import KIND
from alcaldia.notices.models import AccountContact, Message
from alcaldia.notices.ports import plugged
from alcaldia.notices.rules.templates import ACCOUNT

CHANNELS = ("email", "sms", "whatsapp")
"""The first that the city has and the person gave an address for takes the message; once is enough."""


@transaction.atomic
def keep(*, subject: str, contact: bytes) -> None:
    """From now on this account is told there (`postman.pack` of an address that its person has confirmed).

    An address of the other kind stays.
    """
    row, _ = AccountContact.objects.select_for_update().get_or_create(subject=subject)
    row.contact = postman.joined(bytes(row.contact), contact)
    row.save()


def forget(subject: str) -> None:
    """Nothing more is sent to the account, nor what still waited."""
    AccountContact.objects.filter(subject=subject).delete()
    Message.objects.filter(template=ACCOUNT, subject__startswith=_about(subject)).exclude(
        address=b""
    ).delete()


def kinds(subject: str) -> set[str]:
    """Which addresses are kept, "email" and "phone"; what they say only the postman reads."""
    row = AccountContact.objects.filter(subject=subject).first()
    return set(postman.unpack(bytes(row.contact))) if row else set()


def queue(*, subject: str, text: str, path: str, key: str, now: datetime | None = None) -> bool:
    """A message for the account, once for each key; False where its person left no address that the city writes to."""
    row = AccountContact.objects.filter(subject=subject).first()
    boxes = postman.unpack(bytes(row.contact)) if row else {}
    channel = next((one for one in CHANNELS if one in plugged.senders and KIND[one] in boxes), "")
    if not channel:
        return False
    moment = now or timezone.now()
    made = Message(
        template=ACCOUNT, channel=channel, subject=_about(subject) + _hash(key), number=0,
        facts={"text": text, "link": f"{plugged.public_url}{path}"}, address=boxes[KIND[channel]],
        next_try=moment, created_at=moment,
    )  # fmt: skip
    Message.objects.bulk_create([made], ignore_conflicts=True)
    return True


def _about(subject: str) -> str:
    """What gateways and the log of the worker see in place of the account."""
    return f"account:{_hash(subject)}:"


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
