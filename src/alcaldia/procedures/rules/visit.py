"""A visit after the paper, as a case remembers it."""

from dataclasses import dataclass
from datetime import date

from alcaldia.procedures.rules.deadlines import Clock


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
