"""Writing to the ledger: one act, in the transaction of whoever acts."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models.base import ModelState
from django.utils import timezone

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared, write_together
from alcaldia.ledger import epoch
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import Delivery, Entry, LogHead, Node
from alcaldia.ledger.rules import merkle
from alcaldia.ledger.rules.leaf import Leaf


def record(act: Act, *, by: str, channel: str) -> Entry:
    """Append the act to the log, in the caller's transaction; if that fails there is no entry.

    The stored body carries a random `salt`, so that nobody can guess a short act from the hash
    in the public leaf. Raises RuntimeError outside a transaction, Refusal
    where the keys belong to the log of another database.
    """
    body = canonical({**act.body, "salt": secrets.token_hex(16)})
    batch: Batch | None = getattr(_local, "batch", None)
    if batch is not None:
        return batch.add(act, body, timezone.now(), by, channel)
    with together() as batch:
        return batch.add(act, body, timezone.now(), by, channel)


_HEAD = Prepared(lambda: LogHead.objects.select_for_update().filter(pk=1))
_COLUMNS = [one.attname for one in Entry._meta.concrete_fields]  # noqa: SLF001 - Django documents it
_TOWN: Any = Entry._meta.get_field("municipality")  # noqa: SLF001 - as above


class Batch:
    """Acts of one transaction: the head is locked once; acts and the tree's new nodes are written once, at the end.

    Raises RuntimeError outside a transaction.
    """

    def __init__(self) -> None:
        if not connection.in_atomic_block:
            raise RuntimeError("acts are recorded inside the transaction of what they tell")
        head = _HEAD.first() or self._begun()
        epoch.check(head.epoch)
        self._first, self._edge = head.size, merkle.unpacked(head.size, bytes(head.edge))
        self._rows: list[tuple[Any, ...]] = []
        self._leaves: list[bytes] = []
        self._engine_time = connection.ops.adapt_datetimefield_value

    @staticmethod
    def _begun() -> LogHead:
        """The head of a log without entries; of two who begin it at once, one makes it."""
        found, _ = LogHead.objects.select_for_update().get_or_create(pk=1, defaults={"epoch": epoch.fresh()})
        return found

    @property
    def size(self) -> int:
        """Of the log with what this batch holds: the place of its next act."""
        return self._first + len(self._leaves)

    def add(self, act: Act, body: bytes, now: datetime, by: str, channel: str) -> Entry:
        """One act more, with its place."""
        town, digest = act.municipality, sha256(body).hexdigest()
        at = now.isoformat(timespec="microseconds")
        leaf = Leaf(act.type, act.folio, at, town.slug if town else "", digest).entry()
        hashed = merkle.leaf_hash(leaf)
        # In the order of the table's columns, which both `insert_all` and the model take fastest.
        before: list[Any] = [
            self.size, act.type, act.folio, town.pk if town else None, leaf, hashed, body, digest, by, channel,
        ]  # fmt: skip
        self._rows.append((*before, self._engine_time(now)))
        self._leaves.append(hashed)
        return _stored([*before, now], town)

    def write(self) -> None:
        """Acts, nodes and the head's new size, in one statement where the engine takes it."""
        nodes = merkle.grow(self._first, self._leaves, self._edge)
        if nodes:
            head = {"size": self.size, "edge": merkle.packed(self._edge)}
            write_together([(Entry, self._rows), (Node, nodes)], LogHead, 1, head)


def _stored(values: list[Any], town: Municipality | None) -> Entry:
    """The entry as unpickling makes one: the signals of Django's way, which nobody hears, took a fifth of an act of a batch."""
    made = Entry.__new__(Entry)
    made.__dict__.update(zip(_COLUMNS, values, strict=True))
    made._state = ModelState()  # noqa: SLF001 - as above
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001 - as above
    if town:
        _TOWN.set_cached_value(made, town)
    return made


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


def delivered(entry: Entry, *, subscriber: str) -> None:
    """Note that the subscriber has the act; saying it twice changes nothing."""
    Delivery.objects.get_or_create(
        entry=entry, subscriber=subscriber, defaults={"delivered_at": timezone.now()}
    )
