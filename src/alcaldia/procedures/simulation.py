"""Trying a definition with some answers: what the person would see and what would be decided. Nothing is kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.rules import routing
from alcaldia.procedures.rules.evaluate import City, Evaluation, evaluate, reviews_of
from alcaldia.procedures.rules.form import form, typed
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.values import shown

LABELS = {
    "granted": "Procede",
    "conditional": "Procede con condiciones",
    "denied": "No procede",
    "missing_data": "Falta un dato",
    "review": "A revisión de una persona",
}


def paid_when(program: Program, found: Evaluation) -> str:
    """The moment at which these answers would be charged, "" where nothing is."""
    if found.outcome == "denied" or not found.fee:
        return ""
    return routing.pays_first(program.definition, found, routing.route(program, found)) or "before_issue"


def simulate(
    program: Program, answers: Mapping[str, Any], *, on: str = "", city: City | None = None
) -> dict[str, Any]:
    """Screens, errors, outcome, fee, reviews and trace for these answers, as JSON values."""
    try:
        today = date.fromisoformat(on) if on else timezone.localdate()
    except ValueError:
        raise Refusal("bad_date", f"«{on}» no es una fecha; escríbala como 2026-03-31.") from None
    found = evaluate(program, typed(program, answers, today=today, city=city), today=today, city=city)
    seen = form(program, answers, today=today, city=city)
    return {
        "procedure": program.definition.sheet.key,
        "version": program.version,
        "outcome": found.outcome,
        "outcome_label": LABELS[found.outcome],
        "reasons": list(found.reasons),
        "conditions": list(found.conditions),
        "missing": list(found.missing),
        "fee": None if found.fee is None else str(found.fee),
        "paid": paid_when(program, found),
        "reviews": [one.agency for one in reviews_of(program, found)],
        "inspections": [program.definition.inspections[at].agency for at in found.inspections],
        "signature": found.needs_signature,
        "next_step": seen.next_step,
        "errors": seen.errors,
        "screens": [
            {"id": one.screen.id, "fields": [field.path for field in one.fields]} for one in seen.screens
        ],
        "values": {name: shown(value) for name, value in found.values.items()},
        "trace": [line.plain() for line in found.trace],
    }
