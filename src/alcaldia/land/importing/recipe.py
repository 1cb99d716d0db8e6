"""`municipality.toml`: a municipality as a folder of data, read strictly."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.text import slug as to_slug
from alcaldia.land.importing import columns, reference
from alcaldia.land.importing.staging import Options
from alcaldia.land.rules.types import Policy
from alcaldia.land.rules.validity import Validity
from alcaldia.land.rules.validity import read as read_validity

NAME = "municipality.toml"
COLUMNS = {"name", "state", "country", "srid", "timezone"}
DESCRIPTION = (
    "title",
    "theme",
    "responsible",
    "origin",
    "licence",
    "instrument",
    "style",
    "rule",
    "used_in_ruling",
)
VALIDITY = ("valid_from", "valid_to")
CITATION = ("instrument", "article", "url")
DATASET_KEYS = {"kind", "file", "layer", "key", "srid", "map", *DESCRIPTION, *CITATION, *VALIDITY}
RULED = {"parcels", "zones", "norms", "use-matrix", "activities", "crosswalk"}


@dataclass(frozen=True)
class Source:
    """One dataset of a recipe: its kind, its file and what is said about it."""

    kind: str
    file: Path
    options: Options


@dataclass(frozen=True)
class Recipe:
    """A municipality as its folder describes it; `given` are columns of Municipality."""

    slug: str
    given: dict[str, Any]
    sources: tuple[Source, ...]


def read(folder: Path, data_folder: Path) -> Recipe:
    """The recipe in `folder`. `data_folder` is where files of a recipe with `data = "…"` live.

    Refuses unknown keys, an unsound reference system and files that are not there.
    """
    path = folder / NAME
    if not path.is_file():
        raise NotFound(
            "no_recipe", f"No encuentro {NAME} en «{folder.name}». Indique la carpeta del municipio."
        )
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("bad_recipe", f"{NAME} no se puede leer: {error}. Corrija ese renglón.") from error
    base = data_folder / str(given.pop("data")) if "data" in given else folder
    slug = str(given.pop("slug", ""))
    if not slug or slug != to_slug(slug) or not given.get("name"):
        raise Refusal("bad_recipe", f"{NAME} necesita slug (minúsculas, números y guiones) y name.")
    sources = tuple(_source(item, base) for item in given.pop("datasets", []))
    _check_ruling(given.get("ruling", {}))
    if "srid" in given:
        reference.check_metric(int(given["srid"]))
    town = {key: given.pop(key) for key in sorted(COLUMNS) if key in given}
    return Recipe(slug, {**town, "settings": given}, sources)


def _source(item: dict[str, Any], base: Path) -> Source:
    unknown = sorted(set(item) - DATASET_KEYS)
    if unknown or item.get("kind") not in columns.FIELDS or "file" not in item:
        detail = f"clave desconocida «{unknown[0]}»" if unknown else "falta kind o file, o kind no existe"
        raise Refusal("bad_recipe", f"{NAME}, conjunto «{item.get('file', '?')}»: {detail}.")
    file = base / str(item["file"])
    if not file.is_file():
        raise NotFound(
            "no_data",
            f"Falta el archivo {item['file']}. Póngalo en la carpeta de datos, o indique esa carpeta con ALCALDIA_DATA.",
        )
    described = {key: item[key] for key in DESCRIPTION if key in item}
    described.setdefault("used_in_ruling", item["kind"] in RULED or bool(item.get("rule")))
    options = Options(
        layer=str(item.get("layer", "")), key=str(item.get("key", "")), srid=item.get("srid"), mapping=item.get("map", {}),
        description=described, citation={key: str(item[key]) for key in CITATION if key in item},
        validity=_validity(item),
    )  # fmt: skip
    return Source(str(item["kind"]), file, options)


def _validity(item: dict[str, Any]) -> Validity:
    try:
        return read_validity(*(item.get(name) for name in VALIDITY))
    except ValueError as error:
        detail = (
            f"{NAME}, conjunto «{item['file']}»: valid_from y valid_to son fechas como 2026-01-31, en orden."
        )
        raise Refusal("bad_recipe", detail) from error


def _check_ruling(ruling: dict[str, Any]) -> None:
    known = {item.name for item in fields(Policy)}
    unknown = sorted(set(ruling) - known)
    if unknown:
        raise Refusal(
            "bad_recipe", f"[ruling] no conoce «{unknown[0]}». Puede usar: {', '.join(sorted(known))}."
        )
