"""The plan's zones over the town: mostly along streets, sometimes across a parcel, in places nowhere."""

from dataclasses import dataclass

import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from alcaldia.land.demo.frame import RIVER_HALF_WIDTH
from alcaldia.land.demo.parcels import Town

CORRIDOR_ROADS = ("Anillo Periférico", "Avenida Juárez Sur", "Avenida Juárez Norte", "Carretera a Tepehuaje")
STRAIGHT_CORRIDORS = ("Avenida Hidalgo", "Calzada del Cerro")
"""These were drawn in the plan as a strip of fixed width, so they cut the lots behind."""

_PUBLIC_ZONES = {"Parque": "EV", "Plaza": "EV", "Escuela": "EI", "Mercado": "EI"}
_UNZONED = shapely.box(600, -2200, 2400, -820)
"""A corner of the countryside that the plan never reached."""


@dataclass(frozen=True)
class Zone:
    code: str
    shape: Polygon


def draw(town: Town) -> list[Zone]:
    """Zones that do not overlap: the strongest claim first, each later one gets what is left."""
    claims: list[tuple[str, BaseGeometry]] = [("PC", _river_strip(town)), *_public(town)]
    claims += [("MD", _corridors(town)), ("H3", _strip_of_las_torres(town))]
    claims += _base(town)
    zones: list[Zone] = []
    taken: BaseGeometry = Polygon()
    for code, claim in claims:
        free = claim.difference(taken)
        zones += [
            Zone(code, part)
            for part in shapely.get_parts(free)
            if part.geom_type == "Polygon" and part.area > 60
        ]
        taken = taken.union(free.buffer(0))
    return zones


def _river_strip(town: Town) -> BaseGeometry:
    return town.frame.river.buffer(RIVER_HALF_WIDTH + 10).intersection(town.frame.limit)


def _public(town: Town) -> list[tuple[str, BaseGeometry]]:
    return [(_PUBLIC_ZONES[lot.use], lot.shape) for lot in town.lots if lot.use in _PUBLIC_ZONES]


def _corridors(town: Town) -> BaseGeometry:
    """Whole parcels that front the main roads, and fixed strips along two avenues; none in the old centre."""
    along = [
        lot.shape
        for lot in town.lots
        if lot.street in CORRIDOR_ROADS and lot.neighbourhood.zone not in {"AR", "RU"}
    ]
    paved = [road.line.buffer(road.half_width + 0.5) for road in town.roads if road.name in CORRIDOR_ROADS]
    strips = [
        road.line.buffer(27, cap_style="flat") for road in town.roads if road.name in STRAIGHT_CORRIDORS
    ]
    urban = [
        cell.gross for cell in town.frame.cells if cell.neighbourhood.zone not in {"AR", "RU", "CH", "I2"}
    ]
    return shapely.union_all([*along, *paved, *strips]).intersection(shapely.union_all(urban))


def _strip_of_las_torres(town: Town) -> BaseGeometry:
    """A straight line on the drawing that nobody walked: it crosses blocks and lots."""
    urban = [cell.gross for cell in town.frame.cells if cell.neighbourhood.name == "Las Torres"]
    return shapely.union_all(urban).intersection(
        Polygon([(-200, -1400), (190, -1400), (330, -400), (-200, -400)])
    )


def _base(town: Town) -> list[tuple[str, BaseGeometry]]:
    by_code: dict[str, list[Polygon]] = {}
    for cell in town.frame.cells:
        by_code.setdefault(cell.neighbourhood.zone, []).append(cell.gross)
    buffer_industry = shapely.union_all(by_code.get("I2", [])).buffer(0)
    claims: list[tuple[str, BaseGeometry]] = [("I1", buffer_industry.difference(_heavy(buffer_industry)))]
    for code, cells in sorted(by_code.items()):
        ground = shapely.union_all(cells)
        claims.append((code, ground.difference(_UNZONED) if code == "AR" else ground))
    return claims


def _heavy(industry: BaseGeometry) -> BaseGeometry:
    """Heavy industry keeps away from the houses across the river and the avenue."""
    return industry.buffer(-95).buffer(20)
