"""What stands on a parcel and what could: two volumes for the map, as GeoJSON with heights in metres."""

from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from alcaldia.land import geostore
from alcaldia.land.models import Feature
from alcaldia.land.rulebook import published
from alcaldia.land.sheet import Sheet

METRES_PER_LEVEL = 3.0


def volumes(slug: str, found: Sheet) -> dict[str, Any]:
    """FeatureCollection: `kind` existing (footprints) and permitted (what setbacks leave), each with `height`."""
    features = []
    standing, tall = existing_height(found), permitted_height(found)
    if standing:
        features += [_feature(shape, "existing", standing) for shape in _buildings(slug, found)]
    if found.buildable is not None and not found.buildable.is_empty and tall:
        features.append(_feature(_to_degrees(slug, found.buildable), "permitted", tall))
    return {"type": "FeatureCollection", "features": features}


def existing_height(found: Sheet) -> float | None:
    """By the levels of the cadastre, which measures none."""
    return found.parcel.levels * METRES_PER_LEVEL if found.parcel.levels else None


def permitted_height(found: Sheet) -> float | None:
    """The lowest height that the zones of the parcel admit on its kind of street; from levels where none says."""
    heights = [_limits(found, "height", 1.0), _limits(found, "levels", METRES_PER_LEVEL)]
    known = next((limits for limits in heights if limits), [])
    return min(known, default=None)


def _limits(found: Sheet, parameter: str, metres: float) -> list[float]:
    return [
        float(norm.value) * metres
        for part in found.facts.zones
        for norm in part.norms
        if norm.parameter == parameter
        and norm.bound == "max"
        and norm.value is not None
        and norm.condition in {"", found.facts.street_class}
    ]


def _buildings(slug: str, found: Sheet) -> list[BaseGeometry]:
    book = published(slug)
    source = book.sources.get("buildings")
    if source is None or found.record.box is None:
        return []
    rows = geostore.candidates("land_feature", found.record.box, ("id", "geom"), [source.version_id])
    own = set(
        Feature.objects.filter(pk__in=[pk for pk, _ in rows], code=found.record.key).values_list(
            "pk", flat=True
        )
    )
    return [shapely.from_wkb(bytes(wkb)) for pk, wkb in rows if pk in own]


def _to_degrees(slug: str, shape: BaseGeometry) -> BaseGeometry:
    turn = Transformer.from_crs(published(slug).municipality.srid, 4326, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1])))


def _feature(shape: BaseGeometry, kind: str, height: float) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind, "height": round(height, 2)},
        "geometry": dict(shapely.geometry.mapping(shape)),
    }
