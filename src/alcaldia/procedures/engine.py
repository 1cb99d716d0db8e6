"""The one way in which a case changes: an event that rules/flow.py accepts, its act, and the columns that follow.

Everything happens in the caller's transaction with the case's row held, so two officials who decide at once
are answered one after the other and the second is refused.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Prefetch
from django.utils import timezone

from alcaldia.agenda import actions as appointments
from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.procedures import definitions, events, lasting, reserving
from alcaldia.procedures.calendars import calendar_of, today
from alcaldia.procedures.models import Case, CaseEvent
from alcaldia.procedures.rules import deadlines, flow, retention
from alcaldia.procedures.rules.flow import Event, Pending, State
from alcaldia.procedures.subjects import subject_of
from alcaldia.procedures.telling import tell
from alcaldia.procedures.turns import rewrite

FOLLOWING = (
    "state",
    "outcome",
    "fee",
    "document",
    "due_on",
    "closed_at",
    "escalated_on",
    "keep_until",
    "valid_until",
)
"""The columns of a case that its events alone decide."""
_HELD = Prepared(
    lambda folio: (
        Case.objects.select_for_update(of=("self",))
        .select_related("municipality", "definition")
        .filter(folio=folio)
    ),
    str,
)
_EVENTS = Prepared(lambda case: CaseEvent.objects.filter(case_id=case).order_by("number"), int)
UNTIL = {
    State.CORRECTION_REQUESTED: lambda case: case.correction_due,
    State.AWAITING_PAYMENT: lambda case: case.pay_by,
}
"""Until when the person has, in the states in which the city waits for them."""
RUNNING = {State.SUBMITTED, State.IN_REVIEW, State.INSPECTION, State.TO_SIGN}
"""The states in which the city's clock runs; afterwards the day on which it was due stays as it was."""
SENT = "submitted"
CLOSED = {State.ISSUED, State.ANNULLED, State.WITHDRAWN, State.LAPSED}


