"""The inbox's rows of a case, made from what its events add up to: one per agency that has, had or will have a turn."""

from datetime import date

from alcaldia.procedures import definitions, lasting
from alcaldia.procedures.models import Case, Turn
from alcaldia.procedures.rules import flow
from alcaldia.procedures.rules.deadlines import Clock
from alcaldia.procedures.rules.flow import Pending, State

WITH_THE_PERSON = {State.AWAITING_PAYMENT, State.CORRECTION_REQUESTED}
LIVE = {
    State.WAITING_LIST,
    State.SUBMITTED,
    State.IN_REVIEW,
    State.INSPECTION,
    State.TO_SIGN,
    *WITH_THE_PERSON,
}


def rewrite(row: Case, after: flow.Case, on: date) -> None:
    """Bring the turns of the case up to its state; what an official took stays theirs."""
    if not (_in_turns(after) or _visited(after) or after.appeal):
        # Decided at once, or not paid yet: nobody ever had a turn.
        return
    kept = {(one.agency, one.kind): one for one in row.turns.all()}
    for turn in wanted(row, after, on):
        old = kept.pop((turn.agency, turn.kind), None)
        if old and turn.kind == Turn.Kind.INSPECTION and old.state == turn.state == Turn.State.OPEN:
            # Its days count from when it was theirs, not from what happened since.
            turn.opened_on, turn.due_on = old.opened_on, old.due_on or _visit_due(row, old)
        if old is None:
            turn.save(force_insert=True)
        elif _differs(old, turn):
            # The day on which something done was due stays as it was, whatever calendar is loaded by now.
            turn.due_on = old.due_on if turn.state == Turn.State.DONE else turn.due_on
            turn.pk, turn.holder = old.pk, old.holder
            if not (old.state == Turn.State.DONE and turn.state == Turn.State.OPEN):
                # A second appeal is a turn anew; any other goes on.
                turn.escalated_on = turn.escalated_on or old.escalated_on
                turn.opened_on = old.opened_on or turn.opened_on
            turn.save(force_update=True)


def _differs(old: Turn, new: Turn) -> bool:
    if old.state == new.state == Turn.State.DONE:
        return old.opinion != new.opinion
    return (old.state, old.due_on, old.opinion, old.escalated_on, old.signer) != (
        new.state, new.due_on, new.opinion, new.escalated_on or old.escalated_on, new.signer,
    )  # fmt: skip


def _in_turns(after: flow.Case) -> bool:
    return after.clock is not None or after.pays_first == "before_review" or after.waited


def _visited(after: flow.Case) -> bool:
    return after.visit is not None and after.visit.clock is not None


def wanted(row: Case, after: flow.Case, on: date) -> list[Turn]:
    """The turns as they should be now."""
    return [
        *(_before(row, after, on) if _in_turns(after) else ()),
        *_after(row, after),
        *_appeal(row, after),
    ]


def _before(row: Case, after: flow.Case, on: date) -> list[Turn]:
    made = [_review(row, after, one) for one in after.reviews]
    inspection = row.inspection_agency
    if after.needs_inspection and inspection:
        visit = _turn(row, inspection, Turn.Kind.INSPECTION, _state_of(after, State.INSPECTION), on, after)
        visit.due_on = _visit_due(row, visit)
        visit.escalated_on = _since(visit.state, after.inspection_escalated or after.escalated)
        made.append(visit)
    decision = _turn(row, row.agency, Turn.Kind.DECISION, _state_of(after, State.TO_SIGN), on, after)
    decision.signer = _signer(row, after)
    return [*made, decision]


def _signer(row: Case, after: flow.Case) -> str:
    """The post that its definition names, where a person must sign."""
    if not after.needs_signature:
        return ""
    asked = definitions.pinned(row.definition).definition.signature
    return asked.post if asked else Turn.ANY_SIGNER


