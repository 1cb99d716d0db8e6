"""Ask every register that a definition names, once, and put the answers under the names of its data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alcaldia.kernel.errors import Refusal, later
from alcaldia.kernel.models import Municipality
from alcaldia.procedures.registries.ports import Items, Question
from alcaldia.procedures.registries.table import LABELS, REGISTRIES
from alcaldia.procedures.rules.definition import Lookup
from alcaldia.procedures.rules.program import Program


@dataclass(frozen=True)
class Consulted:
    """`values` by name of datum, as plain values; `asked` says of each register what it is and what it could not say;
    `away` whether one of them could not be asked now, and may be in a while.
    """

    values: Mapping[str, Any]
    asked: tuple[tuple[str, str], ...]
    away: bool = False


def consult(
    program: Program,
    town: Municipality,
    answers: Mapping[str, Any],
    *,
    today: date,
    only: frozenset[str] | None = None,
) -> Consulted:
    """The data that registers hold for these typed answers. A refusal of a register is a note, never an error.

    With `only`, no other lookups are made.
    """
    found: dict[str, Items] = {}
    asked: list[tuple[str, str]] = []
    away = False
    for name, lookup in (program.definition.lookups or {}).items():
        if only is not None and name not in only:
            continue
        items, note, bad_moment = ask(lookup.registry, question_of(program, town, name, answers, today))
        found[name], away = items, away or bad_moment
        asked.append((lookup.registry, note))
    return Consulted(_named(program, found), tuple(asked), away)


def question_of(
    program: Program, town: Municipality, name: str, answers: Mapping[str, Any], today: date
) -> Question:
    """What the lookup of that name asks with these typed answers."""
    lookup = (program.definition.lookups or {})[name]
    day = answers.get(lookup.on) if lookup.on else None
    asked_for = day if isinstance(day, date) else None
    value, told = _text(answers.get(lookup.by)), told_to(lookup, answers)
    return Question(town, program, value, told, parcel_of(program, answers), today, asked_for, lookup.papers)


def told_to(lookup: Lookup, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What these answers tell the register beside the number it is asked by; what is blank is left out."""
    given = {name: answers.get(datum) for name, datum in lookup.told.items()}
    found = {name: value for name, value in given.items() if value not in (None, "")}
    return {**lookup.fixed, **found} if found else {}


def parcel_of(program: Program, answers: Mapping[str, Any]) -> str:
    """The key of the parcel in the answers, "" where there is none."""
    data = program.definition.data
    name = next((one for one, spec in data.items() if spec.type == "parcel"), "")
    return str(answers.get(name) or "")


def ask(registry: str, question: Question) -> tuple[Items, str, bool]:
    """What a register says, a note where it could not, and whether it may in a while."""
    register = REGISTRIES.get(registry)
    if register is None:
        return {}, f"El municipio no tiene conectado «{LABELS.get(registry, registry)}».", False
    if not question.value and not question.told:
        return {}, "", False
    try:
        return register(question), "", False
    except Refusal as refusal:
        return {}, refusal.detail, later(refusal)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(one) for one in value.values() if one)
    return "" if value is None else str(value)


def _named(program: Program, found: Mapping[str, Items]) -> dict[str, Any]:
    """`source: registry:NAME.ITEM` says under which datum an item goes."""
    values: dict[str, Any] = {}
    for name, spec in program.definition.data.items():
        kind, _, path = spec.source.partition(":")
        lookup, _, item = path.partition(".")
        if kind == "registry" and item in found.get(lookup, {}):
            values[name] = found[lookup][item]
    return values
