"""Progress on a terminal, silence in a pipe."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
WIDTH = 30
EVERY_SECONDS = 0.2


def progress(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """The same items, with a bar on stderr when a person is watching."""
    if not sys.stderr.isatty():
        yield from items
        return
    shown = 0.0
    count = 0
    for count, item in enumerate(items, 1):
        now = time.monotonic()
        if now - shown >= EVERY_SECONDS:
            shown = now
            draw(label, count, total)
        yield item
    draw(label, count, max(count, 1))
    sys.stderr.write("\n")


def draw(label: str, done: int, total: int) -> None:
    share = min(done / total, 1.0) if total else 1.0
    bar = "█" * round(share * WIDTH) + "·" * (WIDTH - round(share * WIDTH))
    sys.stderr.write(f"\r{label} {bar} {share:4.0%}")
    sys.stderr.flush()


def bar(fraction: float, doing: str) -> None:
    """A bar for work that reports a fraction 0–1 and what it is doing; ends its line at 1."""
    if not sys.stderr.isatty():
        return
    sys.stderr.write("\x1b[2K")
    draw(doing, round(fraction * 100), 100)
    sys.stderr.write("\n" if fraction >= 1 else "")