def _visit_due(row: Case, visit: Turn) -> date | None:
    """The day by which its definition says that they go, or that of the whole request where it is sooner."""
    whole = row.due_on
    if visit.opened_on is None:
        return whole
    declared = definitions.pinned(row.definition).definition.inspections
    days = next(
        one.days for one in declared if one.agency == visit.agency and one.moment == "before_decision"
    )
    own = lasting.days_after(row, visit.opened_on, days)
    return min((day for day in (whole, own) if day is not None), default=None)


def _after(row: Case, after: flow.Case) -> list[Turn]:
    """The visit after the paper, and who says what follows from a bad one."""
    visit = after.visit
    if visit is None or visit.clock is None:
        return []
    going = after.state in (State.ISSUED, State.APPEALED)
    state = Turn.State.OPEN if going and not visit.result else Turn.State.DONE
    made = [_dated(row, visit.agency, Turn.Kind.VERIFICATION, state, visit.clock)]
    made[0].escalated_on = _since(state, visit.escalated)
    if visit.follow_up:
        state = Turn.State.OPEN if going and visit.adverse else Turn.State.DONE
        made.append(_dated(row, row.agency, Turn.Kind.FOLLOW_UP, state, visit.follow_up))
        made[1].escalated_on = _since(state, visit.escalated)
        made[1].signer = Turn.ANY_SIGNER
    return made


def _appeal(row: Case, after: flow.Case) -> list[Turn]:
    """Who answers an appeal; another one, after the first was answered, is a turn anew."""
    if after.appeal is None:
        return []
    state = Turn.State.OPEN if after.state is State.APPEALED else Turn.State.DONE
    made = _dated(row, row.agency, Turn.Kind.APPEAL, state, after.appeal)
    made.escalated_on, made.signer = _since(state, after.appeal_escalated), Turn.ANY_SIGNER
    return [made]


def _dated(row: Case, agency: str, kind: str, state: str, clock: Clock) -> Turn:
    return Turn(
        case=row, municipality=row.municipality, agency=agency, kind=kind, state=state, procedure=row.procedure,
        opened_on=clock.started, due_on=_due(row, clock, state),
    )  # fmt: skip


def _review(row: Case, after: flow.Case, one: Pending) -> Turn:
    state = Turn.State.WAITING
    if one.opinion or after.state not in LIVE or flow.joined(after) != "open":
        state = Turn.State.DONE
    elif after.state in WITH_THE_PERSON:
        state = Turn.State.CITIZEN
    elif one.clock:
        state = Turn.State.OPEN
    return Turn(
        case=row, municipality=row.municipality, agency=one.agency, kind=Turn.Kind.REVIEW, state=state,
        procedure=row.procedure, opened_on=one.clock.started if one.clock else None, due_on=_due(row, one.clock, state), opinion=one.opinion,
        escalated_on=_since(state, one.escalated or after.escalated),
    )  # fmt: skip


def _state_of(after: flow.Case, mine: State) -> str:
    order = [State.SUBMITTED, State.IN_REVIEW, State.INSPECTION, State.TO_SIGN]
    if after.state in WITH_THE_PERSON:
        return Turn.State.CITIZEN
    if after.state is State.WAITING_LIST:
        return Turn.State.WAITING
    if after.state is mine:
        return Turn.State.OPEN
    earlier = after.state in order and order.index(after.state) < order.index(mine)
    return Turn.State.WAITING if earlier else Turn.State.DONE


def _turn(row: Case, agency: str, kind: str, state: str, on: date, after: flow.Case) -> Turn:
    return Turn(
        case=row, municipality=row.municipality, agency=agency, kind=kind, state=state, procedure=row.procedure,
        opened_on=on if state == Turn.State.OPEN else None, due_on=_due(row, after.clock, state), escalated_on=_since(state, after.escalated),
    )  # fmt: skip


def _due(row: Case, clock: Clock | None, state: str) -> date | None:
    """Until when, for what is still to be done: a term of years ago needs no calendar of its years."""
    if clock is None or state == Turn.State.DONE:
        return None
    return lasting.due(row, clock)


def _since(state: str, escalated: date | None) -> date | None:
    """Since when whoever heads the agency has it too; only what is still to be done passes to them."""
    return escalated if state == Turn.State.OPEN else None
