"""What a person may see of their case: where it is, who has it, until when, what they must do. Nothing personal."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.folio import read_folio
from alcaldia.kernel.prepared import Prepared
from alcaldia.kernel.text import named
from alcaldia.procedures import definitions, engine, lasting, representing
from alcaldia.procedures.calendars import calendar_of, today
from alcaldia.procedures.models import Case, CaseEvent, Draft, Turn
from alcaldia.procedures.names import OUTCOMES, agency_name, field_name
from alcaldia.procedures.queries.history import Step, step
from alcaldia.procedures.representing import Acting
from alcaldia.procedures.rules import appeals, flow
from alcaldia.procedures.rules.flow import FAVOURABLE, State
from alcaldia.procedures.rules.program import Program


@dataclass(frozen=True)
class Desk:
    """An agency's part: state waiting, open, done; `due_on` while it runs; `days_left` in working days."""

    agency: str
    kind: str
    what: str
    state: str
    opinion: str
    since: date | None
    due_on: date | None
    days_left: int | None


@dataclass(frozen=True)
class Status:
    """Everything of the status page. `todo` is "" or pay, correct: what only the person can do now."""

    row: Case
    program: Program
    state: flow.Case
    label: str
    todo: str
    desks: tuple[Desk, ...]
    steps: tuple[Step, ...]
    outcome: str
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]
    asked: dict[str, str]
    offers: tuple[str, ...]
    may: frozenset[str]
    rules: dict[str, Any]
    """What the rules said when it was sent, or after the last correction."""
    appeal_until: date | None
    """The last day on which the resolution may be contested; "appealed" is in `may` until then."""
    represented_by: dict[str, str]
    """By what basis and paper somebody sent it in the person's name; {} of one's own."""


_CASE = Prepared(
    lambda folio: Case.objects.select_related("municipality", "definition").filter(folio=folio), str
)
_TURNS = Prepared(lambda case: Turn.objects.filter(case_id=case).order_by("pk"), int)


def case_of(folio: str) -> Case:
    """The case of a folio as people type it. Raises NotFound."""
    named = read_folio(folio) or folio
    found = _CASE.first(named)
    if found is None:
        raise NotFound("unknown_case", "No hay una solicitud con ese folio. Revíselo letra por letra.")
    return found


def status(folio: str) -> Status:
    """The state of a case today. Raises NotFound."""
    row = case_of(folio)
    return _status(row, engine.events_of(row), _TURNS(row.pk))


def statuses(rows: list[Case]) -> list[Status]:
    """The same of many cases, in their order, by as many questions as of one."""
    events: dict[int, list[CaseEvent]] = {row.pk: [] for row in rows}
    turns: dict[int, list[Turn]] = {row.pk: [] for row in rows}
    for one in CaseEvent.objects.filter(case_id__in=events).order_by("case_id", "number"):
        events[one.case_id].append(one)
    for turn in Turn.objects.filter(case_id__in=turns).order_by("pk"):
        turns[turn.case_id].append(turn)
    return [_status(row, events[row.pk], turns[row.pk]) for row in rows]


def _status(row: Case, events: list[CaseEvent], turns: list[Turn]) -> Status:
    state = flow.replay([engine.as_event(one) for one in events])
    program = definitions.pinned(row.definition)
    decided: dict[str, Any] = next(
        (one.facts for one in reversed(events) if one.kind in ("decided", "term_passed")), {}
    )
    rules: dict[str, Any] = next(
        (one.facts["rules"] for one in reversed(events) if one.facts.get("rules")), {}
    )
    correction: dict[str, Any] = next(
        (one.facts for one in reversed(events) if one.kind == "correction_asked"), {}
    )
    waiting = state.state is State.CORRECTION_REQUESTED
    last = appeals.last_day(program.definition.sheet.appeal, state, calendar_of(row.municipality))
    return Status(
        row, program, state, label_of(state), _todo(row, state), _desks(row, program, turns),
        tuple(step(one, program, row.municipality) for one in events if one.kind != "routed"), OUTCOMES.get(state.outcome, ""),
        tuple(map(program.said, decided.get("reasons", ()))), tuple(map(program.said, decided.get("conditions", ()))),
        {field_name(program.definition.data, name): text for name, text in correction.get("messages", {}).items()} if waiting else {},
        tuple(rules.get("offers", ())) if state.outcome == "denied" else (),
        _may(row, state, last), rules, last, _represented_by(events),
    )  # fmt: skip


def _represented_by(events: list[CaseEvent]) -> dict[str, str]:
    facts: dict[str, Any] = next((one.facts for one in events if one.kind == "submitted"), {})
    told = facts.get("represented_by")
    return {"basis": representing.basis_of(facts), "document": told["document"]} if told else {}


def _may(row: Case, state: flow.Case, appeal_until: date | None) -> frozenset[str]:
    """The kinds of event that may follow now."""
    found = frozenset(kind for kind, allowed in flow.TRANSITIONS.items() if state.state in allowed)
    late = appeal_until is not None and today(row.municipality) > appeal_until
    return found - {"appealed"} if late else found


SAID = {"to_pay": "Lista: falta su pago", "denied": "Resuelta: no procede", "ended": "Terminada"}


def label_of(state: flow.Case) -> str:
    """The state in words; what waits for a payment says so."""
    if state.state is State.DECIDED and state.owes and state.outcome in FAVOURABLE:
        return SAID["to_pay"]
    if state.state is State.ISSUED and state.outcome == "denied":
        return SAID["denied"]
    if state.state is State.ISSUED and not state.document:
        return SAID["ended"]
    return flow.LABELS[state.state]


def _todo(row: Case, state: flow.Case) -> str:
    if state.state is State.CORRECTION_REQUESTED:
        return "correct"
    return (
        "pay" if row.order and state.owes and state.state in (State.DECIDED, State.AWAITING_PAYMENT) else ""
    )


def _desks(row: Case, program: Program, turns: list[Turn]) -> tuple[Desk, ...]:
    on = today(row.municipality)
    asks = {one.agency: named(one.asks) for one in program.definition.reviews}
    found = []
    for turn in turns:
        what = asks.get(turn.agency, "") if turn.kind == "review" else turn.get_kind_display()
        left = None
        if turn.state == "open" and turn.due_on:
            left = lasting.days_left(row, on, turn.due_on)
        found.append(
            Desk(
                agency_name(row.municipality, turn.agency),
                turn.kind,
                what,
                turn.state,
                turn.opinion,
                turn.opened_on,
                turn.due_on,
                left,
            )
        )
    return tuple(found)


def of_account(person: str, limit: int = 100) -> list[Case]:
    """The cases of a person's folder, newest first."""
    rows = Case.objects.filter(account=person).select_related("municipality", "definition")
    return list(rows.order_by("-submitted_at")[:limit])


def drafts_of(person: str) -> list[Draft]:
    """What a person began for themselves and did not send yet."""
    return _drafts(person=person, representative="")


def in_the_name_of(acting: Acting) -> tuple[list[Case], list[Draft]]:
    """What whoever acts for somebody sees of their folder: the cases that their mandates cover, the drafts they began."""
    mine = [row for row in of_account(acting.represented) if representing.covers(row, acting)]
    return mine, _drafts(person=acting.represented, representative=acting.representative)


def _drafts(**whose: str) -> list[Draft]:
    rows = Draft.objects.filter(**whose, folio="").select_related("municipality")
    return list(rows.order_by("-changed_at")[:50])
