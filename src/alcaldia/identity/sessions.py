"""Opening, resuming and ending sessions. A browser holds two secrets; only their hashes are kept."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from django.db.models import QuerySet
from django.utils import timezone

from alcaldia.identity.keys import plain_hash
from alcaldia.identity.models import Notice, Official, Passkey, Person, Session
from alcaldia.identity.ports import plugged
from alcaldia.identity.rules import devices, sessions
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal

Owner = Person | Official


@dataclass(frozen=True)
class Opened:
    """`key` and `device` go into cookies and nowhere else; `device` is a new one where none was given."""

    session: Session
    key: str
    device: str


def kind_of(owner: Owner) -> str:
    return "official" if isinstance(owner, Official) else "person"


def of(owner: Owner) -> dict[str, Owner]:
    """The filter or the field that says whose a row is."""
    return {kind_of(owner): owner}


def open_session(
    owner: Owner, *, assurance: Assurance, passkey: Passkey | None, device: str, agent: str
) -> Opened:
    """A new session with a new key: whatever key the browser had before opens nothing of it."""
    now, key = timezone.now(), token_urlsafe(32)
    Session.objects.filter(**of(owner), ended_at__lt=now - sessions.FORGET_AFTER).delete()
    kept = device if len(device) >= 32 else token_urlsafe(32)
    made = Session.objects.create(
        **of(owner), key_hash=plain_hash("session", key), device_hash=plain_hash("device", kept), passkey=passkey,
        assurance=assurance, device=devices.words(agent), created_at=now, last_seen_at=now,
    )  # fmt: skip
    return Opened(made, key, kept)


def resume(key: str, device: str, kind: str) -> Session | None:
    """The live session of these two cookies, or None. Ends it when it is over or was taken elsewhere."""
    wanted = {"key_hash": plain_hash("session", key), f"{kind}__isnull": False, "ended_at__isnull": True}
    found = Session.objects.select_related(kind).filter(**wanted).first()
    if found is None:
        return None
    now = timezone.now()
    if found.device_hash != plain_hash("device", device):
        _stolen(found)
        return None
    over = sessions.ended(kind, found.created_at, found.last_seen_at, now)
    if over or getattr(found.owner, "ended_at", None):
        end(found, because=over or "account")
        return None
    if now - found.last_seen_at >= sessions.TOUCH_EVERY:
        Session.objects.filter(pk=found.pk).update(last_seen_at=now)
    return found


def _stolen(session: Session) -> None:
    """The key came without the device it belongs to: a copied cookie. Nobody keeps the session."""
    end_elsewhere(session, because="stolen")
    tell(session.owner, "session_stolen", session.device)


def end(session: Session, *, because: str) -> None:
    Session.objects.filter(pk=session.pk, ended_at__isnull=True).update(
        ended_at=timezone.now(), ended_because=because
    )


def end_elsewhere(session: Session, *, because: str) -> None:
    """The same for one that is not this browser's: its token at the broker is not known here, so none of the owner's stays."""
    end(session, because=because)
    _close_vault(session.owner)


def _close_vault(owner: Owner) -> None:
    """With the broker down its sessions die there by their own idle limit."""
    if plugged.custodian is not None:
        with suppress(Refusal):
            plugged.custodian.close_sessions(subject=owner.public_id)


def end_all(owner: Owner, *, because: str, but: Session | None = None) -> int:
    """Every open session of the owner, except `but`, and all at the broker; how many there were."""
    _close_vault(owner)
    found = Session.objects.filter(**of(owner), ended_at__isnull=True)
    found = found.exclude(pk=but.pk) if but else found
    return found.update(ended_at=timezone.now(), ended_because=because)


def open_ones(owner: Owner, now: datetime) -> list[Session]:
    """The owner's live sessions, last seen first."""
    kind = kind_of(owner)
    rows = Session.objects.filter(**of(owner), ended_at__isnull=True).order_by("-last_seen_at")
    return [row for row in rows if not sessions.ended(kind, row.created_at, row.last_seen_at, now)]


def past_ones(owner: Owner, now: datetime, most: int = 20) -> list[tuple[Session, str]]:
    """The owner's sessions that are over, the newest first, each with why; nothing older than 90 days is kept."""
    kind = kind_of(owner)
    rows = Session.objects.filter(**of(owner)).order_by("-created_at")[: most * 2]
    found = [
        (row, row.ended_because or sessions.ended(kind, row.created_at, row.last_seen_at, now))
        for row in rows
    ]
    return [(row, sessions.WHY.get(because, "")) for row, because in found if row.ended_at or because][:most]


def tell(owner: Owner, kind: str, detail: str = "") -> None:
    """The owner reads it at their next visit."""
    Notice.objects.create(**of(owner), kind=kind, detail=detail[:80], created_at=timezone.now())


def unread(owner: Owner) -> QuerySet[Notice]:
    return Notice.objects.filter(**of(owner), seen_at__isnull=True).order_by("-pk")
