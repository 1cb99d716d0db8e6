"""The log of acts on the engine of this run: each act in a transaction of its own, many in one, and proofs from a million."""

import random
import time
from typing import Any

from alcaldia.project.bench.clock import percentile, tail

SINGLE, BATCH, BATCHES = 2_000, 256, 200
YEAR, AT_ONCE, PROOFS, ROWS = 1_000_000, 20_000, 2_000, 30_000
"""ROWS: PostgreSQL takes 65,535 values with one statement."""
ACT = "bench.done"
_GONE = {"sqlite": "PRAGMA wal_checkpoint(TRUNCATE)", "postgresql": "VACUUM ledger_node"}


def run() -> dict[str, Any]:
    """Acts a second that are committed when the answer comes; on SQLite and a durable PostgreSQL that is on the disk."""
    _acts(1)
    spent = []
    for _ in range(SINGLE):
        before = time.perf_counter()
        _acts(1)
        spent.append(1000 * (time.perf_counter() - before))
    start = time.perf_counter()
    for _ in range(BATCHES):
        _acts(BATCH)
    batches = time.perf_counter() - start
    return {
        "single_per_s": round(1000 * SINGLE / sum(spent)), "single_ms_p50": percentile(spent, 50),
        "batch_per_s": round(BATCHES * BATCH / batches), "proof_at_1m": _proofs(),
    }  # fmt: skip


def _proofs() -> dict[str, float]:
    """Inclusion proofs read from the tree of so many leaves in the database, which is undone afterwards.

    Only its nodes are made: a proof reads nothing else, and a million whole acts would take minutes.
    """
    from django.db import connection, transaction

    from alcaldia.ledger.queries import hashes_of
    from alcaldia.ledger.rules import merkle

    def proof(at: int) -> tuple[bytes, ...]:
        ranges = merkle.inclusion_ranges(at, YEAR)
        return merkle.prove(ranges, hashes_of(merkle.subtrees_of(ranges)))

    generator = random.Random(3)  # noqa: S311 - places to look at, not secrets
    with transaction.atomic():
        _grow(YEAR)
        found = tail(proof, [generator.randrange(YEAR) for _ in range(PROOFS)])
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        # What was undone would lie in file or journal for whoever measures after us.
        cursor.execute(_GONE[connection.vendor])
    return found


def _grow(size: int) -> None:
    """The nodes of a log of so many leaves beside those that are there."""
    from alcaldia.ledger import queries
    from alcaldia.ledger.models import Node
    from alcaldia.ledger.rules import merkle

    first = queries.size()
    edge = merkle.edge(queries.hashes_of(merkle.cover(0, first)))
    for start in range(first, size, AT_ONCE):
        leaves = (merkle.leaf_hash(b"%d" % at) for at in range(start, min(start + AT_ONCE, size)))
        Node.objects.bulk_create([Node(pk, value) for pk, value in merkle.grow(start, leaves, edge)], ROWS)


def _acts(count: int) -> None:
    from django.db import transaction

    from alcaldia.ledger import actions
    from alcaldia.ledger.events import Act

    with transaction.atomic(), actions.together():
        for number in range(count):
            actions.record(Act(ACT, f"B-{number}", {"number": number}), by="bench", channel="cli")
