"""What a case is at a moment of its life: the values that rules/flow.py moves from one event to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from alcaldia.procedures.rules.deadlines import Clock
from alcaldia.procedures.rules.states import State

Silence = Literal["favourable", "unfavourable", "escalate"]


@dataclass(frozen=True)
class Event:
    """Something that happened to a case, on a day of the municipality, with its facts."""

    kind: str
    on: date
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pending:
    """An agency's turn: its term, what its silence means, and after whom. `clock` is None until its turn."""

    agency: str
    days: int
    silence: Silence
    after: tuple[str, ...] = ()
    clock: Clock | None = None
    opinion: Literal["", "favourable", "unfavourable"] = ""
    by_silence: bool = False
    escalated: date | None = None


@dataclass(frozen=True)
class Visit:
    """A visit after the paper: whose, its clock once issued, how it went, and the clock of who decides on a bad one."""

    agency: str
    days: int
    clock: Clock | None = None
    result: str = ""
    follow_up: Clock | None = None
    upheld: bool = False
    escalated: date | None = None

    @property
    def pending(self) -> bool:
        """Whether somebody still has to go."""
        return self.clock is not None and not self.result

    @property
    def adverse(self) -> bool:
        """Whether a person still has to say what follows from it."""
        return self.follow_up is not None and not self.upheld

    @property
    def waits(self) -> Clock | None:
        """The clock of whoever has to go, or then of whoever decides; `escalated` is that of this one."""
        return self.follow_up if self.adverse else self.clock if self.pending else None


@dataclass(frozen=True)
class Case:
    """Everything that the events so far add up to. `told_on`: when the person had the resolution, or its paper;
    `disputed`: the bank took the payment back; `appeal`: the clock of who answers one.
    """

    state: State = State.DRAFT
    definition: str = ""
    tacit: Literal["approval", "denial", "none"] = "none"
    join: Literal["all", "majority", "any_denies"] = "all"
    needs_inspection: bool = False
    inspected: bool = False
    inspection_escalated: date | None = None
    needs_signature: bool = False
    term: int = 0
    clock: Clock | None = None
    pays_first: Literal["", "before_submission", "before_review"] = ""
    pay_by: date | None = None
    waited: bool = False
    reviews: tuple[Pending, ...] = ()
    corrections: int = 0
    correction_due: date | None = None
    fee: Decimal = Decimal(0)
    paid: str = ""
    disputed: bool = False
    outcome: str = ""
    told_on: date | None = None
    appeal: Clock | None = None
    appeal_escalated: date | None = None
    by_silence: bool = False
    document: str = ""
    valid_until: date | None = None
    escalated: date | None = None
    visit: Visit | None = None
    destroyed: bool = False
    events: int = 0
    last_on: date | None = None

    @property
    def fruitless(self) -> bool:
        """Whether nothing comes of it any more: ended without a paper that holds, or denied (an appeal that is won opens another)."""
        return self.state in (State.WITHDRAWN, State.LAPSED, State.ANNULLED) or self.outcome == "denied"

    @property
    def owes(self) -> bool:
        return self.fee > 0 and not self.paid
