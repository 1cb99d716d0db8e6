"""PMTiles v3: write an archive once, then answer tiles from a memory map.

Source: github.com/protomaps/PMTiles, spec/v3. Tiles are gzip-compressed and clustered; the root
directory holds at most 16 kB, the rest goes to leaf directories.
"""

import gzip
import json
import mmap
import os
import struct
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alcaldia.land.tiles.mvt import varint

MAGIC = b"PMTiles\x03"
HEADER = 127
ROOT_LIMIT = 16384 - HEADER
LEAF_ENTRIES = 4096
GZIP, MVT = 2, 1


def tile_id(z: int, x: int, y: int) -> int:
    """The tile's place on the Hilbert curves of all zooms, as the specification numbers them."""
    total = ((1 << (2 * z)) - 1) // 3
    side = 1 << z
    place = 0
    step = side >> 1
    while step:
        rx, ry = int(bool(x & step)), int(bool(y & step))
        place += step * step * ((3 * rx) ^ ry)
        if ry == 0:
            if rx:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        step >>= 1
    return total + place


@dataclass(frozen=True)
class Entry:
    """`run` tiles from `tile` on share the bytes at `offset`; run 0 points to a leaf directory."""

    tile: int
    offset: int
    length: int
    run: int


def write(
    path: Path,
    tiles: Iterable[tuple[int, bytes]],
    metadata: dict[str, Any],
    zooms: tuple[int, int],
    box: tuple[float, float, float, float],
) -> None:
    """Write an archive whole or not at all. `tiles`: (tile_id, gzip bytes), ascending."""
    entries: list[Entry] = []
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path.parent) as body:
        for tile, data in tiles:
            entries.append(Entry(tile, body.tell(), len(data), 1))
            body.write(data)
        size = body.tell()
        root, leaves = _directories(entries)
        meta = gzip.compress(json.dumps(metadata).encode(), mtime=0)
        header = _header(root, meta, leaves, size, len(entries), zooms, box)
        descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".pmtiles.part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(header + root + meta + leaves)
            body.seek(0)
            while chunk := body.read(1 << 20):
                file.write(chunk)
    Path(name).chmod(0o644)
    Path(name).replace(path)


def _header(
    root: bytes,
    meta: bytes,
    leaves: bytes,
    size: int,
    count: int,
    zooms: tuple[int, int],
    box: tuple[float, float, float, float],
) -> bytes:
    at_meta = HEADER + len(root)
    at_leaves = at_meta + len(meta)
    at_tiles = at_leaves + len(leaves)
    places = (
        HEADER,
        len(root),
        at_meta,
        len(meta),
        at_leaves,
        len(leaves),
        at_tiles,
        size,
        count,
        count,
        count,
    )
    corners = [round(degrees * 1e7) for degrees in box]
    centre = (zooms[1], (corners[0] + corners[2]) // 2, (corners[1] + corners[3]) // 2)
    flags = struct.pack("<6B", 1, GZIP, GZIP, MVT, *zooms)
    return (
        MAGIC
        + struct.pack("<11Q", *places)
        + flags
        + struct.pack("<4i", *corners)
        + struct.pack("<B2i", *centre)
    )


def _directories(entries: list[Entry]) -> tuple[bytes, bytes]:
    root = _serialise(entries)
    if len(root) <= ROOT_LIMIT:
        return root, b""
    leaves, pointers = b"", []
    for start in range(0, len(entries), LEAF_ENTRIES):
        part = entries[start : start + LEAF_ENTRIES]
        data = _serialise(part)
        pointers.append(Entry(part[0].tile, len(leaves), len(data), 0))
        leaves += data
    return _serialise(pointers), leaves


def _serialise(entries: list[Entry]) -> bytes:
    out = [varint(len(entries))]
    last = 0
    for entry in entries:
        out.append(varint(entry.tile - last))
        last = entry.tile
    out += [varint(entry.run) for entry in entries]
    out += [varint(entry.length) for entry in entries]
    end = None
    for entry in entries:
        out.append(varint(0 if entry.offset == end else entry.offset + 1))
        end = entry.offset + entry.length
    return gzip.compress(b"".join(out), mtime=0)


def _parse(data: bytes) -> list[Entry]:
    numbers = _numbers(gzip.decompress(data))
    count = next(numbers)
    tiles, last = [], 0
    for _ in range(count):
        last += next(numbers)
        tiles.append(last)
    runs = [next(numbers) for _ in range(count)]
    lengths = [next(numbers) for _ in range(count)]
    entries: list[Entry] = []
    for tile, run, length in zip(tiles, runs, lengths, strict=True):
        given = next(numbers)
        offset = entries[-1].offset + entries[-1].length if given == 0 else given - 1
        entries.append(Entry(tile, offset, length, run))
    return entries


def _numbers(data: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0


class Archive:
    """An open archive: every tile is two binary searches and a slice of a memory map."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[:8] != MAGIC:
            raise ValueError(f"{path.name} no es un archivo PMTiles v3")
        (root, root_len, _, _, self._leaves, _, self._tiles, *_) = struct.unpack_from("<11Q", self._map, 8)
        self.min_zoom, self.max_zoom = self._map[100], self._map[101]
        self._root = _parse(self._map[root : root + root_len])
        self._root_tiles = [entry.tile for entry in self._root]
        self._parsed: dict[int, tuple[list[int], list[Entry]]] = {}

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """The gzip bytes of a tile, or None where the archive has none."""
        wanted = tile_id(z, x, y)
        entry = _find(self._root_tiles, self._root, wanted)
        if entry is not None and entry.run == 0:
            entry = _find(*self._leaf(entry), wanted)
        if entry is None or entry.run == 0 or wanted >= entry.tile + entry.run:
            return None
        start = self._tiles + entry.offset
        return self._map[start : start + entry.length]

    def _leaf(self, pointer: Entry) -> tuple[list[int], list[Entry]]:
        if pointer.offset not in self._parsed:
            start = self._leaves + pointer.offset
            entries = _parse(self._map[start : start + pointer.length])
            self._parsed[pointer.offset] = ([entry.tile for entry in entries], entries)
        return self._parsed[pointer.offset]


def _find(tiles: list[int], entries: list[Entry], wanted: int) -> Entry | None:
    place = bisect_right(tiles, wanted) - 1
    return entries[place] if place >= 0 else None
