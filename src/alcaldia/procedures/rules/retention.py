"""How long a request's data stay: until it has ended and its appeal term is over; then what the definition says of each.

`delete` destroys the datum. `anonymise` cuts the whole request from its person and leaves the datum, which lies readable.
"""

from dataclasses import dataclass
from datetime import date

from alcaldia.procedures.rules import appeals, privacy
from alcaldia.procedures.rules.deadlines import Calendar
from alcaldia.procedures.rules.flow import Case, State
from alcaldia.procedures.rules.program import Program

ENDED = frozenset({State.ISSUED, State.ANNULLED, State.WITHDRAWN, State.LAPSED})


@dataclass(frozen=True)
class Plan:
    """Names of data to destroy, and of those that stay and belong to nobody any more."""

    delete: tuple[str, ...]
    anonymise: tuple[str, ...]

    @property
    def cut(self) -> bool:
        """Whether what links the request to its person is destroyed too."""
        return bool(self.anonymise)

    def __bool__(self) -> bool:
        return bool(self.delete or self.anonymise)


def plan(program: Program) -> Plan:
    """What the definition wants done with its data in the end."""
    data = program.definition.data
    found = {
        want: tuple(name for name, one in data.items() if one.keep == want)
        for want in ("delete", "anonymise")
    }
    return Plan(found["delete"], found["anonymise"])


def due(program: Program, case: Case, calendar: Calendar) -> date | None:
    """The day after which it is carried out; None while the request goes on, or where nothing is to be done or is done."""
    if not plan(program) or case.destroyed or case.state not in ENDED or case.last_on is None:
        return None
    if case.visit is not None and case.state is State.ISSUED and (case.visit.pending or case.visit.adverse):
        return None
    return appeals.working_days(calendar, case.last_on, program.definition.sheet.appeal.amount)


def kept_apart(program: Program) -> frozenset[str]:
    """Sealed data that will be destroyed one by one, and so lie one by one."""
    return privacy.names(program) & set(plan(program).delete)
