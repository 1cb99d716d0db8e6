"""Officials who have a key, or had one: a new post opens by the key that is there; lost keys go before another comes."""

from django.db import transaction
from django.utils import timezone

from alcaldia.identity import actions, events, passkeys, sessions
from alcaldia.identity.keys import subject_reference
from alcaldia.identity.models import Invitation, Official, Passkey
from alcaldia.identity.ports import CodeKeeper, plugged


def tell_office(official: Official) -> None:
    """The custodian learns the office of their post; they enter with a key that they have. Raises Refusal."""
    if isinstance(plugged.custodian, CodeKeeper):
        plugged.custodian.give_office(subject=official.public_id)


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
