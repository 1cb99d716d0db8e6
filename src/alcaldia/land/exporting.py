"""A municipality as open files: `municipality.toml`, GeoJSON for what is drawn, CSV for tables."""

import csv
import json
from pathlib import Path
from typing import Any

import orjson
import shapely

from alcaldia.kernel.csv_cells import csv_safe
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.importing.recipe import DESCRIPTION
from alcaldia.land.models import (
    ActivityRow,
    CrosswalkRow,
    Dataset,
    Feature,
    LandValueRow,
    NormRow,
    Parcel,
    UseCellRow,
)
from alcaldia.land.rules.validity import Validity

TABLES: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "norms": (NormRow, ("zone_code", "instrument", "article", "page", "url", "valid_from", "valid_to")),
    "use-matrix": (
        UseCellRow, ("zone_code", "activity_code", "value", "conditions", "max_area_m2", "max_impact", "low_confidence", "article", "page"),
    ),
    "activities": (ActivityRow, ("code", "name", "group", "impact", "synonyms")),
    "land-values": (LandValueRow, ("code", "name", "fiscal_year", "value_m2")),
    "crosswalk": (CrosswalkRow, ("from_code", "to_code", "note")),
}  # fmt: skip
PARCEL_FIELDS = (
    "key", "documented_area_m2", "street", "number", "neighbourhood", "postcode", "current_use", "street_class", "front_m",
    "footprint_m2", "built_m2", "levels", "year_built", "land_value_m2",
)  # fmt: skip


def export(town: Municipality, folder: Path) -> list[Path]:
    """Write the municipality's published data into an empty or new folder; returns the files made."""
    if folder.exists() and any(folder.iterdir()):
        raise Refusal("folder_not_empty", f"La carpeta «{folder.name}» no está vacía. Indique una nueva.")
    folder.mkdir(parents=True, exist_ok=True)
    files, entries = [], []
    for dataset in (
        Dataset.objects.filter(municipality=town, current__isnull=False)
        .select_related("current")
        .order_by("pk")
    ):
        stem = f"layer-{dataset.name}" if dataset.kind == "layer" else dataset.kind
        tabular = dataset.kind in TABLES
        path = folder / f"{stem}.{'csv' if tabular else 'geojson'}"
        _write_table(dataset, path) if tabular else _write_features(dataset, path)
        entries.append(_entry(dataset, path.name))
        files.append(path)
    recipe = folder / "municipality.toml"
    recipe.write_text(_recipe(town, entries), encoding="utf-8")
    return [recipe, *files]


def _write_features(dataset: Dataset, path: Path) -> None:
    model: type[Any] = Parcel if dataset.kind == "parcels" else Feature
    names = PARCEL_FIELDS if dataset.kind == "parcels" else ("code", "name")
    with path.open("wb") as out:
        out.write(b'{"type":"FeatureCollection","features":[')
        for position, row in enumerate(
            model.objects.filter(version=dataset.current_id).order_by("source_row").iterator(2000)
        ):
            shape = (
                None
                if row.geom is None
                else json.loads(shapely.to_geojson(shapely.from_wkb(bytes(row.geom))))
            )
            properties = {**row.attributes, **{name: _plain(getattr(row, name)) for name in names}}
            feature = {"type": "Feature", "properties": properties, "geometry": shape}
            out.write((b",\n" if position else b"\n") + orjson.dumps(feature))
        out.write(b"\n]}\n")


def _write_table(dataset: Dataset, path: Path) -> None:
    model, names = TABLES[dataset.kind]
    if dataset.kind == "norms":
        names = (*names, "parameter", "bound", "value", "condition", "raw")
    rows = model.objects.filter(version=dataset.current_id).order_by("pk")
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        for row in rows.iterator(2000):
            writer.writerow([csv_safe(_cell(getattr(row, name))) for name in names])


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else float(value)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def _entry(dataset: Dataset, file: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": dataset.kind, "file": file, "title": dataset.title}
    if dataset.kind == "layer":
        entry["layer"] = dataset.name
    for name in DESCRIPTION[1:]:  # the title is written above
        if getattr(dataset, name):
            entry[name] = getattr(dataset, name)
    if dataset.current:
        entry |= Validity(dataset.current.valid_from, dataset.current.valid_to).texts()
    names = PARCEL_FIELDS if dataset.kind == "parcels" else () if dataset.kind in TABLES else ("code", "name")
    return {**entry, "map": {name: name for name in names}} if names else entry


def _recipe(town: Municipality, entries: list[dict[str, Any]]) -> str:
    head: dict[str, Any] = {
        "slug": town.slug,
        "name": town.name,
        "state": town.state,
        "country": town.country,
        "timezone": town.timezone,
    }
    if "srid_from_data" not in town.settings:
        head["srid"] = town.srid
    plain = {
        key: value
        for key, value in town.settings.items()
        if not isinstance(value, dict) and key != "srid_from_data"
    }
    lines = [f"{key} = {_toml(value)}" for key, value in {**head, **plain}.items()]
    for key, value in town.settings.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{_key(name)} = {_toml(item)}" for name, item in value.items())]
    for entry in entries:
        lines += ["", "[[datasets]]", *(f"{name} = {_toml(item)}" for name, item in entry.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """A TOML value; strings as JSON strings, which TOML reads the same."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return (
        name
        if name.isascii() and name.replace("_", "").replace("-", "").isalnum()
        else json.dumps(name, ensure_ascii=False)
    )
