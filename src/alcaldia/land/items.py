"""Features of a published layer in a box, as GeoJSON: what another system reads page by page."""

from dataclasses import dataclass
from typing import Any

import orjson
import shapely

from alcaldia.kernel.errors import Refusal
from alcaldia.land import geostore, overlay
from alcaldia.land.models import Dataset
from alcaldia.land.plan import Rulebook
from alcaldia.land.tiles.serve import source_of

MAX_LIMIT = 1000
# Only public attributes of the thing, never of a person; what is not listed is not published.
PARCEL = ("public_id", "key", "street", "number", "neighbourhood", "postcode", "area_m2", "current_use", "levels", "built_m2", "year_built", "land_value_m2")  # fmt: skip
FEATURE = ("source_row", "code", "name", "area_m2")


@dataclass(frozen=True)
class Page:
    """`matched` features touch the box; `features` are `limit` of them from `offset`, as GeoJSON fragments."""

    matched: int
    features: list[Any]


def read_box(text: str) -> geostore.Box:
    """minx,miny,maxx,maxy in degrees, west to east and south to north."""
    try:
        minx, miny, maxx, maxy = (float(part) for part in text.split(","))
    except ValueError:
        minx, miny, maxx, maxy = 0.0, 0.0, -1.0, -1.0
    if not (-180 <= minx <= maxx <= 180 and -90 <= miny <= maxy <= 90):
        detail = "bbox son cuatro números: longitud y latitud mínimas, longitud y latitud máximas."
        raise Refusal("bad_bbox", detail, status=400)
    return minx, miny, maxx, maxy


def items(book: Rulebook, layer: str, box: geostore.Box, *, limit: int = 100, offset: int = 0) -> Page:
    """Features whose geometry touches the box, in a stable order; the count is exact."""
    source = source_of(book, layer)
    parcels = source.dataset.kind == Dataset.Kind.PARCELS
    table: geostore.Table = "land_parcel" if parcels else "land_feature"
    columns = PARCEL if parcels else FEATURE
    found = geostore.candidates(table, box, ("id", "geom"), [source.version_id])
    if not found:
        return Page(0, [])
    shapes = overlay.as_array(list(shapely.from_wkb([bytes(wkb) for _, wkb in found])))
    touching = [found[i][0] for i in shapely.intersects(shapes, shapely.box(*box)).nonzero()[0]]
    wanted = touching[offset : offset + min(limit, MAX_LIMIT)]
    by_id = {row[0]: row for row in geostore.rows(table, ("id", *columns), wanted)}
    drawn = dict(zip((pk for pk, _ in found), shapes, strict=True))
    geometry = shapely.to_geojson(overlay.as_array([drawn[pk] for pk in wanted]))
    return Page(
        len(touching),
        [
            {
                "type": "Feature",
                "id": by_id[pk][1],
                "geometry": orjson.Fragment(text),
                "properties": dict(zip(columns, map(_value, by_id[pk][1:]), strict=True)),
            }
            for pk, text in zip(wanted, geometry, strict=True)
        ],
    )


def _value(value: Any) -> Any:
    return float(value) if hasattr(value, "quantize") else value
