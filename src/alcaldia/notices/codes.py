"""One-time codes by the channels of notices: written by the page without waiting for anybody, taken by the worker.

They are not messages of a case: nobody tries them again after their minutes, no office sees them, and no row stays. A code
on its way when the postman's key is renewed for good is lost; whoever waits for it asks for another.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import urlparse

import structlog
from django.db.models import F
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.notices import postman
from alcaldia.notices.models import CodeMessage
from alcaldia.notices.ports import BadAddress, NotSent, Sender, plugged
from alcaldia.notices.rules.templates import Written

LIFE = timedelta(minutes=10)
"""As long as the code itself: later it opens nothing."""
PAUSE = timedelta(seconds=20)
"""Between tries, and how long a worker that dies while it sends leaves a code alone."""
ONLY = {
    True: "Esta ciudad envía códigos sólo por mensaje al celular. Escriba un número de diez dígitos.",
    False: "Esta ciudad envía códigos sólo por correo. Escriba su correo.",
}
log = structlog.get_logger()


def channel_of(address: str) -> str:
    """By which of the plugged senders this address is written to. Raises Refusal where none of them can."""
    mail = "@" in address
    found = next((one for one in (("email",) if mail else ("sms", "whatsapp")) if one in plugged.senders), "")
    if not found:
        raise Refusal("no_such_channel", ONLY[mail])
    return found


def queue(*, address: str, code: str, use: str) -> None:
    """In the caller's transaction. Raises Refusal for an address of a kind that nobody here writes to."""
    channel, now = channel_of(address), timezone.now()
    try:
        sealed = postman.pack({"to": address, "code": code, "use": use})
    except ValueError:
        raise Refusal("bad_contact", "Esa dirección es demasiado larga. Use otra.") from None
    CodeMessage.objects.create(channel=channel, contents=sealed, next_try=now, expires_at=now + LIFE)


def deliver(
    now: Callable[[], datetime] = timezone.now, limit: int = 50, channels: Iterable[str] | None = None
) -> int:
    """Send what is due by these channels, or by all; how many went. What is too late to be of use is dropped."""
    CodeMessage.objects.filter(expires_at__lte=now()).delete()
    asked = [one for one in plugged.senders if channels is None or one in set(channels)]
    due = CodeMessage.objects.filter(channel__in=asked, next_try__lte=now())
    sent, down = 0, set[str]()
    for row in list(due.order_by("next_try", "pk")[:limit]):
        if row.channel not in down and _take(row, now()):
            try:
                sent += _send(row, plugged.senders[row.channel])
            except NotSent:
                down.add(row.channel)
    return sent


def _take(row: CodeMessage, now: datetime) -> bool:
    """Ours alone for the pause; false where another worker has it."""
    mine = CodeMessage.objects.filter(pk=row.pk, next_try=row.next_try)
    return bool(mine.update(next_try=now + PAUSE, attempts=F("attempts") + 1))


def _send(row: CodeMessage, sender: Sender) -> bool:
    """Raises NotSent: the row stays for another try. One that can never go is dropped and said without its address."""
    try:
        boxes = postman.unpack(bytes(row.contents))
        message = written(postman.unseal(boxes["code"]), postman.unseal(boxes["use"]))
        sender.send(
            postman.unseal(boxes["to"]), message, key=f"code/{row.pk}/{row.expires_at.timestamp():.0f}"
        )
    except (BadAddress, postman.Unreadable) as error:
        log.warning("code_not_sent", channel=row.channel, problem=type(error).__name__)
        row.delete()
        return False
    row.delete()
    return True


USES = {"enter": "para entrar", "confirm": "para confirmar a dónde avisarle"}


def written(code: str, use: str) -> Written:
    """The code first, where a telephone shows it without being opened; whose it is is not said."""
    host = urlparse(plugged.public_url).netloc or "la página de su ciudad"
    text = (
        f"{code} es su código {USES[use]} en {host}. Dura diez minutos y sirve una vez. "
        "Escríbalo sólo en esa página; nadie de la ciudad se lo pedirá. Si no lo pidió, no haga nada."
    )
    return Written(f"Su código {USES[use]}", text)
