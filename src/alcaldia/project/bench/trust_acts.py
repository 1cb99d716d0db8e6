"""The log of acts on the engine of this run: each act in a transaction of its own, and many in one."""

import time
from typing import Any

from alcaldia.project.bench.clock import percentile

SINGLE, BATCH, BATCHES = 2_000, 256, 40
ACT = "bench.done"


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
        "batch_per_s": round(BATCHES * BATCH / batches),
    }  # fmt: skip


def _acts(count: int) -> None:
    from django.db import transaction

    from alcaldia.ledger import actions
    from alcaldia.ledger.events import Act

    with transaction.atomic(), actions.together():
        for number in range(count):
            actions.record(Act(ACT, f"B-{number}", {"number": number}), by="bench", channel="cli")
