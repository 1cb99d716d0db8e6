"""Officials and their posts: who comes, what they may from when to when, who leaves; lost keys go before another comes."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from alcaldia.identity import actions, events, passkeys, sessions
from alcaldia.identity.keys import subject_reference
from alcaldia.identity.models import Invitation, Official, Passkey, Post
from alcaldia.identity.ports import CodeKeeper, plugged
from alcaldia.identity.rules.posts import ROLES
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality


@transaction.atomic
def add_official(*, username: str, name: str, by: str, channel: str) -> Official:
    """A public servant without any way in yet; `invite` gives them one."""
    wanted = username.strip().lower()
    if not wanted.isascii() or not wanted.replace(".", "").replace("-", "").isalnum() or len(wanted) > 60:
        raise Refusal("bad_username", "El usuario lleva sólo letras sin acento, números, puntos y guiones.")
    if Official.objects.filter(username=wanted).exists():
        raise Refusal(
            "username_taken", f"Ya hay una cuenta «{wanted}». Use otra o dele un puesto a esa.", status=409
        )
    made = Official.objects.create(username=wanted, name=name, created_at=timezone.now())
    actions.announce(events.OFFICIAL_ADDED, {"official": wanted}, by=by, channel=channel)
    return made


@transaction.atomic
def give_post(
    *, official: Official, municipality: Municipality, role: str, since: date, until: date | None = None,
    agency: str = "", title: str = "", by: str, channel: str,
) -> Post:  # fmt: skip
    """A post from one day to another, both included. `title`: see models.Post."""
    if role not in ROLES:
        raise Refusal("no_such_role", f"No hay un puesto «{role}». Elija entre: {', '.join(ROLES)}.")
    if until is not None and until < since:
        raise Refusal("bad_dates", "El puesto termina antes de empezar. Corrija las fechas.")
    made = Post.objects.create(
        official=official,
        municipality=municipality,
        role=role,
        since=since,
        until=until,
        agency=agency,
        title=title,
    )
    body = {"official": official.username, "role": role, "since": since, "until": until, "title": title}
    actions.announce(events.POST_GIVEN, body, by=by, channel=channel, town=municipality)
    return made


@transaction.atomic
def end_post(*, post: Post, on: date, by: str, channel: str) -> None:
    """The post's last day is `on`; the account stays, without what the post allowed.

    A post that ends on a later day is told to the broker by `tell_ended`. Raises Refusal("broker_down").
    """
    post.until = max(on, post.since)
    post.save(update_fields=["until"])
    if post.until < timezone.localdate():
        _leave_office(post.official)
    body = {"official": post.official.username, "role": post.role, "until": post.until}
    actions.announce(events.POST_ENDED, body, by=by, channel=channel, town=post.municipality)


def _leave_office(official: Official) -> None:
    if plugged.custodian is not None:
        plugged.custodian.leave_office(subject=official.public_id, left=False)


def tell_ended(today: date) -> int:
    """Posts whose last day has passed since the last week: the broker is told, again where it did not answer."""
    ended = Post.objects.filter(until__lt=today, until__gte=today - timedelta(days=7))
    for official in Official.objects.filter(posts__in=ended).distinct():
        _leave_office(official)
    return len(ended)


@transaction.atomic
def end_official(*, official: Official, on: date, by: str, channel: str) -> None:
    """They left: their posts end, their sessions too, and no key of theirs enters again."""
    for post in official.posts.filter(until__isnull=True):
        end_post(post=post, on=on, by=by, channel=channel)
    official.ended_at = timezone.now()
    official.save(update_fields=["ended_at"])
    sessions.end_all(official, because="account")
    if plugged.custodian is not None:
        plugged.custodian.leave_office(subject=official.public_id, left=True)
    actions.announce(events.OFFICIAL_ENDED, {"official": official.username}, by=by, channel=channel)


def tell_offices(*officials: Official) -> None:
    """The custodian learns the offices of all their posts, also of one that begins later; their keys stay. Raises Refusal."""
    if isinstance(plugged.custodian, CodeKeeper):
        for official in officials:
            plugged.custodian.give_offices(subject=official.public_id)


@transaction.atomic
def lose_keys(*, official: Official, by: str, channel: str) -> int:
    """They lost every device: no key of theirs opens anything any more, here or at the custodian; how many there were.

    Nobody's signature is asked, because it only takes away. An act of the log says so of each key. Raises Refusal.
    """
    actions.hold(official)
    live = list(Passkey.objects.filter(official=official, revoked_at__isnull=True))
    Passkey.objects.filter(pk__in=[one.pk for one in live]).update(revoked_at=timezone.now())
    Invitation.objects.filter(official=official, used_at__isnull=True).update(used_at=timezone.now())
    sessions.end_all(official, because="passkey")
    if plugged.custodian is not None:
        for one in Passkey.objects.filter(official=official):
            credential = bytes(one.credential_id)
            plugged.custodian.block_key(subject=official.public_id, credential_id=credential)
    for one in live:
        sessions.tell(official, "passkey_revoked", one.label)
        body = {"subject": subject_reference(official.public_id), **passkeys.published(one)}
        actions.announce(events.PASSKEY_REVOKED, body, by=by, channel=channel)
    return len(live)
