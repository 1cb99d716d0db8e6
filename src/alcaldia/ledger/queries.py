"""Reading the ledger: entries, tiles, checkpoints and receipts. Nothing here writes."""

from collections.abc import Iterable, Mapping
from functools import cache

from django.db import connection
from django.db.models import Count, QuerySet

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.prepared import Prepared
from alcaldia.ledger import keys
from alcaldia.ledger.models import Entry, LogHead, Node, SignedHead
from alcaldia.ledger.rules import merkle, tiles
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.ledger.rules.leaf import read_leaf
from alcaldia.ledger.rules.note import Checkpoint
from alcaldia.ledger.rules.receipt import Receipt

_HEAD = Prepared(lambda: LogHead.objects.filter(pk=1))
_ENTRY = Prepared(
    lambda folio: Entry.objects.select_related("municipality").filter(folio=folio).order_by("index")[:1], str
)
_LATER = Prepared(
    lambda index, folio: Entry.objects.filter(index__gt=index, folio=folio).order_by("index"), int, str
)
_QUORUM = Prepared(
    lambda log, index: SignedHead.objects.filter(log=log, has_quorum=True, size__gt=index).order_by("size")[
        :1
    ],
    str,
    int,
)


def hashes_of(subtrees: Iterable[merkle.Subtree]) -> dict[merkle.Subtree, bytes]:
    """The stored hashes of complete subtrees, in one read. KeyError where the log has not that one yet."""
    numbers = {subtree: merkle.number(subtree) for subtree in subtrees}
    if not numbers:
        return {}
    found = {node.pk: node.hash for node in _nodes(len(numbers))(*numbers.values())}
    return {subtree: bytes(found[place]) for subtree, place in numbers.items()}


@cache
def _nodes(count: int) -> Prepared[Node]:
    """At most two for each level of the tree, so a few dozen of these."""
    return Prepared(lambda *numbers: Node.objects.filter(pk__in=numbers), *[int] * count)


def size() -> int:
    """How many entries the log has."""
    found = _HEAD.first()
    return found.size if found else 0


def head(at: int | None = None) -> Checkpoint:
    """The tree head now, or as it was when the log had `at` entries."""
    count = size() if at is None else at
    return _checkpoint(count, hashes_of(merkle.cover(0, count)))


def _checkpoint(count: int, hashes: Mapping[merkle.Subtree, bytes]) -> Checkpoint:
    return Checkpoint(keys.signer().origin, count, merkle.root(count, hashes.__getitem__))


def _refuse_uncommitted() -> None:
    # A head signed inside a transaction that then rolls back would be a fork of the log, for ever.
    blocks = connection.atomic_blocks
    if blocks and not getattr(blocks[-1], "_from_testcase", False):
        raise RuntimeError(
            "sign the log after the transaction: only what is committed may be in a checkpoint"
        )


def checkpoint() -> str:
    """The freshly signed checkpoint (a C2SP signed note). RuntimeError inside a transaction."""
    _refuse_uncommitted()
    return keys.signer().sign(head().text())


def inclusion(index: int, at: int) -> tuple[bytes, ...]:
    """The inclusion proof of entry `index` in the tree of `at` entries; O(log n) hashes in one read."""
    ranges = merkle.inclusion_ranges(index, at)
    return merkle.prove(ranges, hashes_of(merkle.subtrees_of(ranges)))


