"""Reading the ledger: entries, tiles, checkpoints and receipts. Nothing here writes."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Count, QuerySet

from alcaldia.kernel.errors import NotFound
from alcaldia.ledger import keys
from alcaldia.ledger.models import Entry, LogHead, Node
from alcaldia.ledger.rules import merkle, tiles
from alcaldia.ledger.rules.leaf import read_leaf
from alcaldia.ledger.rules.note import Checkpoint
from alcaldia.ledger.rules.receipt import Receipt


def hashes_of(subtrees: Iterable[merkle.Subtree]) -> dict[merkle.Subtree, bytes]:
    """The stored hashes of complete subtrees, in one read. KeyError where the log has not that one yet."""
    numbers = {subtree: merkle.number(subtree) for subtree in subtrees}
    if not numbers:
        return {}
    found = dict(Node.objects.filter(pk__in=numbers.values()).values_list("pk", "hash"))
    return {subtree: bytes(found[place]) for subtree, place in numbers.items()}


def size() -> int:
    """How many entries the log has."""
    return LogHead.objects.filter(pk=1).values_list("size", flat=True).first() or 0


def head(at: int | None = None) -> Checkpoint:
    """The tree head now, or as it was when the log had `at` entries."""
    count = size() if at is None else at
    hashes = hashes_of(merkle.cover(0, count))
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
    """The tlog-proof of an entry with a freshly signed checkpoint. RuntimeError inside a transaction."""
    _refuse_uncommitted()
    now = head()
    proof = inclusion(entry.index, now.size)
    return Receipt(bytes(entry.entry), entry.index, proof, keys.signer().sign(now.text())).text()


def entry(folio: str) -> Entry:
    """The first act with this folio. Raises NotFound."""
    found = Entry.objects.select_related("municipality").filter(folio=folio).order_by("index").first()
    if found is None:
        raise NotFound(
            "folio_unknown",
            f"No tenemos ningún documento con el folio {folio}. Compárelo letra por letra con su documento.",
        )
    return found


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
