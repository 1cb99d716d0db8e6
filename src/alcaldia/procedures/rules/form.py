"""What to ask, in which order, and what is wrong with the answers: the one form that every window draws.

Promises: the portal, the kiosk, the counter, the API and the designer's preview all call `form`; a field that
does not apply is never asked and its answer is forgotten; an error stands at its field and says what to write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alcaldia.kernel.text import sentence
from alcaldia.procedures.rules import validators
from alcaldia.procedures.rules.computing import Undefined
from alcaldia.procedures.rules.definition import DataField, Screen
from alcaldia.procedures.rules.evaluate import City, environment
from alcaldia.procedures.rules.program import Program
from alcaldia.procedures.rules.validators import Mistyped
from alcaldia.procedures.rules.values import UNKNOWN

NEEDED = "Falta este dato."
MAX_ROWS = 50


@dataclass(frozen=True)
class FieldView:
    """A field as a window draws it. `value` is as typed by the person; `path` is its name in the form."""

    path: str
    field: DataField
    value: Any
    error: str
    rows: tuple[tuple["FieldView", ...], ...] = ()


@dataclass(frozen=True)
class ScreenView:
    """A screen with the fields that apply; `done` when none has an error."""

    screen: Screen
    fields: tuple[FieldView, ...]

    @property
    def done(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> dict[str, str]:
        """Path of the field → sentence."""
        cells = [cell for one in self.fields for row in one.rows for cell in row]
        return {one.path: one.error for one in (*self.fields, *cells) if one.error}


@dataclass(frozen=True)
class Form:
    """All screens that apply. `next_step` is the first that is not done, "" when the form can be sent."""

    screens: tuple[ScreenView, ...]
    next_step: str
    values: Mapping[str, Any]

    @property
    def errors(self) -> dict[str, str]:
        """The same of all screens."""
        return {path: error for screen in self.screens for path, error in screen.errors.items()}


def asked(program: Program, name: str) -> bool:
    """Whether the person is asked this datum at all."""
    return program.definition.data[name].source == "asked"


def typed(
    program: Program, answers: Mapping[str, Any], *, today: date, city: City | None = None
) -> dict[str, Any]:
    """Answers as typed values: what does not apply or was left blank is None, what was mistyped is unknown.

    Data of registries that are not in `answers` stay absent, which is unknown.
    """
    return _read(program, answers, today, city or City())[0]


def form(program: Program, answers: Mapping[str, Any], *, today: date, city: City | None = None) -> Form:
    """The screens for these answers; unknown names in `answers` are ignored."""
    values, errors, hidden = _read(program, answers, today, city or City())
    screens = []
    for screen in program.definition.steps:
        names = [name for name in screen.fields if name not in hidden and asked(program, name)]
        if names:
            fields = tuple(
                _view(program.definition.data[name], name, answers.get(name), errors) for name in names
            )
            screens.append(ScreenView(screen, fields))
    left = next((one.screen.id for one in screens if not one.done), "")
    return Form(tuple(screens), left, values)


def _view(field: DataField, path: str, value: Any, errors: Mapping[str, str]) -> FieldView:
    rows: list[tuple[FieldView, ...]] = []
    if field.type == "group" and isinstance(value, list | tuple):
        for at, row in enumerate(value[:MAX_ROWS]):
            given = row if isinstance(row, Mapping) else {}
            inner = (field.fields or {}).items()
            rows.append(
                tuple(_view(one, f"{path}.{at}.{name}", given.get(name), errors) for name, one in inner)
            )
    return FieldView(path, field, value, errors.get(path, ""), tuple(rows))


def _read(
    program: Program, answers: Mapping[str, Any], today: date, city: City
) -> tuple[dict[str, Any], dict[str, str], set[str]]:
    """Typed values, errors by path, and the names that do not apply.

    Visibility depends on values and values on visibility: read all, then hide until nothing changes.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, field in program.definition.data.items():
        _one(program, name, field, answers, values, errors)
    hidden: set[str] = set()
    for _ in range(len(program.visible) + 1):
        found = {name for name in program.visible if not _shown(program, name, values, today, city)}
        if found <= hidden:
            break
        hidden |= found
        values.update(dict.fromkeys(hidden))
    kept = {path: text for path, text in errors.items() if path.partition(".")[0] not in hidden}
    return values, kept, hidden


def _one(
    program: Program,
    name: str,
    field: DataField,
    answers: Mapping[str, Any],
    values: dict[str, Any],
    errors: dict[str, str],
) -> None:
    if name not in answers and not asked(program, name):
        return
    value = answers.get(name)
    if value is UNKNOWN:
        return
    try:
        found = _group(field, value, name, errors) if field.type == "group" else validators.read(value, field)
    except Mistyped as mistyped:
        errors[name] = mistyped.sentence
        return
    if found is None and field.required and asked(program, name):
        errors[name] = NEEDED
    elif found is not None or asked(program, name) or name in answers:
        values[name] = found


def _group(field: DataField, value: Any, path: str, errors: dict[str, str]) -> Any:
    if value in (None, "", [], ()):
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        raise Mistyped("Aquí va una lista de renglones.")
    most = min(int(field.max), MAX_ROWS) if field.max else MAX_ROWS
    if len(value) > most:
        raise Mistyped(
            sentence(
                "Cabe %(n)s renglón. Quite los que sobran.",
                "Caben %(n)s renglones. Quite los que sobran.",
                n=most,
            )
        )
    rows = []
    for at, row in enumerate(value):
        found: dict[str, Any] = {}
        for name, one in (field.fields or {}).items():
            try:
                found[name] = validators.read(row.get(name), one)
            except Mistyped as mistyped:
                errors[f"{path}.{at}.{name}"] = mistyped.sentence
                continue
            if found[name] is None and one.required:
                errors[f"{path}.{at}.{name}"] = NEEDED
        rows.append(found)
    return tuple(rows)


def _shown(program: Program, name: str, values: Mapping[str, Any], today: date, city: City) -> bool:
    """A field whose condition is not known yet waits; it is not asked."""
    env = environment(program, values, today, city)
    try:
        for one in program.order:
            if one in program.formulas and program.formulas[one].reads:
                env[one] = program.formulas[one].run(env)
        return program.visible[name].run(env) is True
    except Undefined:
        return False
