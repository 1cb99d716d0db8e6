"""What the rules say of an application as it stands, and how a case keeps it: when it is sent, and after a correction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alcaldia.procedures import settling
from alcaldia.procedures.opened import Opened
from alcaldia.procedures.registries import Consulted
from alcaldia.procedures.rules import routing
from alcaldia.procedures.rules.evaluate import Evaluation
from alcaldia.procedures.rules.values import shown


@dataclass(frozen=True)
class Review:
    """Everything that the last page before sending shows, and what sending will do."""

    opened: Opened
    consulted: Consulted
    found: Evaluation
    route: routing.Route
    full: Evaluation | None = None
    """What the rules say today of a request that will wait in line; `found` is then what they say once there is a place."""


def judge(draft: Opened) -> Review:
    """Ask the registers and the rules; nothing is kept."""
    consulted = draft.consult()
    found = draft.evaluate(consulted)
    return Review(draft, consulted, found, routing.route(draft.program, found))


def shown_now(draft: Opened) -> set[str]:
    """The data that are asked with these answers."""
    return {one.path for screen in draft.form().screens for one in screen.fields}


def plain(draft: Opened) -> dict[str, Any]:
    """The answers that may lie in the open, only those that apply."""
    applying = shown_now(draft)
    return {name: value for name, value in draft.draft.answers.items() if name in applying}


def consulted(told: Review, secret: frozenset[str]) -> dict[str, Any]:
    """What registers said, but for what is `secret`, and which were asked."""
    values: Mapping[str, Any] = told.consulted.values
    return {
        "values": {name: shown(value) for name, value in values.items() if name not in secret},
        "asked": [list(one) for one in told.consulted.asked],
    }


def rules(told: Review, secret: frozenset[str]) -> dict[str, Any]:
    """What the rules said at that moment: whoever decides later, and the paper, read it from here."""
    found, route = told.found, told.route
    paper = told.opened.program.definition.document
    wanted = {
        *(paper.fields if paper else ()),
        *((told.opened.program.definition.rules.formulas) or {}),
    } - secret
    return {
        "outcome": found.outcome, "reasons": list(found.reasons), "conditions": list(found.conditions),
        "offers": list(found.offers), "missing": list(found.missing), "bases": list(routing.bases_of(found)),
        "values": {name: shown(found.values[name]) for name in sorted(wanted) if name in found.values},
        "trace": routing.trace_of(found, secret), "needs_signature": route.needs_signature,
        "needs_person": route.needs_person, "appointments": list(found.appointments),
        settling.UNKNOWN: found.fee is None and found.outcome != "denied",
    }  # fmt: skip


def visit(told: Review) -> dict[str, Any]:
    """Of a request whose paper will be visited: by whom and in how many working days; {} of any other."""
    found = routing.visit_of(told.opened.program.definition, told.found, "after_issue")
    if found is None or told.route.at_once == "denied":
        return {}
    return {"visit": {"agency": found.agency, "days": found.days}}
