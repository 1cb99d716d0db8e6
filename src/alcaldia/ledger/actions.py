"""Writing to the ledger: one act, in the transaction of whoever acts."""

import secrets
from datetime import datetime
from hashlib import sha256

from django.db import connection
from django.utils import timezone

from alcaldia.kernel.canonical import canonical
from alcaldia.ledger import epoch
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import Delivery, Entry, LogHead, Node
from alcaldia.ledger.queries import hashes_of
from alcaldia.ledger.rules import merkle
from alcaldia.ledger.rules.leaf import Leaf


def record(act: Act, *, by: str, channel: str) -> Entry:
    """Append the act to the log, in the caller's transaction; if that fails there is no entry.

    The stored body carries a random `salt`, so that nobody can guess a short act from the hash
    in the public leaf. Raises RuntimeError outside a transaction, Refusal
    where the keys belong to the log of another database.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("ledger.actions.record belongs inside the transaction of the act it records")
    body = canonical({**act.body, "salt": secrets.token_hex(16)})
    head, _ = LogHead.objects.select_for_update().get_or_create(pk=1, defaults={"epoch": epoch.fresh()})
    epoch.check(head.epoch)
    now = timezone.now()
    entry = _entry(act, body, head.size, now)
    entry.by, entry.channel = by, channel
    entry.save(force_insert=True)
    _grow(head, bytes(entry.leaf_hash))
    return entry


def _entry(act: Act, body: bytes, index: int, now: datetime) -> Entry:
    town = act.municipality.slug if act.municipality else ""
    digest = sha256(body).hexdigest()
    leaf = Leaf(act.type, act.folio, now.isoformat(timespec="microseconds"), town, digest).entry()
    return Entry(
        index=index,
        type=act.type,
        folio=act.folio,
        municipality=act.municipality,
        entry=leaf,
        leaf_hash=merkle.leaf_hash(leaf),
        body=body,
        body_sha256=digest,
        recorded_at=now,
    )


def _grow(head: LogHead, leaf: bytes) -> None:
    stored = hashes_of(merkle.siblings_needed(head.size))
    made = merkle.append(head.size, leaf, stored.__getitem__)
    Node.objects.bulk_create(Node(id=merkle.number(subtree), hash=value) for subtree, value in made)
    head.size += 1
    head.save(update_fields=["size"])


def delivered(entry: Entry, *, subscriber: str) -> None:
    """Note that the subscriber has the act; saying it twice changes nothing."""
    Delivery.objects.get_or_create(
        entry=entry, subscriber=subscriber, defaults={"delivered_at": timezone.now()}
    )
