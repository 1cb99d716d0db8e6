"""One tile of one layer: from the archive below z15, encoded and kept at z15 and above."""

import gzip
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings

from alcaldia.kernel.errors import NotFound
from alcaldia.land import geostore
from alcaldia.land.models import Dataset
from alcaldia.land.plan import Rulebook, Source
from alcaldia.land.tiles import mvt
from alcaldia.land.tiles.pmtiles import Archive

ARCHIVE_TO_ZOOM = 14
MAX_ZOOM = 20
COMPRESSION = 4

# Only what a map needs: every attribute costs time and bytes, and a tile is trivially decoded.
PARCEL_COLUMNS = ("id", "public_id", "current_use", "levels", "land_value_m2", "year_built", "number", "geom")
FEATURE_COLUMNS = ("id", "code", "name", "geom")


def source_of(book: Rulebook, layer: str) -> Source:
    """The published source of a layer by the name that `layers()` lists."""
    found = book.sources.get(layer) if layer in DRAWN else None
    found = found or next((s for s in book.layers.values() if s.dataset.name == layer), None)
    if found is None:
        raise NotFound(
            "unknown_layer", f"No hay una capa publicada «{layer[:60]}» en {book.municipality.name}."
        )
    return found


DRAWN = (Dataset.Kind.PARCELS, Dataset.Kind.ZONES, Dataset.Kind.NEIGHBOURHOODS, Dataset.Kind.BUILDINGS)


def archive_path(source: Source) -> Path:
    """Where the archive of one version lives; published files only, nothing confidential beside them."""
    slug = source.dataset.municipality.slug
    name = source.dataset.name or source.dataset.kind
    return (
        Path(settings.HOME)
        / "public"
        / "tiles"
        / slug
        / f"{name}-{source.sha256[:12]}-{source.version_id}.pmtiles"
    )


def tile(book: Rulebook, layer: str, z: int, x: int, y: int) -> bytes:
    """The gzip-compressed tile; an empty one is the compression of nothing. Raises NotFound."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise NotFound("no_such_tile", "Esa tesela no existe.")
    source = source_of(book, layer)
    kept = archived(book, layer, z, x, y)
    if kept is not None:
        return kept
    kept = cache.get(source.version_id, z, x, y)
    if kept is None:
        kept = compress(encode(source, z, x, y))
        cache.put(source.version_id, z, x, y, kept)
    return kept


def archived(book: Rulebook, layer: str, z: int, x: int, y: int) -> bytes | None:
    """The tile from the archive of the published version; None above its zooms or before it is built."""
    if z > ARCHIVE_TO_ZOOM or not (0 <= x < 1 << z and 0 <= y < 1 << z):
        return None
    archive = _archive_of(source_of(book, layer))
    return None if archive is None else archive.tile(z, x, y) or EMPTY


def _archive_of(source: Source) -> Archive | None:
    """The open archive of a version; only that it is missing is asked again."""
    held = _open.get(source.version_id)
    if held is None and (path := archive_path(source)).exists():
        if len(_open) > MAX_OPEN:
            _open.clear()
        held = _open[source.version_id] = Archive(path)
    return held


MAX_OPEN = 512
_open: dict[int, Archive] = {}


def compress(data: bytes) -> bytes:
    return gzip.compress(data, COMPRESSION, mtime=0)


EMPTY = compress(b"")


def encode(source: Source, z: int, x: int, y: int) -> bytes:
    """Every feature of the version whose box touches the tile: one query, no feature cap."""
    parcels = source.dataset.kind == Dataset.Kind.PARCELS
    table: geostore.Table = "land_parcel" if parcels else "land_feature"
    columns = PARCEL_COLUMNS if parcels else FEATURE_COLUMNS
    rows = geostore.candidates(table, mvt.tile_box(z, x, y), columns, [source.version_id])
    return encode_rows(source.dataset.name or source.dataset.kind, rows, z, x, y, parcels=parcels)


def encode_rows(name: str, rows: list[tuple[Any, ...]], z: int, x: int, y: int, *, parcels: bool) -> bytes:
    if not rows:
        return b""
    *read, wkb = zip(*rows, strict=True)
    shapes = shapely.from_wkb(list(map(bytes, wkb)))
    columns = (_parcel if parcels else _feature)(*read[1:])
    return mvt.encode(name, z, x, y, shapes, read[0], columns)


Column = Sequence[Any]


def _parcel(
    public_id: Column, use: Column, levels: Column, value: Column, year: Column, number: Column
) -> dict[str, Column]:
    return {
        "id": public_id,
        "use": _filled(use),
        "levels": levels,
        "value": [None if v is None else float(v) for v in value],
        "year": year,
        "number": _filled(number),
    }


def _feature(code: Column, name: Column) -> dict[str, Column]:
    return {"code": _filled(code), "name": _filled(name)}


def _filled(texts: Column) -> Column:
    """Blank cells are no attribute."""
    return [text or None for text in texts]


class TileCache:
    """Tiles already encoded, in a SQLite file of their own: shared by processes, gone without loss."""

    MAX_ROWS = 200_000

    def __init__(self) -> None:
        self._local = threading.local()

    def _connection(self) -> sqlite3.Connection:
        path = Path(settings.HOME) / "public" / "tiles" / "cache.sqlite3"
        held = getattr(self._local, "held", None)
        if held is None or held[0] != path:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=5, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")  # a lost tile is encoded again
            connection.execute(
                "CREATE TABLE IF NOT EXISTS tile (version INTEGER, z INTEGER, x INTEGER, y INTEGER, data BLOB, "
                "PRIMARY KEY (version, z, x, y)) WITHOUT ROWID"
            )
            self._local.held = held = (path, connection)
        return held[1]

    def get(self, version: int, z: int, x: int, y: int) -> bytes | None:
        query = "SELECT data FROM tile WHERE version = ? AND z = ? AND x = ? AND y = ?"
        row = self._connection().execute(query, (version, z, x, y)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, version: int, z: int, x: int, y: int, data: bytes) -> None:
        """Keep a tile. A full disk or a locked file costs speed, never the answer."""
        try:
            connection = self._connection()
            connection.execute("INSERT OR IGNORE INTO tile VALUES (?, ?, ?, ?, ?)", (version, z, x, y, data))
        except sqlite3.OperationalError:
            return

    def forget(self, version: int) -> None:
        """Drop the tiles of a superseded version."""
        self._connection().execute("DELETE FROM tile WHERE version = ?", (version,))


cache = TileCache()
