"""Deciding and what follows at once: the order to pay, or the paper. In the caller's transaction, case held."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import actions as payments
from alcaldia.procedures import definitions, engine, papers, reserving
from alcaldia.procedures.engine import Held
from alcaldia.procedures.models import CaseEvent
from alcaldia.procedures.rules import flow, routing
from alcaldia.procedures.rules.evaluate import Evaluation
from alcaldia.procedures.rules.flow import FAVOURABLE, State
from alcaldia.procedures.rules.routing import Route

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
    by: str, channel: str, signature: dict[str, Any] | None = None,
) -> Held:  # fmt: skip
    """The resolution. Raises Refusal where the rules of the case do not allow it or it gives no reasons."""
    if not [one for one in reasons if one.strip()]:
        raise Refusal(
            "no_reasons", "Escriba los motivos: una resolución sin motivos no vale (CPEUM art. 16)."
        )
    facts: dict[str, Any] = {
        "outcome": outcome,
        "reasons": list(reasons),
        "conditions": list(conditions),
        "bases": list(bases),
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
    row = held.row
    if row.order:
        return held
    program = definitions.pinned(row.definition)
    fee = program.definition.fee
    concept = fee.concept.es if fee else program.definition.sheet.plain_name.es
    line = {
        "concept": concept, "account": fee.account if fee else "", "amount": held.state.fee,
        "legal_basis": fee.legal_basis if fee else "",
    }  # fmt: skip
    days = fee.voucher_days if fee else 5
    order = payments.issue_order(
        municipality=row.municipality, subject=f"case:{row.folio}", lines=(line,),
        expires_at=timezone.now() + timedelta(days=days), by=by, channel=channel, back=f"/tramite/{row.folio}/",
    )  # fmt: skip
    row.order = order.folio
    row.save(update_fields=["order"])
    return held


def after_turn(held: Held, *, by: str, channel: str) -> Held:
    """When the last who had to look has looked: decide by what they said, unless a person must sign or is needed."""
    if held.state.state is not State.TO_SIGN:
        return held
    told = rules_of(held)
    favourable = not held.state.reviews or flow.joined(held.state) == "favourable"
    if told.get("needs_signature") or told.get("needs_person") or not favourable or _badly_inspected(held):
        return held
    if not reserving.room(held.row):
        return held
    conditions = [*told.get("conditions", ()), *conditions_of(held)]
    outcome = routing.outcome_after(str(told.get("outcome")), conditions=bool(conditions))
    reasons = [*told.get("reasons", ()), "Las dependencias que revisaron dieron su opinión favorable."]
    return decide(held, outcome=outcome, reasons=reasons, conditions=conditions, bases=told.get("bases", ()),
                  by=RULES, channel=channel)  # fmt: skip


def rules_of(held: Held) -> dict[str, Any]:
    """What the rules said when it was sent, or after the last correction."""
    events = held.row.events.filter(kind__in=("submitted", "corrected")).order_by("-number")
    return next((one.facts["rules"] for one in events if one.facts.get("rules")), {})


def conditions_of(held: Held) -> list[str]:
    """What reviewers made their opinion depend on, and what the visit observed."""
    said = held.row.events.filter(kind__in=("opinion_given", "inspected")).order_by("number")
    return [text for one in said for text in one.facts.get("conditions", ())]


def _badly_inspected(held: Held) -> bool:
    last = CaseEvent.objects.filter(case=held.row, kind="inspected").order_by("-number").first()
    return last is not None and last.facts.get("result") == "unfavourable"
