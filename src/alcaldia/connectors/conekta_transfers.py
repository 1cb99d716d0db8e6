"""Which of Conekta's transactions went to the bank in which of its transfers: its API names none, so the cents must prove it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """A transfer: when it was made and how much, in cents."""

    id: str
    at: int
    cents: int


@dataclass(frozen=True)
class Moved:
    """A transaction: when it was made and what of it is the town's, in cents."""

    id: str
    at: int
    cents: int


def allot(moved: Sequence[Moved], sent: Sequence[Sent]) -> dict[str, tuple[Moved, ...]]:
    """The transactions of each transfer where there is proof: the only run of them, without a gap, that adds up to it.

    A run that begins where the one before ended counts as proof too. A transfer without proof is left out.
    """
    rows = sorted(moved, key=lambda one: (one.at, one.id))
    found: dict[str, tuple[Moved, ...]] = {}
    follows: int | None = None
    taken: set[int] = set()
    for transfer in sorted(sent, key=lambda one: (one.at, one.id)):
        before = [one for one in rows if one.at < transfer.at]
        every = _runs([one.cents for one in before], transfer.cents)
        runs = [run for run in every if taken.isdisjoint(range(*run))]
        if follows is not None and any(begin == follows for begin, _ in runs):
            runs = [(begin, end) for begin, end in runs if begin == follows][:1]
        follows = None
        if len(runs) == 1:
            [(begin, follows)] = runs
            found[transfer.id] = tuple(before[begin:follows])
            taken |= set(range(begin, follows))
    return found


def _runs(cents: list[int], wanted: int) -> list[tuple[int, int]]:
    """Where the runs begin and end whose sum is what is wanted, the shorter one of two that begin at the same place first."""
    sums, places = [0], {0: [0]}
    found = []
    for end, value in enumerate(cents, start=1):
        sums.append(sums[-1] + value)
        found += [(begin, end) for begin in places.get(sums[-1] - wanted, ())]
        places.setdefault(sums[-1], []).append(end)
    return found
