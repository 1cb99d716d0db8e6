"""From lines to an outcome: any fail prohibits, any unknown goes to a person, any condition binds."""

from collections.abc import Iterable
from dataclasses import replace

from alcaldia.land.rules.coverage import Coverage
from alcaldia.land.rules.types import Line, Outcome, Policy, Result, ZonePart

# First match wins (land.md, specification step 5).
PRECEDENCE = (
    (Result.FAIL, Outcome.PROHIBITED),
    (Result.UNKNOWN, Outcome.UNDETERMINED),
    (Result.CONDITION, Outcome.CONDITIONAL),
)


def outcome_of(lines: Iterable[Line]) -> Outcome:
    """The outcome of these lines taken together; no line at all decides nothing."""
    results = {line.result for line in lines}
    if not results:
        return Outcome.UNDETERMINED
    for result, outcome in PRECEDENCE:
        if result in results:
            return outcome
    return Outcome.PERMITTED


def minor_part(part: ZonePart, lines: Iterable[Line]) -> list[Line]:
    """A small second zone never loosens: whatever it does not simply allow becomes "stay out of it"."""
    kept = list(lines)
    if outcome_of(kept) is Outcome.PERMITTED:
        return kept
    worst = next(line for result, _ in PRECEDENCE for line in kept if line.result is result)
    note = f"No ocupar los {part.area_m2} m² del predio que están en la zona {part.code}."
    return [replace(worst, result=Result.CONDITION, note=note)]


PartLines = list[tuple[ZonePart, list[Line]]]
"""The lines of each zone part, in the order of their areas."""


def combine(general: Iterable[Line], parts: PartLines, policy: Policy, cover: Coverage) -> Outcome:
    """The municipality's choice for a parcel in several zones: the strictest, or each part by itself."""
    shared = list(general)
    if policy.straddle == "strictest" or len(cover.major) < 2:
        return outcome_of([*shared, *(line for _, lines in parts for line in lines)])
    outcomes = [outcome_of(lines) for part, lines in parts if part in cover.major]
    allowed = [outcome for outcome in outcomes if outcome in ALLOWED]
    if not allowed or outcome_of(shared) not in ALLOWED:
        return _strictest([*outcomes, outcome_of(shared)])
    every = [outcome_of(lines) for _, lines in parts] + [outcome_of(shared)]
    return Outcome.PERMITTED if set(every) == {Outcome.PERMITTED} else Outcome.CONDITIONAL


ALLOWED = (Outcome.PERMITTED, Outcome.CONDITIONAL)


def _strictest(outcomes: list[Outcome]) -> Outcome:
    order = [outcome for _, outcome in PRECEDENCE] + [Outcome.PERMITTED]
    return min(outcomes, key=order.index)


def excluded_parts(parts: PartLines, policy: Policy, cover: Coverage) -> tuple[str, ...]:
    """Under "each part": the sentences that keep the use out of the parts that do not allow it."""
    if policy.straddle == "strictest" or len(cover.major) < 2:
        return ()
    return tuple(
        f"Sólo fuera de los {part.area_m2} m² del predio que están en la zona {part.code}."
        for part, lines in parts
        if part in cover.major and outcome_of(lines) not in ALLOWED
    )
