"""What the setbacks leave: parcel minus offsets by edge type (front, side, rear), in the metric system."""

from dataclasses import dataclass
from decimal import Decimal

import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from alcaldia.land.parcels import round2

SHARED_WITHIN_M = 0.5
"""Drawn boundaries of neighbours differ by some decimetres in real cadastres."""


@dataclass(frozen=True)
class Edges:
    """The boundary by type; `front` faces no neighbour (street or open land)."""

    front: BaseGeometry
    side: BaseGeometry
    rear: BaseGeometry

    @property
    def front_m(self) -> Decimal:
        return round2(self.front.length)

    @property
    def known(self) -> bool:
        return not self.front.is_empty


@dataclass(frozen=True)
class Setbacks:
    """Metres to keep free; None is unknown."""

    front: Decimal | None
    side: Decimal | None
    rear: Decimal | None


def edges(parcel: BaseGeometry, neighbours: list[BaseGeometry]) -> Edges:
    """Classify the outer boundary: no neighbour → front; of the shared rest, what lies opposite → rear."""
    outline = shapely.union_all([LineString(p.exterior.coords) for p in _polygons(parcel)])
    taken = shapely.buffer(shapely.union_all(neighbours), SHARED_WITHIN_M) if neighbours else LineString()
    front, shared = outline.difference(taken), outline.intersection(taken)
    if front.is_empty or shared.is_empty:
        return Edges(front, shared, LineString())
    segments = [s for line in _lines(shared) for s in _segments(line)]
    depth = max(segment.centroid.distance(front) for segment in segments)
    # Opposite the street: in the far half, and turned less than 45 degrees from the front.
    rear = [s for s in segments if s.centroid.distance(front) > depth * 0.6 and _faces(s, front)]
    side = [s for s in segments if s not in rear]
    return Edges(front, shapely.union_all(side), shapely.union_all(rear))


def buildable(parcel: BaseGeometry, boundary: Edges, setbacks: Setbacks) -> BaseGeometry | None:
    """The parcel minus its setbacks; None where an edge type or its setback is unknown."""
    wanted = (
        (boundary.front, setbacks.front),
        (boundary.side, setbacks.side),
        (boundary.rear, setbacks.rear),
    )
    if not boundary.known or any(metres is None for line, metres in wanted if not line.is_empty):
        return None
    free = [shapely.buffer(line, float(metres)) for line, metres in wanted if not line.is_empty and metres]
    return parcel.difference(shapely.union_all(free)) if free else parcel


STRAIGHT_WITHIN_M = 0.15


def outline_sides(parcel: BaseGeometry) -> list[LineString]:
    """The straight stretches of the outer boundary, vertices that hardly turn dropped."""
    outer = max(_polygons(parcel), key=lambda part: part.area, default=None)
    if outer is None:
        return []
    return _segments(LineString(outer.exterior.simplify(STRAIGHT_WITHIN_M).coords))


def _faces(segment: LineString, front: BaseGeometry) -> bool:
    near = min((s for line in _lines(front) for s in _segments(line)), key=segment.centroid.distance)
    (ax, ay), (bx, by) = _direction(segment), _direction(near)
    return abs(ax * bx + ay * by) > 0.7


def _direction(segment: LineString) -> tuple[float, float]:
    (x0, y0), (x1, y1) = segment.coords[0][:2], segment.coords[-1][:2]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
    return (x1 - x0) / length, (y1 - y0) / length


def _segments(line: LineString) -> list[LineString]:
    points = list(line.coords)
    return [LineString(pair) for pair in zip(points, points[1:], strict=False) if pair[0] != pair[1]]


def _lines(shape: BaseGeometry) -> list[LineString]:
    return [part for part in shapely.get_parts(shapely.line_merge(shape)) if part.geom_type == "LineString"]


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
