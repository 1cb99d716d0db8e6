"""JSON Schema of municipality.toml: its sections as a table, the rest from the tables by which the recipe is read."""

from dataclasses import fields
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

Schema = dict[str, Any]


def _closed(**properties: Schema) -> Schema:
    """An object that takes these keys and no other."""
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


TEXT, WHOLE, TRUTH = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
DAY = {"type": "string", "format": "date"}
COLOUR = {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}
PLACE: dict[str, Schema] = dict.fromkeys(("address", "phone", "hours"), TEXT)
EVENT = {
    "type": "object",
    "required": ["title", "on"],
    **_closed(
        title=TEXT,
        on=DAY,
        time={"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
        minutes=WHOLE,
        place=TEXT,
    ),
}
SECTIONS: dict[str, Schema] = {
    "data": TEXT,
    "theme": {"type": "object", "properties": {"colour": COLOUR, "accent": COLOUR}},
    "calendar": _closed(years=_list(WHOLE), rest_days=_list(DAY)),
    "events": _list(EVENT),
    "registries": {
        "type": "object",
        "properties": {
            "public_debts": TRUTH, "public_water_debts": TRUTH, "schools_layer": TEXT, "rights_of_way": _list(TEXT),
        },
    },
    "procedures": {"type": "object", "additionalProperties": {"type": "object"}},
    "payments": _closed(providers=_list(TEXT, uniqueItems=True)),
    "contact": _closed(
        **PLACE, email=TEXT, complaints=TEXT,
        agencies={"type": "object", "additionalProperties": _closed(**PLACE, head_email=TEXT)},
    ),
    "treasury": _closed(no_debt_basis=TEXT),
}  # fmt: skip
"""What the recipe keeps as settings of the municipality."""

OF_DATASET: dict[str, Schema] = {
    "srid": WHOLE,
    "map": {"type": "object", "additionalProperties": TEXT},
    "style": {"type": "object"},
    "rule": {"type": "object"},
    "used_in_ruling": TRUTH,
}
"""The keys of a dataset that are no text."""


def document() -> Schema:
    """The whole schema. Django must be set up."""
    from alcaldia.land.importing import recipe
    from alcaldia.land.rules.types import Policy

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": recipe.NAME,
        "description": "A municipality as a folder of data; see municipality.md",
        "type": "object",
        "required": ["slug", "name"],
        "properties": {
            "slug": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
            **{name: WHOLE if name == "srid" else TEXT for name in sorted(recipe.COLUMNS)},
            "ruling": _of_dataclass(Policy),
            "extra_cus": _extra(),
            **SECTIONS,
            "datasets": _list(_dataset()),
        },
    }


def _extra() -> Schema:
    from alcaldia.land.rules.extra_intensity import FORMULAS, ExtraIntensity

    found = _of_dataclass(ExtraIntensity)
    found["properties"]["formula"] = {"enum": sorted(FORMULAS)}
    return found


def _dataset() -> Schema:
    from alcaldia.land.importing.columns import FIELDS
    from alcaldia.land.importing.recipe import DATASET_KEYS

    properties = {key: OF_DATASET.get(key, TEXT) for key in sorted(DATASET_KEYS)}
    return {"required": ["kind", "file"], **_closed(**{**properties, "kind": {"enum": sorted(FIELDS)}})}


def _of_dataclass(cls: type) -> Schema:
    hints = get_type_hints(cls)
    return _closed(**{field.name: _of_type(hints[field.name]) for field in fields(cls)})


def _of_type(hint: Any) -> Schema:
    if get_origin(hint) is tuple:
        return _list(TEXT)
    choices = [arg for arg in get_args(hint) if isinstance(arg, str)]
    if choices:
        return {"enum": choices}
    simple = {int: WHOLE, str: TEXT, bool: TRUTH}
    return {"type": "number"} if hint is Decimal or Decimal in get_args(hint) else simple[hint]
