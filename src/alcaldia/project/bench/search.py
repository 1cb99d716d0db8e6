"""What a search costs in process: phrases made of the catalogue's own words, some mistyped, some unknown."""

import random
import time
from typing import Any

from alcaldia.procedures import definitions
from alcaldia.project.bench.clock import percentile
from alcaldia.project.runtime import settle

SAMPLES = 2000


def run() -> dict[str, Any]:
    """p50 and p95 of one search in milliseconds, and the seconds that making the index takes."""
    start = time.perf_counter()
    index = definitions.index()
    made = time.perf_counter() - start
    phrases = _phrases()
    for words in phrases[:50]:
        index.search(words)
    settle()
    times = []
    for words in phrases:
        start = time.perf_counter()
        index.search(words)
        times.append((time.perf_counter() - start) * 1000)
    return {
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
        "load_and_index_s": round(made, 2),
    }


def _phrases() -> list[str]:
    chance = random.Random(11)  # noqa: S311
    said = [
        alias for program in definitions.programs().values() for alias in program.definition.sheet.also_called
    ]
    words = sorted({word for alias in said for word in alias.split()})
    found = []
    for _ in range(SAMPLES):
        parts = [chance.choice(words) for _ in range(chance.randrange(1, 7))]
        at = chance.randrange(len(parts))
        if chance.random() < 0.3 and len(parts[at]) > 4:
            parts[at] = parts[at][1] + parts[at][0] + parts[at][2:]
        found.append(" ".join(parts))
    return found
