"""Timing one operation many times: medians and tails in milliseconds, warm."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from alcaldia.project.runtime import settle

WARM = 20


def tail(operation: Callable[[Any], object], inputs: Sequence[Any], *, warm: int = WARM) -> dict[str, float]:
    """p50 and p99 of one call, in ms, over `inputs`; the first `warm` are not counted."""
    for value in inputs[:warm]:
        operation(value)
    settle()
    times = []
    for value in inputs[warm:]:
        start = time.perf_counter()
        operation(value)
        times.append((time.perf_counter() - start) * 1000)
    return {"p50_ms": percentile(times, 50), "p99_ms": percentile(times, 99)}


def percentile(times: Sequence[float], share: float) -> float:
    """The value below which `share` per cent of the sorted times lie."""
    ordered = sorted(times)
    return round(ordered[min(int(len(ordered) * share / 100), len(ordered) - 1)], 3)
