"""Which street each lot faces, how much front it has there, and which number is on its door."""

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from alcaldia.land.demo.frame import Road
from alcaldia.land.demo.lot import Lot
from alcaldia.land.demo.neighbourhoods import Neighbourhood

_REACH = 16.0
"""No edge of a block is farther from the axis of the street it faces, metres."""


def assign(
    lots: list[Lot], blocks: list[tuple[Neighbourhood, Polygon]], axes: list[Road], drawn: list[Road]
) -> None:
    """Fill street, front and number of every lot. `drawn[i]` is the visible part of `axes[i]`."""
    owner, edges = _outer_edges(lots, blocks)
    lengths = np.hypot(*(edges[:, 1] - edges[:, 0]).T)
    roads = _road_of(edges.mean(axis=1), drawn)
    taken: set[tuple[str, str]] = set()
    for index, lot in enumerate(lots):
        own = np.flatnonzero((owner == index) & (roads >= 0))
        if own.size:
            _face(lot, roads[own], lengths[own], edges[own], axes, taken)


def _outer_edges(
    lots: list[Lot], blocks: list[tuple[Neighbourhood, Polygon]]
) -> tuple[np.ndarray, np.ndarray]:
    """Edges on their block's outline: lot numbers (n,) and end points (n, 2, 2)."""
    owners, edges = [], []
    for index, lot in enumerate(lots):
        ring = np.asarray(lot.shape.exterior.coords)
        pairs = np.stack([ring[:-1], ring[1:]], axis=1)
        outer = shapely.distance(shapely.points(pairs.mean(axis=1)), blocks[lot.block][1].exterior) < 0.06
        edges.append(pairs[outer])
        owners.append(np.full(int(outer.sum()), index))
    return np.concatenate(owners), np.concatenate(edges)


def _road_of(middles: np.ndarray, drawn: list[Road]) -> np.ndarray:
    """For each point the road whose kerb is nearest, or -1: index into `drawn`."""
    points = np.asarray(shapely.points(middles))
    pieces = [(i, LineString(pair)) for i, road in enumerate(drawn) for pair in _segments(road)]
    road_of_piece = np.array([i for i, _ in pieces])
    lines = np.array([line for _, line in pieces])
    half = np.array([drawn[i].half_width for i in road_of_piece])
    at, piece = shapely.STRtree(lines).query(points, predicate="dwithin", distance=_REACH)
    kerb = np.abs(shapely.distance(points[at], lines[piece]) - half[piece])
    best = np.full(len(points), -1)
    order = np.lexsort((piece, kerb, at))
    first = np.unique(at[order], return_index=True)
    best[first[0]] = road_of_piece[piece[order][first[1]]]
    return best


def _segments(road: Road) -> list[np.ndarray]:
    parts = [
        np.asarray(part.coords) for part in shapely.get_parts(road.line) if part.geom_type == "LineString"
    ]
    return [pair for part in parts for pair in np.stack([part[:-1], part[1:]], axis=1)]


def _face(
    lot: Lot,
    roads: np.ndarray,
    lengths: np.ndarray,
    edges: np.ndarray,
    axes: list[Road],
    taken: set[tuple[str, str]],
) -> None:
    sums = {int(road): float(lengths[roads == road].sum()) for road in np.unique(roads)}
    # A corner on an avenue gives its address on the avenue, as people do.
    best = max(sums, key=lambda road: sums[road] * (1.3 if axes[road].street_class == "avenida" else 1.0))
    own = np.flatnonzero(roads == best)
    lot.street, lot.street_class, lot.front = axes[best].name, axes[best].street_class, sums[best]
    lot.front_line = LineString(edges[own[int(np.argmax(lengths[own]))]])
    lot.number = _door(lot, axes[best].line, taken)


def _door(lot: Lot, axis: BaseGeometry, taken: set[tuple[str, str]]) -> str:
    """Odd on one side and even on the other, growing along the street; nobody shares a door number."""
    spot = lot.front_line.centroid if lot.front_line is not None else lot.shape.centroid
    along = axis.project(spot)
    ahead, here = axis.interpolate(min(along + 1, axis.length)), axis.interpolate(max(along - 1, 0))
    side = (ahead.x - here.x) * (spot.y - here.y) - (ahead.y - here.y) * (spot.x - here.x)
    number = 2 * int(along / 3.2) % 1400 + (101 if side > 0 else 100)
    place = f"{lot.street}|{lot.neighbourhood.number}"
    while (place, str(number)) in taken:
        number += 2
    taken.add((place, str(number)))
    return str(number)
