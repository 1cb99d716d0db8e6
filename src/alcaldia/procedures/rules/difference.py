"""What a change of rules would do to cases: the same answers under both, before it is published."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alcaldia.procedures.rules.evaluate import City, evaluate
from alcaldia.procedures.rules.form import typed
from alcaldia.procedures.rules.program import Program


@dataclass(frozen=True)
class Difference:
    """How many cases were run, how many would end otherwise, and from which outcome to which."""

    cases: int
    outcomes: int
    fees: int
    moves: Mapping[tuple[str, str], int]


def compare(
    old: Program, new: Program, cases: Iterable[Mapping[str, Any]], *, today: date, city: City | None = None
) -> Difference:
    """Run every case's answers under both programs; nothing is kept."""
    count = fees = 0
    moves: Counter[tuple[str, str]] = Counter()
    same_data = old.definition.data == new.definition.data
    for answers in cases:
        values = typed(old, answers, today=today, city=city)
        before = evaluate(old, values, today=today, city=city)
        values = values if same_data else typed(new, answers, today=today, city=city)
        after = evaluate(new, values, today=today, city=city)
        count += 1
        fees += before.fee != after.fee
        if before.outcome != after.outcome:
            moves[(before.outcome, after.outcome)] += 1
    return Difference(count, sum(moves.values()), fees, dict(moves))
