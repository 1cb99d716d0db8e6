"""The tests that travel with a definition: given these answers, expect this."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from alcaldia.procedures.rules import routing
from alcaldia.procedures.rules.definition import Trial
from alcaldia.procedures.rules.evaluate import Evaluation, evaluate, reviews_of
from alcaldia.procedures.rules.form import form, typed
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.values import shown

DAY = date(2026, 6, 15)
"""Today, for tests that do not say another day."""


def run(program: Program, trial: Trial) -> Evaluation:
    """The evaluation of a trial's answers."""
    today = date.fromisoformat(trial.today) if trial.today else DAY
    return evaluate(program, typed(program, trial.given, today=today), today=today)


def failures(program: Program) -> Iterator[tuple[int, str]]:
    """Position and sentence of each test that does not give what it expects."""
    for at, trial in enumerate(program.definition.tests):
        name = trial.name or f"prueba {at + 1}"
        if odd := sorted(set(trial.given) - set(program.definition.data)):
            yield at, f"{name}: «{odd[0]}» no es un dato de este trámite"
            continue
        found = run(program, trial)
        for key, wanted in trial.expect.items():
            seen = observed(program, trial, found, key)
            if not same(seen, wanted):
                yield at, f"{name}: se esperaba {key} = {shown(wanted)} y sale {shown(seen)}"


def observed(program: Program, trial: Trial, found: Evaluation, key: str) -> Any:
    """What `expect` may name: outcome, fee, paid (when), reviews, inspections, appointments, missing, reason, errors, or any
    name of the file.
    """
    if key == "reviews":
        return [one.agency for one in reviews_of(program, found)]
    if key == "inspections":
        return [program.definition.inspections[at].agency for at in found.inspections]
    if key == "appointments":
        return [program.definition.appointments[at].agenda for at in found.appointments]
    if key == "paid":
        return routing.pays_first(program.definition, found, routing.route(program, found)) or "before_issue"
    if key == "errors":
        today = date.fromisoformat(trial.today) if trial.today else DAY
        return sorted(form(program, trial.given, today=today).errors)
    if key == "reason":
        return " ".join(found.reasons)
    named = {
        "outcome": found.outcome,
        "fee": found.fee,
        "missing": list(found.missing),
        "signature": found.needs_signature,
    }
    return named[key] if key in named else found.values.get(key)


def same(seen: Any, wanted: Any) -> bool:
    """Figures by value, dates by their text, yes and no by their words."""
    if isinstance(seen, bool):
        return bool(wanted in (seen, "si" if seen else "no"))
    if isinstance(seen, Decimal):
        try:
            return seen == Decimal(str(wanted))
        except InvalidOperation:
            return False
    if isinstance(seen, date):
        return bool(seen.isoformat() == wanted)
    return bool(seen == wanted)
