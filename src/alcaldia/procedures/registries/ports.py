"""What a register is to a procedure: a question about typed answers, and items as plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.procedures.rules.program import Program

Items = Mapping[str, Any]
"""Item → plain value as a person would type it; an item left out is unknown."""


@dataclass(frozen=True)
class Question:
    """Who asks what: the value of the lookup's `by`, and the other answers where a register needs them.

    `day` is the day asked about, where the lookup names one; `papers` are the procedures whose papers count.
    """

    town: Municipality
    program: Program
    value: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    today: date = date.min
    day: date | None = None
    papers: tuple[str, ...] = ()

    def first(self, *names: str) -> Any:
        """The first of these answers that is given."""
        return next((self.answers[name] for name in names if self.answers.get(name) not in (None, "")), None)

    @property
    def parcel(self) -> str:
        """The key of the parcel in the answers, "" where there is none."""
        data = self.program.definition.data
        name = next((one for one, spec in data.items() if spec.type == "parcel"), "")
        return str(self.answers.get(name) or "")


Registry = Callable[[Question], Items]
