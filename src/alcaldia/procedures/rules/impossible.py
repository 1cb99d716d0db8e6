"""What no definition can mean: a name that fits in no address, a term that is over before it begins, two things called alike."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from alcaldia.kernel.shape import Path, Problem
from alcaldia.kernel.text import slug
from alcaldia.procedures.rules.definition import DataField, Definition
from alcaldia.procedures.rules.program import Program

Found = Iterator[Problem]


def check(program: Program) -> Found:
    """Every figure and name of the file that could not be served as it is written."""
    definition = program.definition
    yield from _sheet(definition)
    yield from _screens(definition)
    yield from _terms(definition)
    for name, field in definition.data.items():
        yield from _field(("data", name), name, field)


def _sheet(definition: Definition) -> Found:
    sheet = definition.sheet
    if sheet.key != slug(sheet.key) or not sheet.key:
        better = slug(sheet.key)
        advice = f"; por ejemplo «{better}»" if better else ""
        text = f"«{sheet.key}» no cabe en una dirección; use letras minúsculas sin acento, números y guiones{advice}"
        yield Problem(("sheet", "key"), "bad_key", text)
    if not sheet.channels:
        text = "nadie podría empezarlo; diga al menos uno: portal, kiosk, counter o api"
        yield Problem(("sheet", "channels"), "no_channel", text)


def _screens(definition: Definition) -> Found:
    for one in _twice(step.id for step in definition.steps):
        text = f"dos pantallas se llaman «{one}» y nadie llegaría a la segunda; dé a cada una su propio id"
        yield Problem(("steps",), "screen_twice", text)


def _terms(definition: Definition) -> Found:
    sheet = definition.sheet
    yield from _at_least(0, ("sheet", "deadline", "amount"), sheet.deadline.amount)
    yield from _at_least(0, ("sheet", "appeal", "amount"), sheet.appeal.amount)
    if sheet.validity:
        yield from _at_least(1, ("sheet", "validity", "amount"), sheet.validity.amount)
    for part in ("reviews", "inspections"):
        for at, one in enumerate(getattr(definition, part)):
            yield from _at_least(1, (part, at, "days"), one.days)
    for at, agenda in enumerate(definition.appointments):
        yield from _at_least(1, ("appointments", at, "minutes"), agenda.minutes)
        yield from _at_least(1, ("appointments", at, "capacity"), agenda.capacity)


def _at_least(least: int, path: Path, value: int) -> Found:
    if value < least:
        yield Problem(path, "bad_days", f"{value} no puede ser; escriba {least} o más")


def _field(path: Path, name: str, field: DataField) -> Found:
    if field.min is not None and field.max is not None and field.min > field.max:
        text = f"nada puede ser {field.min} o más y {field.max} o menos; cambie min por max"
        yield Problem((*path, "min"), "bad_limits", text)
    for one in _twice(option.value for option in field.options):
        text = f"«{name}» tiene dos opciones «{one}» y ninguna regla las distinguiría; dé a cada una su value"
        yield Problem((*path, "options"), "option_twice", text)
    for key, inner in (field.fields or {}).items():
        yield from _field((*path, "fields", key), key, inner)


def _twice(names: Iterable[Any]) -> list[Any]:
    return [one for one, many in Counter(names).items() if many > 1]
