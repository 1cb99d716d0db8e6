"""Build the archive of a layer below z15, once for each published version, in the background."""

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db import connection

from alcaldia.land.models import Dataset
from alcaldia.land.plan import Rulebook, Source
from alcaldia.land.tiles import mvt, pmtiles, serve

MIN_ZOOM = 9
# Below this zoom a parcel is smaller than a pixel or two: blocks and zones tell the story.
PARCELS_FROM_ZOOM = 13


def build(source: Source) -> int:
    """Write the archive of one version; returns how many tiles it holds. Safe to run twice."""
    parcels = source.dataset.kind == Dataset.Kind.PARCELS
    rows = _rows(source, parcels)
    if not rows:
        return 0
    low = PARCELS_FROM_ZOOM if parcels else MIN_ZOOM
    zooms = (low, serve.ARCHIVE_TO_ZOOM)
    boxes = [row[0] for row in rows]
    whole = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    made = list(_tiles(source, rows, zooms, parcels))
    name = source.dataset.name or source.dataset.kind
    pmtiles.write(
        serve.archive_path(source),
        made,
        {"name": name, "vector_layers": [{"id": name, "fields": {}}]},
        zooms,
        whole,
    )
    return len(made)


def _rows(source: Source, parcels: bool) -> list[tuple[Any, tuple[Any, ...]]]:
    table = "land_parcel" if parcels else "land_feature"
    columns = serve.PARCEL_COLUMNS if parcels else serve.FEATURE_COLUMNS
    sql = f"SELECT minx, miny, maxx, maxy, {', '.join(columns)} FROM {table} WHERE version_id = %s AND geom IS NOT NULL ORDER BY id"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, (source.version_id,))
        return [(row[:4], row[4:]) for row in cursor.fetchall()]


def _tiles(
    source: Source, rows: list[Any], zooms: tuple[int, int], parcels: bool
) -> Iterator[tuple[int, bytes]]:
    name = source.dataset.name or source.dataset.kind
    for z in range(zooms[0], zooms[1] + 1):
        groups: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for box, row in rows:
            for place in _touched(box, z):
                groups[place].append(row)
        for x, y in sorted(groups, key=lambda place: pmtiles.tile_id(z, *place)):
            data = serve.encode_rows(name, groups[x, y], z, x, y, parcels=parcels)
            if data:
                yield pmtiles.tile_id(z, x, y), serve.compress(data)


def _touched(box: tuple[float, float, float, float], z: int) -> Iterator[tuple[int, int]]:
    """Tiles whose buffered box the shape's box touches."""
    pad = mvt.BUFFER / mvt.EXTENT
    side = 1 << z
    west, south, east, north = box
    x0, x1 = (west / 360 + 0.5) * side - pad, (east / 360 + 0.5) * side + pad
    y0, y1 = _row(north, side) - pad, _row(south, side) + pad
    for x in range(max(math.floor(x0), 0), min(math.floor(x1), side - 1) + 1):
        for y in range(max(math.floor(y0), 0), min(math.floor(y1), side - 1) + 1):
            yield x, y


def _row(latitude: float, side: int) -> float:
    sine = math.sin(math.radians(latitude))
    return (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * side


def build_missing(book: Rulebook) -> int:
    """Archives of every drawn layer that has none yet; returns how many were built."""
    drawn = [book.sources[kind] for kind in serve.DRAWN if kind in book.sources]
    built = 0
    for source in [*drawn, *book.layers.values()]:
        if not serve.archive_path(source).exists():
            built += bool(build(source))
    return built
