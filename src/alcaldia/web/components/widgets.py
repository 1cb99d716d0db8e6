"""How a field of a procedure is drawn and read back: the same in every face. No rule here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from alcaldia.kernel.text import named, whole_number
from alcaldia.procedures.choosing import Choice
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.form import FieldView, ScreenView

MOST_RADIOS = 9
WIDGETS = {
    "long_text": "textarea", "yes_no": "radios", "choice": "radios", "choices": "checks", "file": "file",
    "group": "rows", "place": "text", "address": "text", "parcel": "parcel",
}  # fmt: skip
MODES = {"number": "decimal", "integer": "numeric", "money": "decimal", "phone": "tel", "postcode": "numeric", "date": "numeric", "email": "email"}  # fmt: skip
COMPLETE = {"email": "email", "phone": "tel", "postcode": "postal-code", "address": "street-address"}
ACCEPTS = {"pdf": ".pdf,application/pdf", "image": "image/jpeg,image/png,image/webp", "dwg": ".dwg", "video": "video/mp4"}  # fmt: skip
YES_NO = (Choice("si", "Sí"), Choice("no", "No"))
ADD, REMOVE = "_agregar", "_quitar"


@dataclass(frozen=True)
class Widget:
    """What a template needs to draw one field."""

    name: str
    kind: str
    label: str
    help: str
    why: str
    value: Any
    error: str
    required: bool
    unit: str
    mode: str
    complete: str
    accepts: str
    options: tuple[Choice, ...] = ()
    rows: tuple[tuple["Widget", ...], ...] = ()
    attached: str = ""
    chosen: str = ""
    known: str = ""

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-")

    @property
    def described(self) -> str:
        """Ids for aria-describedby."""
        parts = (("-help", self.help or self.why), ("-known", self.known), ("-error", self.error))
        return " ".join(f"{self.id}{end}" for end, text in parts if text)


@dataclass
class Extras:
    """What only the page knows: suggestions to choose from, names of attached files, labels of chosen keys."""

    options: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    attached: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    """Where an answer that the person did not write comes from, in words."""
    revealed: frozenset[str] = frozenset()
    """Fields that an answer has just made apply: asked now, so nothing is wrong with them yet."""


def widgets(screen: ScreenView, extras: Extras, *, errors: bool) -> list[Widget]:
    """The fields of a screen; errors only after the person answered."""
    return [widget(one, extras, errors=errors) for one in screen.fields]


def widget(view: FieldView, extras: Extras, *, errors: bool) -> Widget:
    """One field, with the rows of a group."""
    one, name = view.field, view.path
    options = extras.options.get(name) or _options(one)
    kind = "radios" if name in extras.options else WIDGETS.get(one.type, "text")
    if kind == "radios" and len(options) > MOST_RADIOS and name not in extras.options:
        kind = "select"
    rows = tuple(tuple(widget(cell, extras, errors=errors) for cell in row) for row in view.rows)
    if one.type == "group" and not rows:
        rows = (tuple(_blank(name, 0, inner, spec) for inner, spec in (one.fields or {}).items()),)
    error = extras.errors.get(name) or (view.error if errors and name not in extras.revealed else "")
    return Widget(
        name, kind, named(one.label), named(one.help) if one.help else "", named(one.why) if one.why else "", _value(one, extras.typed.get(name, view.value)), error, one.required,
        one.unit, MODES.get(one.type, ""), COMPLETE.get(one.type, ""), ",".join(ACCEPTS[kind] for kind in one.accepts),
        options, rows, extras.attached.get(name, ""), extras.chosen.get(name, ""), extras.known.get(name, ""),
    )  # fmt: skip


def _blank(group: str, at: int, name: str, spec: DataField) -> Widget:
    view = FieldView(f"{group}.{at}.{name}", spec, None, "")
    return widget(view, Extras(), errors=False)


def _options(one: DataField) -> tuple[Choice, ...]:
    if one.type == "yes_no":
        return YES_NO
    return tuple(Choice(option.value, named(option.label)) for option in one.options)


def _value(one: DataField, value: Any) -> Any:
    if one.type == "yes_no" and value not in (None, ""):
        return "si" if value in (True, "si", "sí", "true", "on") else "no"
    if one.type == "choices":
        return [value] if isinstance(value, str) else list(value or ())
    return "" if value is None else value


def answers(screen: ScreenView, posted: QueryDict | Mapping[str, Any]) -> dict[str, Any]:
    """What the person answered on a screen, by name; files are not here."""
    found: dict[str, Any] = {}
    for view in screen.fields:
        if view.field.type == "file":
            continue
        if view.field.type == "group":
            found[view.path] = _rows(view, posted)
        elif view.field.type == "choices":
            found[view.path] = (
                posted.getlist(view.path) if isinstance(posted, QueryDict) else posted.get(view.path)
            )
        else:
            found[view.path] = posted.get(view.path, "")
    return found


def _rows(view: FieldView, posted: QueryDict | Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows named ``group.N.field``; empty ones are dropped, the one whose button was pressed too."""
    names = list((view.field.fields or {}).keys())
    numbers = sorted({at for key in posted if (at := _row_of(key, view.path)) is not None})
    gone = str(posted.get(f"{view.path}{REMOVE}", ""))
    rows = [
        {name: posted.get(f"{view.path}.{at}.{name}", "") for name in names}
        for at in numbers
        if str(at) != gone
    ]
    kept = [row for row in rows if any(str(value).strip() for value in row.values())]
    return [*kept, dict.fromkeys(names, "")] if f"{view.path}{ADD}" in posted else kept


def _row_of(key: str, group: str) -> int | None:
    parts = key.split(".")
    return whole_number(parts[1], digits=3) if len(parts) == 3 and parts[0] == group else None


def changes_rows(posted: Iterable[str]) -> bool:
    """Whether the person pressed a button that adds or takes away a row: the page stays where it is."""
    return any(name.endswith((ADD, REMOVE)) for name in posted)
