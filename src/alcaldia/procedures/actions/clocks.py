"""What time does to cases: silence, tacit decisions, lapses. Run by the worker; each case in its own transaction,
so that one that fails holds up nobody (the rest go on and the failure is reported).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

import structlog
from django.db import transaction

from alcaldia.kernel.models import Municipality
from alcaldia.procedures import engine, filestore, forgetting, loose, renewing, reserving, settling, telling
from alcaldia.procedures.actions import waiting
from alcaldia.procedures.actions.deciding import after_decision, after_turn, rules_of
from alcaldia.procedures.calendars import calendar_of, today
from alcaldia.procedures.engine import Held
from alcaldia.procedures.models import Attachment, Case, Draft, Place, Turn
from alcaldia.procedures.rules.flow import State

BY, CHANNEL = "clock", "worker"
BATCH = 500
log = structlog.get_logger()


@dataclass
class Run:
    """What one round did; `failed` are folios that could not be moved."""

    silent: int = 0
    escalated: int = 0
    tacit: int = 0
    lapsed: int = 0
    drafts: int = 0
    renewals: int = 0
    counted: int = 0
    freed: int = 0
    offered: int = 0
    destroyed: int = 0
    failed: list[str] = field(default_factory=list)


def run(town: Municipality, on: date | None = None) -> Run:
    """Everything that falls due up to that day. Running it twice changes nothing more."""
    day, done = on or today(town), Run()
    for folio in _uncounted(town):
        _each(done, folio, lambda folio=folio: _count(folio, done))  # type: ignore[misc]
    for turn in _turns(town, day, Turn.Kind.REVIEW):
        _each(done, turn.case.folio, lambda turn=turn: _silence(turn, day, done))  # type: ignore[misc]
    for turn in _turns(town, day, Turn.Kind.INSPECTION):
        _each(done, turn.case.folio, lambda turn=turn: _late_inspection(turn, day, done))  # type: ignore[misc]
    for turn in _turns(town, day, Turn.Kind.VERIFICATION):
        _each(done, turn.case.folio, lambda turn=turn: _late_visit(turn, day, done))  # type: ignore[misc]
    for turn in _turns(town, day, Turn.Kind.FOLLOW_UP):
        _each(done, turn.case.folio, lambda turn=turn: _undecided(turn, day, done))  # type: ignore[misc]
    for turn in _turns(town, day, Turn.Kind.APPEAL):
        _each(done, turn.case.folio, lambda turn=turn: _late_appeal(turn, day, done))  # type: ignore[misc]
    for folio in _folios(town, day, (State.SUBMITTED, State.IN_REVIEW, State.INSPECTION, State.TO_SIGN)):
        _each(done, folio, lambda folio=folio: _tacit(folio, day, done))  # type: ignore[misc]
    for folio in _folios(town, day, (State.CORRECTION_REQUESTED,)):
        _each(done, folio, lambda folio=folio: _lapse(folio, day, done))  # type: ignore[misc]
    for folio in _ended(town, day):
        _each(done, folio, lambda folio=folio: _destroy(folio, day, done))  # type: ignore[misc]
    for place in reserving.over(town, day):
        _each(done, place.case.folio, lambda place=place: _free(place, done))  # type: ignore[misc]
    for folio in waiting.offer_all(town):
        _each(done, folio, lambda folio=folio: _offer(folio, done))  # type: ignore[misc]
    for folio in renewing.ending(town, day, BATCH):
        _each(done, folio, lambda folio=folio: _remind(folio, day, done))  # type: ignore[misc]
    done.drafts = _forget_drafts(town, day)
    return done


def _each(done: Run, folio: str, act: Callable[[], None]) -> None:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - one broken case must not keep the others of a city waiting
        log.warning("case_clock_failed", folio=folio, code=getattr(error, "code", type(error).__name__))
        done.failed.append(folio)


def _turns(town: Municipality, day: date, kind: str) -> Iterator[Turn]:
    rows = Turn.objects.filter(
        municipality=town, kind=kind, state=Turn.State.OPEN, due_on__lt=day, escalated_on=None
    )
    yield from rows.select_related("case").order_by("due_on")[:BATCH]


def _folios(town: Municipality, day: date, states: tuple[State, ...]) -> list[str]:
    rows = Case.objects.filter(municipality=town, state__in=states, due_on__lt=day, escalated_on=None)
    return list(rows.order_by("due_on").values_list("folio", flat=True)[:BATCH])


def _uncounted(town: Municipality) -> list[str]:
    """Cases that waited for days of rest that are loaded by now."""
    years = [*calendar_of(town).years]
    rows = Case.objects.filter(municipality=town, awaits_year__in=years)
    return list(rows.values_list("folio", flat=True)[:BATCH])


def _count(folio: str, done: Run) -> None:
    with transaction.atomic():
        engine.recount(folio)
    done.counted += 1


def _silence(turn: Turn, day: date, done: Run) -> None:
    """The agency's silence speaks as its rule says; where it may not, its head is told once."""
    with transaction.atomic():
        held = engine.hold(turn.case.folio)
        pending = next((one for one in held.state.reviews if one.agency == turn.agency), None)
        if pending is None or pending.opinion or held.state.state is not State.IN_REVIEW:
            return
        if pending.silence == "escalate":
            _escalate(held, [turn.agency], day, done)
            return
        facts = {"agency": turn.agency, "silence": True}
        held = engine.append(held, "opinion_given", facts, by=BY, channel=CHANNEL, on=day)
        held = after_turn(held, by=BY, channel=CHANNEL)
        done.silent += 1


