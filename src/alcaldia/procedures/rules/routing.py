"""What happens to a request the moment it is sent: decided at once, or which agencies look, in what order, until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from alcaldia.procedures.rules.definition import Definition, Inspection
from alcaldia.procedures.rules.evaluate import Evaluation
from alcaldia.procedures.rules.flow import Pending
from alcaldia.procedures.rules.program import Program

DEFAULT_TERM = 10
"""Working days where no rule says otherwise (LNETB art. 4)."""
PROTECTED = "(dato protegido)"


@dataclass(frozen=True)
class Route:
    """`at_once` is the outcome that needs nobody, or "". `term` is the case's clock in working days, 0 for none."""

    at_once: Literal["", "granted", "conditional", "denied"]
    reviews: tuple[Pending, ...]
    inspection: str
    term: int
    needs_signature: bool
    needs_person: bool


def route(program: Program, found: Evaluation) -> Route:
    """By the definition and what the rules said. Missing data goes to a person, never to a yes or a no."""
    definition = program.definition
    if found.outcome == "denied":
        return Route("denied", (), "", 0, needs_signature=False, needs_person=False)
    reviews = tuple(_pending(definition, at) for at in found.reviews)
    before = visit_of(definition, found, "before_decision")
    inspection = before.agency if before else ""
    clear = found.outcome in ("granted", "conditional")
    if clear and not reviews and not inspection and not found.needs_signature:
        at_once: Any = found.outcome
        return Route(at_once, (), "", 0, needs_signature=False, needs_person=False)
    looked_at = bool(reviews or inspection)
    person = found.outcome == "missing_data" or (not clear and not looked_at)
    return Route("", reviews, inspection, _term(definition, found), found.needs_signature, person)


def visit_of(
    definition: Definition, found: Evaluation, moment: Literal["before_decision", "after_issue"]
) -> Inspection | None:
    """The visit of that moment that this evaluation calls for: the first whose condition holds."""
    chosen = (definition.inspections[at] for at in found.inspections)
    return next((one for one in chosen if one.moment == moment), None)


def pays_first(
    definition: Definition, found: Evaluation, to: Route
) -> Literal["", "before_submission", "before_review"]:
    """When the fee must come before anybody looks, "" where it need not: what a rule denies is never charged."""
    moment = definition.fee.moment if definition.fee else "before_issue"
    if moment == "before_issue" or to.at_once == "denied" or not owed(found):
        return ""
    return "" if moment == "before_review" and to.at_once else moment


def _pending(definition: Definition, at: int) -> Pending:
    one = definition.reviews[at]
    chosen = {review.agency for review in definition.reviews}
    return Pending(one.agency, one.days, one.silence, tuple(name for name in one.after if name in chosen))


def _term(definition: Definition, found: Evaluation) -> int:
    written = definition.sheet.deadline
    if written.unit == "working_days" and written.amount:
        return written.amount
    days = [definition.reviews[at].days for at in found.reviews]
    before = visit_of(definition, found, "before_decision")
    days += [before.days] if before else []
    return max(days, default=DEFAULT_TERM)


def outcome_after(route_outcome: str, *, conditions: bool) -> Literal["granted", "conditional"]:
    """What favourable opinions make of the rules' answer: conditions of rule or reviewer stay."""
    return "conditional" if conditions or route_outcome == "conditional" else "granted"


def trace_of(found: Evaluation, protected: frozenset[str]) -> list[dict[str, Any]]:
    """The trace as JSON values, what is personal in it replaced."""
    lines = [line.plain() for line in found.trace]
    return [
        {**line, "inputs": _masked(line["inputs"], protected), "result": _masked_result(line, protected)}
        for line in lines
    ]


def _masked(inputs: Mapping[str, Any], protected: frozenset[str]) -> dict[str, Any]:
    return {name: PROTECTED if name in protected else value for name, value in inputs.items()}


def _masked_result(line: Mapping[str, Any], protected: frozenset[str]) -> Any:
    """A formula over something personal tells it by its result (an age, a name); its lines keep only that it was used."""
    return (
        PROTECTED
        if protected & set(line["inputs"]) and not isinstance(line["result"], dict)
        else line["result"]
    )


def bases_of(found: Evaluation) -> tuple[str, ...]:
    """The articles of the rows that decided, each once."""
    return tuple(
        dict.fromkeys(line.legal_basis for line in found.trace if line.legal_basis and line.row is not None)
    )


def owed(found: Evaluation) -> Decimal:
    """What is to be paid; 0 where there is no fee. An unknown fee is settled by whoever decides."""
    return found.fee or Decimal(0)
