"""Deciding and what follows at once: the order to pay, or the paper. In the caller's transaction, case held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import actions as payments
from alcaldia.procedures import definitions, engine, papers, reserving
from alcaldia.procedures.engine import Held
from alcaldia.procedures.rules import flow, routing
from alcaldia.procedures.rules.evaluate import Evaluation
from alcaldia.procedures.rules.flow import FAVOURABLE, State
from alcaldia.procedures.rules.routing import Route
from alcaldia.procedures.subjects import subject_of

RULES = "rules"
"""Who decides where a rule does."""


def decide_at_once(held: Held, route: Route, found: Evaluation, *, by: str, channel: str) -> Held:
    """The answer of a rule, or the round of the agencies; before either, the payment where it comes first."""
    if held.state.state is State.AWAITING_PAYMENT:
        return _charge(held, by=by, channel=channel)
    if not route.at_once:
        return engine.append(held, "routed", {}, by=by, channel=channel)
    return decide(
        held, outcome=route.at_once, reasons=found.reasons, conditions=found.conditions,
        bases=routing.bases_of(found), by=RULES, channel=channel,
    )  # fmt: skip


def settle(held: Held, found: Evaluation, *, channel: str) -> Held:
    """The no of a rule after a correction: nobody else has to look."""
    return decide(
        held,
        outcome=found.outcome,
        reasons=found.reasons,
        bases=routing.bases_of(found),
        by=RULES,
        channel=channel,
    )


def go_on(held: Held, *, by: str, channel: str) -> Held:
    """What waited for its payment goes on as its rules said when it was sent."""
    told = rules_of(held)
    looked_at = held.state.reviews or held.state.needs_inspection
    if looked_at or told["needs_signature"] or told["needs_person"]:
        return engine.append(held, "routed", {}, by=by, channel=channel)
    return decide(
        held, outcome=told["outcome"], reasons=told["reasons"], conditions=told["conditions"], bases=told["bases"],
        by=RULES, channel=channel,
    )  # fmt: skip


def decide(
    held: Held, *, outcome: str, reasons: Sequence[str], conditions: Sequence[str] = (), bases: Sequence[str] = (),
    by: str, channel: str, signature: dict[str, Any] | None = None, settled: Mapping[str, Any] | None = None,
) -> Held:  # fmt: skip
    """The resolution, with what a person settled of its fee (settling.py). Raises Refusal where the rules of the case do not allow it or it gives no reasons."""
    if not [one for one in reasons if one.strip()]:
        raise Refusal(
            "no_reasons", "Escriba los motivos: una resolución sin motivos no vale (CPEUM art. 16)."
        )
    facts: dict[str, Any] = {
        "outcome": outcome,
        "reasons": list(reasons),
        "conditions": list(conditions),
        "bases": list(bases),
        **(settled or {}),
    }
    if signature:
        facts["signature"] = signature
    return after_decision(
        engine.append(held, "decided", facts, by=by, channel=channel), by=by, channel=channel
    )


def after_decision(held: Held, *, by: str, channel: str) -> Held:
    """What is owed first; otherwise the paper."""
    if held.state.outcome in FAVOURABLE and held.state.owes:
        return _charge(held, by=by, channel=channel)
    return papers.issue(held, by=by, channel=channel)


def _charge(held: Held, *, by: str, channel: str) -> Held:
    return held if held.row.order else order(held, by=by, channel=channel)


def order(held: Held, *, by: str, channel: str) -> Held:
    """What is owed as an order that can be paid from now on; it takes the place of an earlier one."""
    row = held.row
    program = definitions.pinned(row.definition)
    fee = program.definition.fee
    concept = fee.concept.es if fee else program.definition.sheet.plain_name.es
    line = {
        "concept": concept, "account": fee.account if fee else "", "amount": held.state.fee,
        "legal_basis": engine.facts_of(held, "decided").get("fee_basis") or (fee.legal_basis if fee else ""),
    }  # fmt: skip
    days = fee.voucher_days if fee else 5
    issued = payments.issue_order(
        municipality=row.municipality, subject=subject_of(row.folio), lines=(line,),
        expires_at=timezone.now() + timedelta(days=days), by=by, channel=channel, back=f"/tramite/{row.folio}/",
    )  # fmt: skip
    row.order = issued.folio
    engine.write(row, "order")
    return held


@dataclass(frozen=True)
class Resolution:
    """What is decided, why, and under which conditions."""

    outcome: str
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]


OPINIONS = "Las dependencias que revisaron dieron su opinión favorable."
VISIT = "La visita de inspección resultó favorable."


def proposed(held: Held) -> Resolution | None:
    """What follows where rules, opinions and visit are all in favour; None where a person has to weigh it."""
    told = rules_of(held)
    if held.state.state is not State.TO_SIGN or told.get("needs_person") or not _in_favour(held):
        return None
    conditions = (*told.get("conditions", ()), *conditions_of(held))
    looked = [*([OPINIONS] if held.state.reviews else []), *([VISIT] if held.state.needs_inspection else [])]
    outcome = routing.outcome_after(str(told.get("outcome")), conditions=bool(conditions))
    return Resolution(outcome, (*told.get("reasons", ()), *looked), tuple(dict.fromkeys(conditions)))


def _in_favour(held: Held) -> bool:
    if held.state.reviews and flow.joined(held.state) != "favourable":
        return False
    visits = [one for one in engine.events_of(held.row) if one.kind == "inspected"]
    return not visits or visits[-1].facts.get("result") != "unfavourable"


def after_turn(held: Held, *, by: str, channel: str) -> Held:
    """When the last who had to look has looked: decide by what they said, unless a person must sign or is needed."""
    found = proposed(held)
    if found is None or rules_of(held).get("needs_signature"):
        return held
    if not reserving.room(held.row):
        return held
    return decide(held, outcome=found.outcome, reasons=found.reasons, conditions=found.conditions,
                  bases=rules_of(held).get("bases", ()), by=RULES, channel=channel)  # fmt: skip


def rules_of(held: Held) -> dict[str, Any]:
    """What the rules said when it was sent, or after the last correction."""
    said = [one.facts["rules"] for one in engine.events_of(held.row) if one.facts.get("rules")]
    return said[-1] if said else {}


def conditions_of(held: Held) -> list[str]:
    """What reviewers made their opinion depend on, and what the visit observed."""
    said = [one for one in engine.events_of(held.row) if one.kind in ("opinion_given", "inspected")]
    return [text for one in said for text in one.facts.get("conditions", ())]