def _late_inspection(turn: Turn, day: date, done: Run) -> None:
    """Nobody went in the days of the visit, and the request still has days: who heads the agency that should have gone is told."""
    with transaction.atomic():
        held = engine.hold(turn.case.folio)
        own = turn.due_on is not None and (held.row.due_on is None or turn.due_on < held.row.due_on)
        if held.state.state is State.INSPECTION and own:
            more = {"inspection": True, "until": turn.due_on}
            _escalate(held, [turn.agency], day, done, **more)


def _late_visit(turn: Turn, day: date, done: Run) -> None:
    """Nobody went to verify in time: the paper stands, and who heads the agency is told."""
    with transaction.atomic():
        _escalate(engine.hold(turn.case.folio), [turn.agency], day, done, visit=True)


def _undecided(turn: Turn, day: date, done: Run) -> None:
    """Nobody decided on a visit that went badly: the paper stands, and who heads the agency is told; an appeal goes first."""
    with transaction.atomic():
        held = engine.hold(turn.case.folio)
        if held.state.state is State.ISSUED:
            _escalate(held, [turn.agency], day, done, visit=True)


def _late_appeal(turn: Turn, day: date, done: Run) -> None:
    """Nobody answered an appeal in time: who heads the agency is told once."""
    with transaction.atomic():
        _escalate(engine.hold(turn.case.folio), [turn.agency], day, done, appeal=True)


def _tacit(folio: str, day: date, done: Run) -> None:
    with transaction.atomic():
        held: Held = engine.hold(folio)
        unknown = held.state.tacit == "approval" and settling.asked(rules_of(held), held.state)
        if held.state.tacit == "none" or unknown:
            untold = held.row.turns.filter(state=Turn.State.OPEN, escalated_on=None).order_by("pk")
            agencies = list(dict.fromkeys(untold.values_list("agency", flat=True)))
            # What silence would grant for nothing, because no rule could say what it costs, a person resolves.
            _escalate(held, agencies, day, done, term=True, **({"fee_unknown": True} if unknown else {}))
            return
        facts = {"reasons": [TACIT[held.state.tacit]], "bases": [_basis(held)]}
        held = engine.append(held, "term_passed", facts, by=BY, channel=CHANNEL, on=day)
        held = after_decision(held, by=BY, channel=CHANNEL)
        done.tacit += 1


def _free(place: Place, done: Run) -> None:
    reserving.expire(place)
    done.freed += 1


def _offer(folio: str, done: Run) -> None:
    done.offered += waiting.offer(folio, by=BY, channel=CHANNEL)


def _escalate(held: Held, agencies: list[str], day: date, done: Run, **more: bool | date | None) -> None:
    engine.append(held, "escalated", {"agencies": agencies, **more}, by=BY, channel=CHANNEL, on=day)
    done.escalated += 1


TACIT = {
    "approval": "Venció el plazo sin respuesta de la autoridad; la ley lo tiene por resuelto a favor.",
    "denial": "Venció el plazo sin respuesta de la autoridad; la ley lo tiene por negado y se puede impugnar.",
}


def _basis(held: Held) -> str:
    from alcaldia.procedures import definitions

    return (
        definitions.pinned(held.row.definition).definition.sheet.tacit_basis
        or "Ley de procedimiento administrativo"
    )


def _ended(town: Municipality, day: date) -> list[str]:
    rows = Case.objects.filter(municipality=town, keep_until__lt=day).order_by("keep_until")
    return list(rows.values_list("folio", flat=True)[:BATCH])


def _destroy(folio: str, day: date, done: Run) -> None:
    done.destroyed += forgetting.carry_out(folio, on=day, by=BY, channel=CHANNEL)


def _lapse(folio: str, day: date, done: Run) -> None:
    with transaction.atomic():
        held = engine.append(engine.hold(folio), "lapsed", {}, by=BY, channel=CHANNEL, on=day)
        loose.drop(held.row)
        done.lapsed += 1


def _remind(folio: str, day: date, done: Run) -> None:
    """A paper ends soon: its person is told once, unless they renew it already."""
    with transaction.atomic():
        row = engine.hold(folio).row
        if row.reminded_on or row.valid_until is None:
            return
        row.reminded_on = day
        engine.write(row, "reminded_on")
        if not renewing.under_way([row]):
            done.renewals += telling.remind_renewal(row, row.valid_until)


def _forget_drafts(town: Municipality, day: date) -> int:
    """Drafts that expired are deleted with what they held, files too; those that were sent left theirs to the case."""
    rows = Draft.objects.filter(municipality=town, expires_on__lt=day)
    with transaction.atomic():
        filestore.drop(Attachment.objects.filter(draft__in=rows))
        return rows.delete()[0]
