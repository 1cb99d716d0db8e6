"""Writing to the ledger: one act, in the transaction of whoever acts."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection
from django.utils import timezone

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.prepared import Prepared, engine_time, insert_all
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
    with together() as batch:
        body = canonical({**act.body, "salt": secrets.token_hex(16)})
        entry = _entry(act, body, batch.head.size, timezone.now())
        entry.by, entry.channel = by, channel
        batch.add(entry)
    return entry


_HEAD = Prepared(lambda: LogHead.objects.select_for_update().filter(pk=1))


class Batch:
    """Acts of one transaction: the head is locked once; acts and the tree's new nodes are written once, at the end."""

    def __init__(self) -> None:
        self.head = _HEAD.first() or self._begun()
        epoch.check(self.head.epoch)
        self.entries: list[Entry] = []
        self.known: dict[merkle.Subtree, bytes] = {}
        self.made: list[tuple[merkle.Subtree, bytes]] = []

    @staticmethod
    def _begun() -> LogHead:
        """The head of a log without entries; of two who begin it at once, one makes it."""
        found, _ = LogHead.objects.select_for_update().get_or_create(pk=1, defaults={"epoch": epoch.fresh()})
        return found

    def add(self, entry: Entry) -> None:
        """The tree with one leaf more."""
        self.entries.append(entry)
        self._grow(bytes(entry.leaf_hash))

    def _grow(self, leaf: bytes) -> None:
        needed = merkle.siblings_needed(self.head.size)
        missing = [one for one in needed if one not in self.known]
        self.known |= hashes_of(missing) if missing else {}
        made = merkle.append(self.head.size, leaf, self.known.__getitem__)
        self.known |= dict(made)
        self.made += made
        self.head.size += 1

    def write(self) -> None:
        insert_all(Entry, [_values(one) for one in self.entries])
        insert_all(Node, [(merkle.number(subtree), value) for subtree, value in self.made])
        self.head.save(update_fields=["size"])


_local = threading.local()


@contextmanager
def together() -> Iterator[Batch]:
    """Several acts of one transaction as one write of the tree; inside of another it is part of that one."""
    outer: Batch | None = getattr(_local, "batch", None)
    if outer is not None:
        yield outer
        return
    _local.batch = Batch()
    try:
        yield _local.batch
        _local.batch.write()
    finally:
        _local.batch = None


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


def _values(one: Entry) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    return (
        one.index, one.type, one.folio, one.municipality_id, one.entry, one.leaf_hash, one.body, one.body_sha256,
        one.by, one.channel, engine_time(one.recorded_at),
    )  # fmt: skip


def delivered(entry: Entry, *, subscriber: str) -> None:
    """Note that the subscriber has the act; saying it twice changes nothing."""
    Delivery.objects.get_or_create(
        entry=entry, subscriber=subscriber, defaults={"delivered_at": timezone.now()}
    )
