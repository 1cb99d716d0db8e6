"""Finding parcels: by key, by stable id, by point, by box. Records are plain values with a metric shape."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import shapely
from django.db import connection
from django.db.models import DecimalField
from shapely.geometry.base import BaseGeometry

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.text import sentence
from alcaldia.land import geostore
from alcaldia.land.models import Parcel
from alcaldia.land.plan import Rulebook

COLUMNS = (
    "id",
    "public_id",
    "key",
    "source_row",
    "documented_area_m2",
    "area_m2",
    "minx",
    "miny",
    "maxx",
    "maxy",
    "front_m",
    "street_class",
    "footprint_m2",
    "built_m2",
    "levels",
    "land_value_m2",
    "metric",
)
MAX_SAME_KEY = 20
_WHOLE = [field.attname for field in Parcel._meta.concrete_fields]  # noqa: SLF001
_DECIMALS = [field.attname for field in Parcel._meta.concrete_fields if isinstance(field, DecimalField)]  # noqa: SLF001


@dataclass(frozen=True)
class ParcelRecord:
    """One published parcel; `shape` is None where its geometry could not be used."""

    pk: int
    public_id: str
    key: str
    source_row: int
    documented_area_m2: Decimal | None
    area_m2: Decimal
    box: geostore.Box | None
    front_m: Decimal | None
    street_class: str
    footprint_m2: Decimal | None
    built_m2: Decimal | None
    levels: int | None
    land_value_m2: Decimal | None
    shape: BaseGeometry | None


def _record(row: tuple[Any, ...]) -> ParcelRecord:
    return record_of(dict(zip(COLUMNS, row, strict=True)))


def record_of(cells: dict[str, Any]) -> ParcelRecord:
    """The record in a row's columns by name."""
    box = None if cells["metric"] is None else (cells["minx"], cells["miny"], cells["maxx"], cells["maxy"])
    return ParcelRecord(
        pk=cells["id"],
        public_id=cells["public_id"],
        key=cells["key"],
        source_row=cells["source_row"],
        documented_area_m2=_money(cells["documented_area_m2"]),
        area_m2=round2(cells["area_m2"] or 0.0),
        box=box,
        front_m=_money(cells["front_m"]),
        street_class=cells["street_class"],
        footprint_m2=_money(cells["footprint_m2"]),
        built_m2=_money(cells["built_m2"]),
        levels=cells["levels"],
        land_value_m2=_money(cells["land_value_m2"]),
        shape=None if cells["metric"] is None else shapely.from_wkb(bytes(cells["metric"])),
    )


def round2(number: float) -> Decimal:
    """m² to the centimetre-square a cadastre writes: two decimals, half even, the same on every engine."""
    return Decimal(f"{number:.2f}")


def _money(number: Any) -> Decimal | None:
    """SQLite hands decimals over as floats or integers, PostgreSQL as Decimal: two places either way."""
    return None if number is None else Decimal(number).quantize(Decimal("0.01"))


def _select(where: str, params: tuple[Any, ...], limit: int | None = None) -> list[ParcelRecord]:
    sql = f"SELECT {', '.join(COLUMNS)} FROM land_parcel WHERE {where} ORDER BY id"  # noqa: S608
    if limit:
        sql += f" LIMIT {limit}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_record(row) for row in cursor.fetchall()]


def by_public_id(book: Rulebook, public_id: str) -> ParcelRecord:
    found = _select("version_id = %s AND public_id = %s", (book.parcels.version_id, public_id), 1)
    if not found:
        raise _unknown_id()
    return found[0]


def whole(book: Rulebook, public_id: str) -> tuple[Parcel, ParcelRecord]:
    """The parcel with all its columns, and its record, in one query. Raises NotFound."""
    # By hand: composing the ORM's query of thirty columns takes longer than running it, and so do its converters.
    sql = f"SELECT {', '.join(_WHOLE)} FROM land_parcel WHERE version_id = %s AND public_id = %s ORDER BY id LIMIT 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, (book.parcels.version_id, public_id))
        row = cursor.fetchone()
    if row is None:
        raise _unknown_id()
    cells = dict(zip(_WHOLE, row, strict=True))
    cells |= {name: _money(cells[name]) for name in _DECIMALS}
    cells["attributes"] = json.loads(cells["attributes"])
    return Parcel.from_db(connection.alias, _WHOLE, list(cells.values())), record_of(cells)


def _unknown_id() -> NotFound:
    return NotFound(
        "unknown_parcel", "No encontramos ese predio. Búsquelo por dirección, clave o en el mapa."
    )


