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
    """Who asks what: the value of the lookup's `by`, and what else it tells (`with`), by the register's own names.

    `parcel` is the key of the parcel that the request is about, "" without one; `day` the day asked about, where the lookup
    names one; `papers` the procedures whose papers count. What is blank is not told.
    """

    town: Municipality
    program: Program
    value: str
    told: Mapping[str, Any] = field(default_factory=dict)
    parcel: str = ""
    today: date = date.min
    day: date | None = None
    papers: tuple[str, ...] = ()


Registry = Callable[[Question], Items]
