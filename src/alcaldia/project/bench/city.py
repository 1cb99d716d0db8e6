"""A generated city for measuring: lots with jittered corners, zones across them, many dense layers.

Deterministic for a seed. Simpler than a real cadastre (quads of five vertices): Comodoro Rivadavia
is measured beside it where its files are at hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import shapely
from django.db import connection, transaction
from pyproj import Transformer

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.land import geostore, tables
from alcaldia.land.models import ActivityRow, Dataset, Feature, NormRow, Parcel, UseCellRow, Version

SLUG = "banco-de-pruebas"
SRID = 32613
EAST, NORTH = 745_000.0, 2_298_000.0
LOT_W, LOT_H = 12.0, 22.0
STREET = 0.9  # share of a cell that the lot fills
ACTIVITIES = [f"72{n:04d}" for n in range(2500, 2600)]
CHUNK = 20_000
_TO_DEGREES = Transformer.from_crs(SRID, 4326, always_xy=True)


@dataclass(frozen=True)
class City:
    """What a benchmark needs to ask: keys, ids, and points inside lots."""

    keys: list[str]
    ids: list[str]
    points: list[tuple[float, float]]


def build(parcels: int = 300_000, zones: int = 500, layers: int = 150, seed: int = 7) -> City:
    """Fill the database of this home. The same seed gives the same city on both engines."""
    rng = np.random.default_rng(seed)
    town = Municipality.objects.create(slug=SLUG, name="Banco de pruebas", srid=SRID, publication=1)
    columns = int(parcels**0.5 * (LOT_H / LOT_W) ** 0.5)
    width, height = columns * LOT_W, -(-parcels // columns) * LOT_H
    with transaction.atomic():
        _parcels(town, parcels, columns, rng)
        _zones(town, zones, width, height, rng)
        for number in range(layers):
            _layer(town, number, width, height, rng)
    if connection.vendor == "postgresql":  # as its own housekeeping does within a minute
        connection.cursor().execute("ANALYZE")
    pick = rng.integers(0, parcels, 4000)
    return City(
        [f"P{i:07d}" for i in pick], [f"id{i:07d}" for i in pick], [_inside(int(i), columns) for i in pick]
    )


def _inside(index: int, columns: int) -> tuple[float, float]:
    row, column = divmod(index, columns)
    lon, lat = _TO_DEGREES.transform(EAST + (column + 0.45) * LOT_W, NORTH + (row + 0.45) * LOT_H)
    return float(lon), float(lat)


def _version(town: Municipality, kind: str, name: str = "", **described: Any) -> Version:
    dataset = Dataset.objects.create(municipality=town, kind=kind, name=name, title=name or kind, **described)
    version = Version.objects.create(dataset=dataset, number=1, sha256="0" * 64, file_name="generado")
    dataset.current = version
    dataset.save(update_fields=["current"])
    return version


def _shape_columns(shapes: Any) -> Iterator[dict[str, Any]]:
    degrees = shapely.transform(shapes, lambda xy: np.column_stack(_TO_DEGREES.transform(xy[:, 0], xy[:, 1])))
    columns = zip(
        shapely.to_wkb(degrees), shapely.to_wkb(shapes), shapely.area(shapes).tolist(), shapely.bounds(degrees).tolist(),
        strict=True,
    )  # fmt: skip
    for geom, metric, area, (minx, miny, maxx, maxy) in columns:
        yield {
            "geom": geom,
            "metric": metric,
            "area_m2": area,
            "minx": minx,
            "miny": miny,
            "maxx": maxx,
            "maxy": maxy,
        }


def _parcels(town: Municipality, count: int, columns: int, rng: Any) -> None:
    version = _version(town, "parcels")
    for start in range(0, count, CHUNK):
        index = np.arange(start, min(start + CHUNK, count))
        row, column = np.divmod(index, columns)
        west, south = EAST + column * LOT_W, NORTH + row * LOT_H
        shake = rng.uniform(-0.3, 0.3, (len(index), 4, 2))
        corners = np.stack(
            [
                np.column_stack((west + x * LOT_W, south + y * LOT_H))
                for x, y in ((0, 0), (STREET, 0), (STREET, STREET), (0, STREET))
            ],
            axis=1,
        )
        shapes = shapely.polygons(corners + shake)
        rows = [
            _parcel(int(i), columns, fields) for i, fields in zip(index, _shape_columns(shapes), strict=True)
        ]
        tables.insert(rows, version.pk)
    geostore.index_version("land_parcel", version.pk)


def _parcel(index: int, columns: int, fields: dict[str, Any]) -> Parcel:
    street = f"Calle {index // columns}"
    return Parcel(
        source_row=index,
        key=f"P{index:07d}",
        public_id=f"id{index:07d}",
        documented_area_m2=Decimal(f"{fields['area_m2']:.2f}"),
        street=street,
        search=fold(street),
        number=str(index % columns),
        neighbourhood=f"Colonia {index // 5000}",
        postcode="47600",
        current_use=("habitacional", "comercial", "baldío")[index % 3],
        footprint_m2=Decimal(100),
        built_m2=Decimal(180),
        levels=index % 4,
        year_built=1950 + index % 70,
        land_value_m2=Decimal(1000 + index % 5000),
        **fields,
    )


def _zones(town: Municipality, count: int, width: float, height: float, rng: Any) -> None:
    version = _version(town, "zones", instrument="Plan de prueba")
    side = int(count**0.5)
    shapes = _mosaic(side, -(-count // side), width, height, rng)[:count]
    rows = [
        Feature(source_row=i, code=f"Z{i:03d}", name=f"Zona {i}", **f)
        for i, f in enumerate(_shape_columns(shapes))
    ]
    tables.insert(rows, version.pk)
    geostore.index_version("land_feature", version.pk)
    norms = _version(town, "norms", instrument="Plan de prueba")
    limits = {
        "cos": "0.7",
        "cus": "2.1",
        "levels": "3",
        "height": "10",
        "setback_front": "1",
        "setback_side": "0",
        "setback_rear": "1",
    }
    table = [
        NormRow(
            zone_code=f"Z{i:03d}",
            parameter=name,
            bound="min" if name.startswith("setback") else "max",
            value=Decimal(value),
            article="art. 1",
        )
        for i in range(count)
        for name, value in limits.items()
    ]
    tables.insert(table, norms.pk)
    activities = _version(town, "activities")
    tables.insert([ActivityRow(code=c, name=f"Giro {c}", impact=2) for c in ACTIVITIES], activities.pk)
    matrix = _version(town, "use-matrix", instrument="Plan de prueba")
    answers = ("permitted", "conditional", "prohibited", "")
    tables.insert(
        [
            UseCellRow(zone_code=f"Z{i:03d}", activity_code=c, value=answers[(i + n) % 4])
            for i in range(count)
            for n, c in enumerate(ACTIVITIES)
        ],
        matrix.pk,
    )


def _mosaic(columns: int, rows: int, width: float, height: float, rng: Any) -> Any:
    """Cells that tile the city; inner corners moved, each edge broken into ten, so that they cross lots."""
    xs = np.linspace(EAST - 50, EAST + width + 50, columns + 1)
    ys = np.linspace(NORTH - 50, NORTH + height + 50, rows + 1)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    grid[1:-1, 1:-1] += rng.uniform(-40, 40, (rows - 1, columns - 1, 2))
    cells = []
    for r in range(rows):
        for c in range(columns):
            ring = (grid[r, c], grid[r, c + 1], grid[r + 1, c + 1], grid[r + 1, c], grid[r, c])
            cells.append(shapely.segmentize(shapely.Polygon(ring), 60.0))
    return np.array(cells, dtype=object)


def _layer(town: Municipality, number: int, width: float, height: float, rng: Any) -> None:
    """About 200 polygons that cover nearly everything: at most points nearly every layer is hit.

    One layer in fifteen tightens rulings.
    """
    rule = {"effect": "informs", "text": "Aviso."} if number % 15 == 0 else {}
    version = _version(town, "layer", f"capa-{number:03d}", theme=f"Tema {number % 10}", rule=rule)
    shapes = _mosaic(14, 14, width, height, rng)
    rows = [
        Feature(source_row=i, code=str(i), name=f"Polígono {i}", **f)
        for i, f in enumerate(_shape_columns(shapes))
    ]
    tables.insert(rows, version.pk)
    geostore.index_version("land_feature", version.pk)
