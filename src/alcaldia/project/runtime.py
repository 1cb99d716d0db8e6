"""How a long-lived process is tuned; the same for the server and for the benchmarks."""

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 100


def settle() -> None:
    """Keep the collector away from what lives as long as the process.

    A rulebook is half a million small objects: a full collection in the middle of a request costs
    100 to 200 ms (measured as the p99 of tiles). What is loaded at start is frozen, and full
    collections become rare; nearly everything a request makes is freed by reference counts anyway.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
