"""Once a month everybody who has an account is told that their summary is ready, also when nobody looked.

Telling only those at whom somebody looked would say it to whoever carries the message.
"""

import logging
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from alcaldia.identity.models import Notice, Person
from alcaldia.kernel.errors import Refusal
from alcaldia.vault import custodian, ports
from alcaldia.vault.models import DigestMessage

KIND, PATH = "vault.digest", "/boveda/consultas/resumenes/"
TEXT = "Ya está su resumen del mes {month}: quién usó sus datos en la ciudad. Ábralo con su llave de acceso."
BATCH = 500
log = logging.getLogger(__name__)


def last_month(now: datetime) -> str:
    """YYYY-MM of the month before."""
    return f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"


def run(now: datetime | None = None) -> int:
    """Close the month that ended, once, and hand over what waits; how many messages were made. Safe to repeat."""
    today = timezone.localtime(now)
    month, made = last_month(today), 0
    if not DigestMessage.objects.filter(month=month).exists():
        custodian.ask("close_month", month=month)
        made = announce(month, before=today.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    hand_over(month)
    return made


def public_counts() -> list[dict[str, Any]]:
    """How often each office looked at data, by month that ended; public, and of nobody. Raises Refusal."""
    return list(custodian.ask("stats"))


@transaction.atomic
def announce(month: str, *, before: datetime) -> int:
    """A message for everybody who had a key when the month ended, and a notice in their account."""
    people = Person.objects.filter(passkeys__created_at__lt=before).distinct().order_by("pk").iterator(BATCH)
    made = 0
    while some := list(islice(people, BATCH)):
        DigestMessage.objects.bulk_create([DigestMessage(subject=one.public_id, month=month) for one in some])
        now = timezone.now()
        Notice.objects.bulk_create(
            [Notice(person=one, kind="digest_ready", detail=month, created_at=now) for one in some]
        )
        made += len(some)
    return made


def waiting() -> bool:
    """Is there a message that somebody could take now?"""
    return ports.plugged.sender is not None and DigestMessage.objects.filter(sent_at=None).exists()


def hand_over(month: str) -> int:
    """Give a batch of what waits to the sender, if there is one; what it refuses waits for the next time.

    Of months before this one nothing is sent any more: a city that begins to send does not tell a year at once.
    """
    sender = ports.plugged.sender
    if sender is None:
        return 0
    sent = 0
    DigestMessage.objects.filter(sent_at=None, month__lt=month).delete()
    for one in DigestMessage.objects.filter(sent_at=None).order_by("pk")[:BATCH]:
        text, key = TEXT.format(month=one.month), f"digest-{one.month}-{one.subject}"
        try:
            sender.send(subject=one.subject, kind=KIND, text=text, path=PATH, key=key)
        except Refusal as refusal:
            log.warning("digest not taken", extra={"code": refusal.code})
            return sent
        DigestMessage.objects.filter(pk=one.pk).update(sent_at=timezone.now())
        sent += 1
    return sent