def consistency(old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of `new` entries extends that of `old`."""
    ranges = merkle.consistency_ranges(old, new)
    return merkle.prove(ranges, hashes_of(merkle.subtrees_of(ranges)))


def receipt(entry: Entry) -> str:
    """The tlog-proof of an entry: under the first checkpoint that enough witnesses cosigned, where there is
    one (`quorum_over`), else under one signed now. RuntimeError inside a transaction."""
    _refuse_uncommitted()
    witnessed = quorum_over(entry.index)
    if witnessed is not None:
        proof, signed = inclusion(entry.index, witnessed.size), cosigned(witnessed)
    else:
        count = size()
        ranges = merkle.inclusion_ranges(entry.index, count)
        # One read for the head and the proof under it.
        hashes = hashes_of({*merkle.cover(0, count), *merkle.subtrees_of(ranges)})
        proof = merkle.prove(ranges, hashes)
        signed = keys.signer().sign(_checkpoint(count, hashes).text())
    return Receipt(bytes(entry.entry), entry.index, proof, signed).text()


def quorum_over(index: int, log: str = "acts") -> SignedHead | None:
    """The smallest checkpoint over entry `index` that had its quorum of witnesses; None where there is none yet."""
    return _QUORUM.first(log, index)


def cosigned(head: SignedHead) -> str:
    """The checkpoint with the lines of its witnesses, in the order in which they came."""
    return head.note + "".join(head.cosignatures.order_by("pk").values_list("line", flat=True))


class Acts:
    """The log of acts as a `ports.LogSource`."""

    name = "acts"

    def keys(self) -> KeySet:
        return keys.signer().keys

    def size(self) -> int:
        return size()

    def checkpoint(self) -> str:
        return checkpoint()

    def statements(self) -> list[str]:
        return keys.signer().statements()

    def hashes_of(self, subtrees: Iterable[merkle.Subtree]) -> dict[merkle.Subtree, bytes]:
        return hashes_of(subtrees)

    def tile(self, level: int | str, index: int, width: int = tiles.WIDTH) -> bytes:
        return tile(level, index, width)


ACTS = Acts()


def entry(folio: str) -> Entry:
    """The first act with this folio. Raises NotFound."""
    found = _ENTRY.first(folio)
    if found is None:
        raise NotFound(
            "folio_unknown",
            f"No tenemos ningún documento con el folio {folio}. Compárelo letra por letra con su documento.",
        )
    return found


def later(entry: Entry) -> list[Entry]:
    """The acts with the folio of this one that came after it, oldest first."""
    return _LATER(entry.index, entry.folio)


def entries(*, after: int = -1, type: str = "", municipality: str = "") -> QuerySet[Entry]:
    """Acts in the order of the log, after an index; the newest first comes with `.reverse()`."""
    found = Entry.objects.filter(index__gt=after).order_by("index")
    if type:
        found = found.filter(type=type)
    return found.filter(municipality__slug=municipality) if municipality else found


def undelivered(subscriber: str) -> QuerySet[Entry]:
    """The outbox of a subscriber: acts that it has not had, oldest first."""
    return Entry.objects.exclude(deliveries__subscriber=subscriber).order_by("index")


def counts() -> dict[str, int]:
    """How many acts of each type."""
    return dict(Entry.objects.order_by("type").values_list("type").annotate(Count("pk")))


def tile(level: int | str, index: int, width: int = tiles.WIDTH) -> bytes:
    """The bytes of a C2SP tile, or of an entry bundle (level "entries"). Raises NotFound beyond the log."""
    first, wanted = index * tiles.WIDTH, tiles.subtrees(level, index, width, size())
    if wanted is None:
        raise NotFound("tile_unknown", "El registro todavía no llega hasta ahí. Pida antes el checkpoint.")
    if level == tiles.ENTRIES:
        found = Entry.objects.filter(index__range=(first, first + width - 1)).order_by("index")
        return tiles.bundle(bytes(item) for item in found.values_list("entry", flat=True))
    stored = hashes_of(wanted)
    return b"".join(stored[subtree] for subtree in wanted)


def stands(entry: Entry) -> bool:
    """Is the act still what its leaf committed to, and that leaf where it was in the log?"""
    now, data = head(), bytes(entry.entry)
    if not read_leaf(data).matches(bytes(entry.body)):
        return False
    proof = inclusion(entry.index, now.size)
    return merkle.includes(now.root, entry.index, now.size, merkle.leaf_hash(data), proof)
