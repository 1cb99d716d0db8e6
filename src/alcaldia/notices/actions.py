"""Queue in the caller's transaction, deliver from the worker. A message is sent outside of any transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality
from alcaldia.notices import postman
from alcaldia.notices.models import Message
from alcaldia.notices.ports import BadAddress, NotSent, Sender, plugged
from alcaldia.notices.rules import schedule, templates

KIND = {"email": "email", "sms": "phone", "whatsapp": "phone"}
"""Which address a channel writes to; the portal needs none, the case's own page says it."""
LEASE = timedelta(minutes=10)
"""A worker that dies while it sends leaves the message alone for so long: the gateway sees the same key then."""
WAITING = (Message.State.QUEUED, Message.State.FAILED)
log = structlog.get_logger()


@dataclass
class Round:
    """What one delivery did."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0


def queue(
    *, town: Municipality, template: str, channels: Iterable[str], subject: str, number: int,
    facts: Mapping[str, str], contact: bytes,
) -> int:  # fmt: skip
    """Messages for the channels that the contact has an address for; in the caller's transaction, each once."""
    boxes, now = postman.unpack(bytes(contact)), timezone.now()
    rows = [
        Message(municipality=town, template=template, channel=channel, subject=subject, number=number,
                facts=dict(facts), address=boxes[KIND[channel]], next_try=now, created_at=now)
        for channel in dict.fromkeys(channels)
        if KIND.get(channel) in boxes
    ]  # fmt: skip
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def deliver(
    now: Callable[[], datetime] = timezone.now, limit: int = 50, channels: Iterable[str] | None = None
) -> Round:
    """Send what is due by these channels, or by all. One without a sender waits; one that is down is not asked again
    in this round.
    """
    asked = [one for one in plugged.senders if channels is None or one in set(channels)]
    done, down = Round(), set[str]()
    due = Message.objects.filter(state__in=WAITING, next_try__lte=now(), channel__in=asked)
    for row in list(due.order_by("next_try", "pk")[:limit]):
        if row.channel in down or not _take(row, now()):
            continue
        if not _send(row, plugged.senders[row.channel], now, done):
            down.add(row.channel)
    return done


def _take(row: Message, now: datetime) -> bool:
    """Ours alone for the lease; false where another worker has it."""
    mine = Message.objects.filter(pk=row.pk, state__in=WAITING, next_try=row.next_try)
    return bool(mine.update(next_try=now + LEASE, attempts=F("attempts") + 1))


def _send(row: Message, sender: Sender, now: Callable[[], datetime], done: Round) -> bool:
    """False where the channel did not answer."""
    try:
        address = postman.unseal(bytes(row.address))
        message = templates.write(row.template, row.channel, row.facts)
        told = sender.send(address, message, key=f"{row.subject}/{row.number}/{row.template}/{row.channel}")
    except (BadAddress, postman.Unreadable, KeyError) as error:
        _give_up(row, _said(error), done)
        return True
    except NotSent as error:
        _failed(row, _said(error), now(), done)
        return False
    except Exception as error:  # noqa: BLE001 - one message that nobody foresaw must not go for ever nor hold up the others
        log.warning("notice_broke", subject=row.subject, channel=row.channel, code=type(error).__name__)
        _failed(row, UNFORESEEN, now(), done)
        return True
    Message.objects.filter(pk=row.pk).update(
        state=Message.State.SENT, sent_at=now(), provider_id=told[:200], problem="", address=b""
    )
    done.sent += 1
    return True


def _failed(row: Message, problem: str, now: datetime, done: Round) -> None:
    again = schedule.next_try(row.attempts + 1, now)
    if again is None:
        return _give_up(row, problem, done)
    done.failed += 1
    Message.objects.filter(pk=row.pk).update(state=Message.State.FAILED, next_try=again, problem=problem)
    return None


def _give_up(row: Message, problem: str, done: Round) -> None:
    done.given_up += 1
    Message.objects.filter(pk=row.pk).update(state=Message.State.GIVEN_UP, problem=problem)
    log.error("notice_given_up", subject=row.subject, channel=row.channel, problem=problem)


PROBLEMS = {BadAddress: "La dirección no existe o no acepta mensajes.", NotSent: "El servicio no respondió.",
            postman.Unreadable: "La dirección se selló para otra llave.", KeyError: "El aviso no tiene texto."}  # fmt: skip

UNFORESEEN = "El servicio contestó algo que no se entiende."


def _said(error: Exception) -> str:
    """What the operator reads; never the gateway's own words, which may repeat the address."""
    return PROBLEMS[type(error)]


def try_again(*, town: Municipality, pk: int) -> None:
    """An official has a given-up message tried anew from the beginning. Raises NotFound."""
    rows = Message.objects.filter(pk=pk, municipality=town, state=Message.State.GIVEN_UP).exclude(address=b"")
    changed = rows.update(state=Message.State.QUEUED, attempts=0, next_try=timezone.now())
    if not changed:
        raise NotFound("unknown_message", "Ese aviso ya no espera. Actualice la página.")


def forget(before: datetime) -> int:
    """Empty the addresses of what was given up before that moment; the worker does it for those of a month."""
    old = Message.objects.filter(state=Message.State.GIVEN_UP, created_at__lt=before).exclude(address=b"")
    return old.update(address=b"")
