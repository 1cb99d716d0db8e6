"""The bones of the town: river, ring road, avenues, and the cells they leave. Metres from the plaza."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from alcaldia.land.demo.neighbourhoods import RESERVE, RURAL, TABLE, Neighbourhood

RIVER_HALF_WIDTH = 11.0
CENTRE_ANGLE = 7.0
RING_RADIUS = 585.0
URBAN_RADIUS = 985.0
LIMIT_RADIUS = 1700.0
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Road:
    """A named street by its axis; half width in metres, kerb to axis with the pavement."""

    name: str
    street_class: Literal["calle", "avenida"]
    half_width: float
    line: BaseGeometry


@dataclass(frozen=True)
class Cell:
    """A piece of town between main roads; `gross` reaches their axes, `net` stops at their edges."""

    neighbourhood: Neighbourhood
    gross: Polygon
    net: Polygon


@dataclass(frozen=True)
class Frame:
    river: LineString
    roads: tuple[Road, ...]
    cells: tuple[Cell, ...]
    limit: Polygon


_RIVER: Points = (
    (960, 2100), (860, 1700), (690, 1480), (740, 1180), (530, 1000), (570, 760), (430, 600), (450, 400),
    (330, 250), (360, 90), (320, -60), (390, -210), (330, -390), (470, -560), (460, -760), (640, -930),
    (590, -1150), (700, -1350), (600, -1600), (720, -2100),
)  # fmt: skip

_AVENUES: tuple[tuple[str, float, Points], ...] = (
    ("Avenida Hidalgo", 10, ((250, 31), (420, 30), (700, 90), (1200, 60), (1950, 260))),
    ("Avenida Hidalgo Poniente", 10, ((-262, -32), (-560, -10), (-1000, -110), (-1950, -60))),
    ("Avenida Juárez Norte", 10, ((-27, 222), (-10, 500), (-160, 900), (-120, 1950))),
    ("Avenida Juárez Sur", 10, ((27, -222), (-20, -520), (60, -900), (-40, -1400), (120, -1950))),
    ("Carretera a Tepehuaje", 11, ((222, 236), (480, 520), (900, 980), (1100, 1420), (1500, 1900))),
    ("Camino a El Refugio", 8, ((-222, -236), (-470, -480), (-820, -960), (-1000, -1500), (-1400, -1900))),
    (
        "Calzada del Cerro",
        8,
        ((-277, 175), (-520, 330), (-760, 420), (-1060, 470), (-1500, 640), (-2000, 700)),
    ),
    ("Avenida de la Industria", 11, ((277, -170), (500, -300), (800, -330), (1250, -420), (1950, -560))),
)


_FROM_THE_RING: tuple[tuple[str, float, Points], ...] = (
    ("Calzada de los Cerritos", 8, ((-200, 420), (-260, 560), (-330, 700), (-300, 850), (-420, 1080))),
    ("Avenida de los Fresnos", 8, ((480, 240), (700, 250), (900, 230), (1200, 330))),
)


def smooth(points: Points, rounds: int = 4) -> LineString:
    """Chaikin's corner cutting: a curve that a road or a river could follow."""
    path = np.asarray(points, dtype=float)
    for _ in range(rounds):
        near, far = path[:-1] * 0.75 + path[1:] * 0.25, path[:-1] * 0.25 + path[1:] * 0.75
        path = np.vstack([path[:1], np.stack([near, far], axis=1).reshape(-1, 2), path[-1:]])
    return LineString(path)


def _round(radius: float, *waves: tuple[int, float, float]) -> Polygon:
    """A closed curve about the plaza: waves are (count, amplitude, phase)."""
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    reach = radius * (1 + sum(size * np.sin(count * angle + phase) for count, size, phase in waves))
    return Polygon(np.column_stack([reach * np.cos(angle), reach * np.sin(angle) * 0.94]))


def centre_square() -> Polygon:
    """The first square of the old town, turned as its streets are."""
    return shapely.affinity.rotate(shapely.box(-250, -218, 250, 218), CENTRE_ANGLE, origin=(0, 0))


def build() -> Frame:
    ring = _round(RING_RADIUS, (2, 0.10, 0.6), (3, 0.06, 1.0), (4, 0.04, 2.6), (5, 0.02, 0.4))
    edge = _round(
        URBAN_RADIUS, (2, 0.07, 2.4), (3, 0.10, 0.5), (5, 0.07, 1.0), (7, 0.05, 2.0), (11, 0.02, 0.0)
    )
    limit = _round(LIMIT_RADIUS, (2, 0.05, 1.0), (3, 0.06, 2.0), (7, 0.02, 0.0))
    river = smooth(_RIVER)
    roads = (
        Road("Anillo Periférico", "avenida", 11, LineString(ring.exterior)),
        Road("Camino de Circunvalación", "calle", 5, LineString(edge.exterior)),
        Road("Calle del Portal", "calle", 5, LineString(centre_square().exterior)),
        Road("Malecón del Río", "avenida", 7, _riverside(river, ring)),
        *(
            Road(name, "avenida", half, _outwards(centre_square(), smooth(points)))
            for name, half, points in _AVENUES
        ),
        *(
            Road(name, "avenida", half, _outwards(ring, smooth(points)).intersection(edge.buffer(1)))
            for name, half, points in _FROM_THE_RING
        ),
    )
    return Frame(river, roads, tuple(_cells(roads, river, edge, limit)), limit)


def _outwards(inner: Polygon, axis: LineString) -> LineString:
    """The avenue from the axis of the street round `inner`, which it must reach to close a cell."""
    start, second = np.asarray(axis.coords[0]), np.asarray(axis.coords[1])
    inwards = start + (start - second) / np.hypot(*(start - second)) * 60
    outside = LineString([inwards, *axis.coords]).difference(inner.buffer(-0.5))
    return max(getattr(outside, "geoms", [outside]), key=lambda part: part.length)


def _riverside(river: LineString, ring: Polygon) -> LineString:
    """The promenade on the town's bank, inside the ring."""
    bank = shapely.intersection(shapely.offset_curve(river, -34, join_style="round"), ring)
    return max(getattr(bank, "geoms", [bank]), key=lambda part: part.length)


def _cells(roads: tuple[Road, ...], river: LineString, edge: Polygon, limit: Polygon) -> list[Cell]:
    lines = [road.line for road in roads] + [river, limit.exterior]
    noded = shapely.union_all(shapely.get_parts(lines))
    axes = [road.line.buffer(road.half_width, cap_style="flat") for road in roads]
    paved = shapely.union_all([*axes, river.buffer(RIVER_HALF_WIDTH)])
    cells = []
    for face in shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))):
        if not limit.contains(face.representative_point()):
            continue
        hood = _owner(face, edge)
        net = face.difference(paved)
        cells += [Cell(hood, face, part) for part in shapely.get_parts(net) if part.area > 300]
    return sorted(
        cells, key=lambda cell: (cell.neighbourhood.number, cell.net.centroid.x, cell.net.centroid.y)
    )


def _owner(face: Polygon, edge: Polygon) -> Neighbourhood:
    """The neighbourhood whose seed is nearest; outside the built edge, the countryside."""
    spot: Point = face.representative_point()
    if centre_square().contains(spot):
        return TABLE[0]
    if not edge.contains(spot):
        return RURAL
    urban = [*TABLE[1:], RESERVE]
    return min(urban, key=lambda hood: shapely.distance(face.centroid, Point(hood.seed)))