@dataclass(frozen=True)
class Held:
    """A case whose row this transaction holds, and what its events add up to."""

    row: Case
    state: flow.Case
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Facts, as JSON values, of the last event of each kind."""

    @property
    def town(self) -> Municipality:
        return self.row.municipality


_waiting: ContextVar[dict[int, tuple[Case, set[str]]] | None] = ContextVar("waiting", default=None)


@contextmanager
def moving() -> Iterator[None]:
    """Several events of a case at once, in the caller's transaction: its columns are written when they are over.

    Its row is wide and much indexed; sending and deciding at once wrote it three times.
    """
    if _waiting.get() is not None:
        yield
        return
    token = _waiting.set({})
    try:
        yield
        _write_waiting()
    finally:
        _waiting.reset(token)


def write(row: Case, *columns: str) -> None:
    """Keep these columns of a case: now, or when what moves it is over."""
    waiting = _waiting.get()
    if waiting is None:
        row.save(update_fields=columns)
        return
    if row.pk in waiting and waiting[row.pk][0] is not row:
        _write_waiting()
    waiting.setdefault(row.pk, (row, set()))[1].update(columns)


def _write_waiting() -> None:
    waiting = _waiting.get() or {}
    while waiting:
        _, (row, columns) = waiting.popitem()
        row.save(update_fields=sorted(columns))


def hold(folio: str) -> Held:
    """The case with its row locked until the transaction ends. Raises NotFound, RuntimeError outside one."""
    if not connection.in_atomic_block:
        raise RuntimeError("a case changes inside a transaction")
    _write_waiting()
    row = _HELD.first(folio)
    if row is None:
        raise NotFound("unknown_case", "No hay una solicitud con ese folio. Revíselo letra por letra.")
    events = events_of(row)
    state = flow.replay([as_event(one) for one in events])
    told: dict[str, Mapping[str, Any]] = {}
    for one in events:
        told.pop(one.kind, None)
        told[one.kind] = one.facts
    return Held(row, state, told)


def state_of(row: Case) -> flow.Case:
    """What the events of a case add up to."""
    return flow.replay(history(row))


def history(row: Case) -> list[Event]:
    """The events of a case as the rules know them, oldest first."""
    return [as_event(one) for one in events_of(row)]


def events_of(row: Case) -> list[CaseEvent]:
    """The kept events of a case, oldest first; asked for unless a list fetched them with WITH_EVENTS."""
    fetched = getattr(row, "_prefetched_objects_cache", {}).get("events")
    return list(fetched) if fetched is not None else _EVENTS(row.pk)


WITH_EVENTS = Prefetch("case__events", CaseEvent.objects.order_by("number"))
"""For lists of turns: the events of all of their cases in one question."""


def as_event(one: CaseEvent) -> Event:
    """A kept event as the rules know it."""
    return Event(one.kind, one.on, _facts(one.facts))


def append(
    held: Held, kind: str, facts: Mapping[str, Any], *, by: str, channel: str, on: date | None = None
) -> Held:
    """Let it happen. Raises Refusal where the rules do not allow it; then nothing changed."""
    row, day = held.row, on or day_of(held)
    event = Event(kind, day, facts)
    after = flow.apply(held.state, event, calendar_of(held.town))
    plain = {name: _plain(value) for name, value in facts.items()}
    CaseEvent.objects.create(
        case=row,
        number=after.events,
        kind=kind,
        on=day,
        facts=plain,
        by=by,
        channel=channel,
        at=timezone.now(),
    )
    act = {"folio": row.folio, "procedure": row.procedure, "version": row.definition.version, "number": after.events,
           "on": day, "facts": plain}  # fmt: skip
    record(Act(events.CASE.format(kind), row.folio, act, held.town), by=by, channel=channel)
    waited, row.awaits_year = row.awaits_year, None
    _follow(row, after)
    if kind == SENT and after.clock:
        # Nothing begins that nobody could say the end of; what has begun goes on (lasting.py).
        deadlines.due(calendar_of(held.town), after.clock)
    reserving.follow(row, after, kind)
    if after.fruitless:
        # Others may have the seat, and nobody is reminded of what they withdrew or was denied.
        appointments.give_up(subject=subject_of(row.folio), by=by, channel=channel)
    rewrite(row, after, day)
    if row.awaits_year or waited:
        write(row, "awaits_year")
    tell(row, kind, after.events, plain)
    # Last in the order too: `facts_of` looks for the newest of several kinds.
    earlier = {name: told for name, told in held.told.items() if name != kind}
    return Held(row, after, {**earlier, kind: plain})


def recount(folio: str) -> None:
    """Say until when, of a case of which it was unknown: nothing happened to it but that a calendar was loaded."""
    held = hold(folio)
    row, row.awaits_year = held.row, None
    if held.state.state in RUNNING:
        row.due_on = lasting.due(row, held.state.clock) if held.state.clock else None
    rewrite(row, held.state, day_of(held))
    write(row, "due_on", "awaits_year")


def day_of(held: Held) -> date:
    """Today in the municipality; what follows at once from an event of a later day happens on that day."""
    now = today(held.town)
    return max(now, held.state.last_on) if held.state.last_on else now


def facts_of(held: Held, *kinds: str) -> Mapping[str, Any]:
    """The facts of the last event of these kinds, {} where there is none."""
    return next((facts for kind, facts in reversed(list(held.told.items())) if kind in kinds), {})


def note(folio: str, kind: str, body: Mapping[str, Any], *, by: str, channel: str) -> None:
    """An act about a case that does not move it. In the caller's transaction."""
    held = hold(folio)
    record(Act(events.CASE.format(kind), folio, {"folio": folio, **body}, held.town), by=by, channel=channel)


def _follow(row: Case, after: flow.Case) -> None:
    row.state, row.outcome, row.fee = after.state.value, after.outcome, after.fee
    row.document, row.escalated_on = after.document, after.escalated
    # Papers of before the events said it have theirs from their act (migration 0017).
    row.valid_until = after.valid_until or row.valid_until
    if after.state in RUNNING:
        row.due_on = lasting.due(row, after.clock) if after.clock else None
    if after.state in UNTIL:
        row.due_on = UNTIL[after.state](after)
    row.closed_at = timezone.now() if after.state in CLOSED else None
    row.keep_until = retention.due(definitions.pinned(row.definition), after, calendar_of(row.municipality))
    write(row, *FOLLOWING)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Pending):
        return {name: one for name, one in asdict(value).items() if name in PENDING}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


DAYS = {"pay_by", "until", "valid_until"}
PENDING = ("agency", "days", "silence", "after")


def _facts(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they were before they became JSON."""
    found = dict(plain)
    if "fee" in found:
        found["fee"] = Decimal(found["fee"])
    for name in DAYS.intersection(found):
        found[name] = date.fromisoformat(found[name])
    if "reviews" in found:
        found["reviews"] = tuple(
            Pending(one["agency"], one["days"], one["silence"], tuple(one["after"]))
            for one in found["reviews"]
        )
    return found
