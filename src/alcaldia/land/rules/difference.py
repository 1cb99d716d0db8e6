"""What differs between two answers to the same question: the ruling as issued and the same one under another plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Line = Mapping[str, Any]
# What a reader would call a different line; notes and sources follow from these.
SAYS = ("result", "value", "limit", "bound", "basis", "note")


@dataclass(frozen=True)
class Change:
    """One thing that was checked, as it was said `before` and `after`; None where only one of them checked it."""

    label: str
    before: Line | None
    after: Line | None


@dataclass(frozen=True)
class Difference:
    """Between two ruling documents (CONTRACT.md): outcomes, lines, and the tables whose version changed."""

    before: str
    after: str
    changes: tuple[Change, ...]
    sources: tuple[str, ...]

    @property
    def none(self) -> bool:
        return self.before == self.after and not self.changes


def difference(issued: Mapping[str, Any], now: Mapping[str, Any]) -> Difference:
    """Line by line, in the order of the issued ruling, then what only the other one checks."""
    old, new = _by_check(issued["lines"]), _by_check(now["lines"])
    changes = [
        Change(label, old.get((check, label, n)), new.get((check, label, n)))
        for check, label, n in dict.fromkeys([*old, *new])
    ]
    moved = tuple(change for change in changes if _said(change.before) != _said(change.after))
    versions = set(now["versions"].items()) - set(issued["versions"].items())
    return Difference(issued["outcome"], now["outcome"], moved, tuple(sorted(name for name, _ in versions)))


def _by_check(lines: Sequence[Line]) -> dict[tuple[str, str, int], Line]:
    """By what they check; lines that check the same (one for each zone) by their order."""
    found: dict[tuple[str, str, int], Line] = {}
    for line in lines:
        place = sum(1 for check, label, _ in found if (check, label) == (line["check"], line["label"]))
        found[line["check"], line["label"], place] = line
    return found


def _said(line: Line | None) -> tuple[str, ...]:
    return () if line is None else tuple(str(line.get(name)) for name in SAYS)