def by_key(book: Rulebook, key: str) -> ParcelRecord:
    """The parcel of this cadastral key (or stable id); refused when the cadastre repeats the key."""
    if not key.strip():  # a cadastre may hold blank keys: they name nobody
        raise Refusal("missing_key", "Escriba la clave catastral o el identificador del predio.", status=400)
    found = _select("version_id = %s AND key = %s", (book.parcels.version_id, key.strip()), MAX_SAME_KEY)
    if len(found) > 1:
        ids = ", ".join(record.public_id for record in found[:5])
        detail = sentence(
            "El catastro tiene %(n)s predios con la clave «%(key)s». Diga cuál con su identificador: %(ids)s.",
            n=len(found),
            key=key[:60],
            ids=ids,
        )
        raise Refusal("ambiguous_key", detail, status=409)
    if found:
        return found[0]
    by_id = _select("version_id = %s AND public_id = %s", (book.parcels.version_id, key.strip()), 1)
    if by_id:
        return by_id[0]
    detail = sentence(
        "No hay un predio con la clave «%(key)s» en %(town)s. Revise la clave o busque por dirección.",
        key=key[:60],
        town=book.municipality.name,
    )
    raise NotFound("unknown_parcel", detail)


def at_point(book: Rulebook, lon: float, lat: float) -> list[ParcelRecord]:
    """Every parcel that contains the point (more than one where the cadastre overlaps), smallest first."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Refusal("bad_coordinates", "La longitud va de −180 a 180 y la latitud de −90 a 90.", status=400)
    here = (lon, lat, lon, lat)
    rows = geostore.candidates("land_parcel", here, (*COLUMNS, "geom"), [book.parcels.version_id])
    point = shapely.Point(lon, lat)
    found = [_record(row[:-1]) for row in rows if shapely.from_wkb(bytes(row[-1])).intersects(point)]
    if not found:
        detail = f"No hay ningún predio de {book.municipality.name} en ese punto. Toque dentro de un lote o busque por dirección."
        raise NotFound("no_parcel_here", detail)
    return sorted(found, key=lambda record: record.area_m2)


@dataclass(frozen=True)
class PastState:
    """What one published version said of a parcel; `since` is when it was published."""

    version: int
    since: datetime
    area_m2: Decimal | None
    documented_area_m2: Decimal | None


def history(book: Rulebook, key: str) -> list[PastState]:
    """The versions in which this key's areas changed, the latest first; empty without a key."""
    if not key:
        return []
    sql = (
        "SELECT v.number, v.published_at, p.area_m2, p.documented_area_m2 FROM land_version v "
        "JOIN land_parcel p ON p.version_id = v.id AND p.key = %s "
        "WHERE v.dataset_id = %s AND v.published_at IS NOT NULL ORDER BY v.number, p.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (key, book.parcels.dataset.pk))
        rows = cursor.fetchall()
    found: list[PastState] = []
    for number, since, area, documented in rows:
        state = PastState(number, _moment(since), None if area is None else round2(area), _money(documented))
        if not found or (state.area_m2, state.documented_area_m2) != (
            found[-1].area_m2,
            found[-1].documented_area_m2,
        ):
            found.append(state)
    return found[::-1]


def _moment(value: Any) -> datetime:
    """SQLite hands moments over as text or without their zone; they are all stored in UTC."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def neighbours(book: Rulebook, parcel: ParcelRecord, reach_m: float = 1.0) -> list[BaseGeometry]:
    """Metric shapes of the parcels within `reach_m` metres."""
    if parcel.box is None:
        return []
    pad = reach_m / 80_000  # degrees, generous at any Latin-American latitude
    minx, miny, maxx, maxy = parcel.box
    box = (minx - pad, miny - pad, maxx + pad, maxy + pad)
    rows = geostore.candidates("land_parcel", box, ("id", "metric"), [book.parcels.version_id])
    shapes = (shapely.from_wkb(bytes(wkb)) for pk, wkb in rows if pk != parcel.pk)
    return [shape for shape in shapes if shape.distance(parcel.shape) <= reach_m]


def every(book: Rulebook, chunk: int = 4000) -> Iterator[list[ParcelRecord]]:
    """All published parcels in source order, in chunks, so that memory does not grow with the city."""
    last = -1
    while True:
        found = _select("version_id = %s AND id > %s", (book.parcels.version_id, last), chunk)
        if not found:
            return
        last = found[-1].pk
        yield found
