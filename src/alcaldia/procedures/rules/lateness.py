"""What a term that nobody kept does where its silence decides nothing: who heads the agency is told, once for each."""

from dataclasses import replace
from datetime import date

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.rules import deadlines
from alcaldia.procedures.rules.deadlines import Calendar, Clock
from alcaldia.procedures.rules.life import Case, Event
from alcaldia.procedures.rules.states import State


def refused(sentence: str) -> Refusal:
    """What may not follow now, and what the person can do."""
    return Refusal("not_now", sentence, status=409)


def passed(calendar: Calendar | None, clock: Clock, on: date, *, then: bool) -> bool:
    """Whether a term had passed on that day; `then` is what was found when it happened."""
    return then if calendar is None else deadlines.certainly_overdue(calendar, clock, on)


def check_passed(calendar: Calendar | None, clock: Clock | None, on: date) -> None:
    """Raises Refusal while the term still runs."""
    if clock is None or not passed(calendar, clock, on, then=True):
        raise refused(RUNS)


def escalated(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts: agencies whose heads are told, each once; and of which term, where it is not that of an opinion (LATE)."""
    late = next((rule for name, rule in LATE.items() if event.facts.get(name)), None)
    if late is not None:
        return late(case, event, calendar)
    [agency] = event.facts["agencies"]
    turn = next((one for one in case.reviews if one.agency == agency), None)
    if turn is None or turn.clock is None or turn.opinion or turn.silence != "escalate" or turn.escalated:
        raise refused("Esta dependencia no tiene una opinión que pase a su titular.")
    check_passed(calendar, turn.clock, event.on)
    told = replace(turn, escalated=event.on)
    return replace(case, reviews=tuple(told if one is turn else one for one in case.reviews))


def _inspection(case: Case, event: Event, calendar: Calendar | None) -> Case:
    """Facts too: until (the last day on which its definition says that they go)."""
    if case.state is not State.INSPECTION or case.inspection_escalated:
        raise refused("No hay una visita pendiente que pase a su titular.")
    if event.on <= event.facts["until"]:
        raise refused(RUNS)
    return replace(case, inspection_escalated=event.on)


def _visit(case: Case, event: Event, calendar: Calendar | None) -> Case:
    visit = case.visit
    if visit is None or visit.waits is None or visit.escalated:
        raise refused("No hay una visita pendiente que pase a su titular.")
    check_passed(calendar, visit.waits, event.on)
    return replace(case, visit=replace(visit, escalated=event.on))


def _appeal(case: Case, event: Event, calendar: Calendar | None) -> Case:
    if case.appeal is None or case.state is not State.APPEALED or case.appeal_escalated:
        raise refused("No hay un recurso pendiente que pase a su titular.")
    check_passed(calendar, case.appeal, event.on)
    return replace(case, appeal_escalated=event.on)


def _term(case: Case, event: Event, calendar: Calendar | None) -> Case:
    speaks = case.tacit != "none" and not (case.tacit == "approval" and event.facts.get("fee_unknown"))
    if speaks or case.escalated:
        raise refused("En este trámite el silencio resuelve, o ya se avisó a quien encabeza la dependencia.")
    check_passed(calendar, case.clock, event.on)
    return replace(case, escalated=event.on)


RUNS = "El plazo todavía no vence. Espere a que pase."
LATE = {"inspection": _inspection, "visit": _visit, "appeal": _appeal, "term": _term}
