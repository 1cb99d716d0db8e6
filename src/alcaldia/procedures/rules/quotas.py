"""What a request takes of something that runs out: how much, for how long, and whether it has to wait in line. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from alcaldia.procedures.rules.computing import Undefined
from alcaldia.procedures.rules.definition import Lookup, Reserve
from alcaldia.procedures.rules.evaluate import Evaluation
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.values import UNKNOWN


@dataclass(frozen=True)
class Wanted:
    """A clause of `reserves` that applies: its position, the lookup that counts it, how much, and for how many days."""

    clause: int
    lookup: str
    units: Decimal
    days: int | None


def lookup_of(program: Program, clause: Reserve) -> str:
    """The name of the lookup that says how much there is."""
    return program.definition.data[clause.of].source.partition(":")[2].partition(".")[0]


def asked_of(program: Program, clause: Reserve) -> Lookup:
    """The lookup itself."""
    return (program.definition.lookups or {})[lookup_of(program, clause)]


def wanted(program: Program, found: Evaluation, today: date) -> tuple[Wanted, ...]:
    """What a favourable answer would take. An amount that is not known takes nothing: a person decides, and counts."""
    env = {**found.values, "hoy": today}
    taken = []
    for at, clause in enumerate(program.definition.reserves):
        units = _figure(program, f"reserves.{at}.units", env)
        if _run(program, f"reserves.{at}", env) is not False and units is not None and units > 0:
            days = _figure(program, f"reserves.{at}.days", env)
            until = None if days is None else int(days)
            taken.append(Wanted(at, lookup_of(program, clause), units.quantize(Decimal("0.0001")), until))
    return tuple(taken)


def left(value: Any, promised: Decimal) -> Any:
    """What a register's figure leaves once so much is promised; yes/no where it is one and it is taken."""
    if isinstance(value, bool):
        return value or promised >= 1
    figure = as_figure(value)
    return value if figure is None else str(max(figure - promised, Decimal(0)))


def offered(value: Any) -> Decimal | None:
    """The figure of a register; of what is one, whether it is free. None where the register does not say."""
    return Decimal(not value) if isinstance(value, bool) else as_figure(value)


def as_figure(value: Any) -> Decimal | None:
    """An exact figure, or None."""
    try:
        return None if value in (None, "", UNKNOWN) else Decimal(str(value))
    except ArithmeticError:
        return None


def as_if_free(program: Program, found: Evaluation, today: date) -> dict[str, Any]:
    """The data of clauses with a waiting list that do not suffice, as they would be with a place; {} where none is short."""
    return dict(_short(program, found, today))


def _short(program: Program, found: Evaluation, today: date) -> Iterator[tuple[str, Any]]:
    for one in wanted(program, found, today):
        clause = program.definition.reserves[one.clause]
        value = found.values.get(clause.of, UNKNOWN)
        free = offered(value)
        if clause.waiting_list and free is not None and free < one.units:
            yield clause.of, False if isinstance(value, bool) else str(one.units)


def _run(program: Program, name: str, env: Mapping[str, Any]) -> Any:
    formula = program.whens.get(name)
    try:
        return None if formula is None else formula.run(env)
    except Undefined:
        return UNKNOWN


def _figure(program: Program, name: str, env: Mapping[str, Any]) -> Decimal | None:
    value = _run(program, name, env)
    return value if isinstance(value, Decimal) else None
