"""Writes the town as a municipality folder: the same files that any town would bring."""

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import orjson
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from alcaldia.land.demo import accounts as people
from alcaldia.land.demo import buildings, frame, layers, parcels, tables, zoning
from alcaldia.land.demo.lot import Lot
from alcaldia.land.demo.parcels import Town

SRID = 6368
PLAZA = (-102.6, 20.8)
SEED = 1810
_DECIMALS = 8
"""Degrees with 8 decimals: a millimetre on the ground."""


def generate(
    into: Path, *, seed: int = SEED, accounts: Callable[[Iterable[dict[str, str]]], None] = lambda rows: None
) -> Path:
    """Draw the town and write its folder; returns its municipality.toml. Existing files are replaced.

    Who owns what and who owes is never written: it is handed to `accounts`.
    """
    rng = np.random.default_rng(seed)
    town = parcels.build(frame.build(), rng)
    buildings.raise_all(town.lots, rng)
    into.mkdir(parents=True, exist_ok=True)
    _write_maps(into, town, rng)
    _write_tables(into)
    accounts(people.rows(town.lots, rng))
    return Path(shutil.copyfile(tables.FOLDER / "municipality.toml", into / "municipality.toml"))


def _write_maps(into: Path, town: Town, rng: np.random.Generator) -> None:
    names = tables.zone_names()
    _geojson(into / "parcels.geojson", [(lot.shape, _attributes(lot)) for lot in town.lots])
    built = [(lot.building, _building(lot)) for lot in town.lots if lot.building is not None]
    _geojson(into / "buildings.geojson", built)
    _geojson(into / "neighbourhoods.geojson", layers.neighbourhoods(town))
    zones = [(zone.shape, {"codigo": zone.code, "nombre": names[zone.code]}) for zone in zoning.draw(town)]
    _geojson(into / "zones.geojson", zones)
    for name, rows in layers.draw(town, rng).items():
        _geojson(into / "layers" / f"{name}.geojson", rows)


def _write_tables(into: Path) -> None:
    _csv(into / "norms.csv", tables.norm_rows())
    _csv(into / "activities.csv", tables.read("activities"))
    _csv(into / "use-matrix.csv", tables.matrix_rows())
    _csv(into / "land-values.csv", tables.land_value_rows())


def _attributes(lot: Lot) -> dict[str, object]:
    return {
        "clave": lot.key, "superficie": lot.facts["superficie"], "calle": lot.street, "numero": lot.number,
        "colonia": lot.neighbourhood.name, "cp": lot.neighbourhood.postcode, "uso": lot.use,
        "frente": round(lot.front, 2) or None, "tipo_calle": lot.street_class if lot.street else "",
        "niveles": lot.facts["niveles"], "superficie_construida": lot.facts["superficie_construida"],
        "huella": lot.facts["huella"], "anio": lot.facts["anio"], "valor_m2": lot.facts["valor_m2"],
    }  # fmt: skip


def _building(lot: Lot) -> dict[str, object]:
    levels = int(lot.facts["niveles"] or 1)
    return {
        "clave": lot.key,
        "niveles": levels,
        "altura": round(levels * 3.1, 1),
        "anio": lot.facts["anio"],
        "uso": lot.use,
    }


def _geojson(path: Path, rows: Iterable[tuple[BaseGeometry, Mapping[str, object]]]) -> None:
    """Features in WGS84, one per line so that a person can read a difference between two files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shapes, facts = zip(*rows, strict=True)
    features = [
        b'{"type":"Feature","properties":%b,"geometry":%b}' % (orjson.dumps(fact), text.encode())
        for fact, text in zip(facts, shapely.to_geojson(_to_degrees(np.array(shapes))), strict=True)
    ]
    path.write_bytes(b'{"type":"FeatureCollection","features":[\n' + b",\n".join(features) + b"\n]}\n")


def _to_degrees(shapes: np.ndarray) -> np.ndarray:
    to_metres = Transformer.from_crs(4326, SRID, always_xy=True)
    east, north = to_metres.transform(*PLAZA)

    def place(points: np.ndarray) -> np.ndarray:
        lon, lat = to_metres.transform(points[:, 0] + east, points[:, 1] + north, direction="INVERSE")
        return np.column_stack([lon, lat])

    # Rounding can fold a thin corner over itself; set_precision rounds and keeps every ring valid.
    return np.asarray(shapely.set_precision(shapely.transform(shapes, place), 10.0**-_DECIMALS))


def _csv(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(listed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)
