"""Risks, heritage, services and whatever else lies over the parcels: rows of shape and facts."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from alcaldia.land.demo.frame import CENTRE_ANGLE, RIVER_HALF_WIDTH, centre_square
from alcaldia.land.demo.neighbourhoods import EVERY
from alcaldia.land.demo.parcels import Town

Facts = dict[str, str | int | float | None]
Rows = list[tuple[BaseGeometry, Facts]]

_HILLTOP = (-690, 1010)
_NETWORKS: tuple[tuple[str, str, float, float], ...] = (
    ("agua", "L/s", 0.0145, 86.0), ("drenaje", "L/s", 0.0116, 70.0), ("electricidad", "kVA", 1.6, 8200.0),
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A kind of facility, placed on one public or commercial lot of each neighbourhood named."""

    layer: str
    name: str
    use: str
    hoods: tuple[int, ...]


_PLACES: tuple[Place, ...] = (
    Place("centros-de-salud", "Centro de salud", "Comercio y servicios", (1, 7, 11, 14)),
    Place("paradas", "Parada", "Comercio y servicios", tuple(range(1, 17))),
    Place("wifi", "Punto WiFi", "Parque", tuple(range(2, 17))),
)


def draw(town: Town, rng: np.random.Generator) -> dict[str, Rows]:
    return {
        "inundacion": _flood(town),
        "deslizamiento": _landslide(town),
        "centro-historico": _heritage(),
        "zona-federal": [(_water(town, 10), {"codigo": "ZF-1", "nombre": "Zona federal del río"})],
        "escuelas": _of_use(town, "Escuela", "Escuela"),
        "parques": _of_use(town, "Parque", "Parque") + _of_use(town, "Plaza", "Plaza de Armas"),
        "mercados": _of_use(town, "Mercado", "Mercado Municipal"),
        **{place.layer: _places(town, place) for place in _PLACES},
        "alumbrado": _lighting(town),
        "basura": _collection(town),
        "calles": _streets(town),
        "rio": [(_water(town, 0), {"nombre": "Río San Jacinto"})],
        "manzanas": [(shape, {"colonia": hood.name}) for hood, shape in town.blocks],
        "areas-verdes": [(lot.shape, {"nombre": lot.use}) for lot in town.lots if lot.use in {"Parque", "Plaza"}],
        "distrito-malecon": _district(town),
        **{f"capacidad-{network[0]}": _capacity(town, *network) for network in _NETWORKS},
    }  # fmt: skip


def neighbourhoods(town: Town) -> Rows:
    rows: Rows = []
    for hood in EVERY:
        ground = shapely.union_all([cell.gross for cell in town.frame.cells if cell.neighbourhood is hood])
        if not ground.is_empty:
            rows.append(
                (ground, {"codigo": f"COL-{hood.number:02d}", "nombre": hood.name, "cp": hood.postcode})
            )
    return rows


def _heritage() -> Rows:
    ground = shapely.affinity.rotate(shapely.box(-190, -165, 190, 165), CENTRE_ANGLE, origin=(0, 0))
    return [(ground, {"codigo": "PHE-1", "nombre": "Perímetro de protección patrimonial"})]


def _streets(town: Town) -> Rows:
    return [(road.line, {"nombre": road.name, "clase": road.street_class}) for road in town.roads]


def _water(town: Town, bank: float) -> BaseGeometry:
    """The river and `bank` metres at each side."""
    return town.frame.river.buffer(RIVER_HALF_WIDTH + bank).intersection(town.frame.limit)


def _flood(town: Town) -> Rows:
    """Two bands: the river's bed of ten years, and of a hundred, wider where it bends."""
    river = town.frame.river
    bends = [
        river.interpolate(share, normalized=True).buffer(70 + 45 * np.sin(share * 37))
        for share in np.arange(0.1, 0.95, 0.035)
    ]
    wide = shapely.union_all([river.buffer(46), *bends]).simplify(3).intersection(town.frame.limit)
    high = river.buffer(34).intersection(town.frame.limit)
    frequent: Facts = {"codigo": "INU-ALTO", "nombre": "Riesgo alto (10 años)", "nivel": "alto"}
    rare: Facts = {"codigo": "INU-MEDIO", "nombre": "Riesgo medio (100 años)", "nivel": "medio"}
    return [(high, frequent), (wide.difference(high), rare)]


def _landslide(town: Town) -> Rows:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    reach = 300 * (1 + 0.13 * np.sin(3 * angle) + 0.07 * np.sin(7 * angle + 1))
    blob = Polygon(
        np.column_stack([_HILLTOP[0] + reach * np.cos(angle), _HILLTOP[1] - 60 + reach * np.sin(angle)])
    )
    return [
        (blob.intersection(town.frame.limit), {"codigo": "DES-1", "nombre": "Ladera inestable del cerro"})
    ]


def _of_use(town: Town, use: str, label: str) -> Rows:
    """One point per public lot; several of a kind are told apart by their neighbourhood."""
    return [
        (lot.shape.representative_point(),
         {"nombre": label if use in {"Plaza", "Mercado"} else f"{label} {lot.neighbourhood.name}",
          "colonia": lot.neighbourhood.name})
        for lot in town.lots if lot.use == use
    ]  # fmt: skip


def _places(town: Town, place: Place) -> Rows:
    rows: Rows = []
    for number in place.hoods:
        fits = [lot for lot in town.lots if lot.neighbourhood.number == number and lot.use == place.use]
        if fits:
            lot = fits[len(fits) // 2]
            hood = lot.neighbourhood.name
            facts: Facts = {"nombre": f"{place.name} {hood}", "colonia": hood}
            rows.append((lot.shape.representative_point(), facts))
    return rows


def _lighting(town: Town) -> Rows:
    """Streets lit at night: everything urban but the hillside's upper streets and the reserve."""
    lit = [cell.gross for cell in town.frame.cells if cell.neighbourhood.number <= 16]
    dark = Point(_HILLTOP).buffer(330)
    return [
        (part, {"nombre": "Con alumbrado público"})
        for part in shapely.get_parts(shapely.union_all(lit).difference(dark))
    ]


def _collection(town: Town) -> Rows:
    days = ("Lunes, miércoles y viernes", "Martes, jueves y sábado")
    rows: Rows = []
    for cell in town.frame.cells:
        if cell.neighbourhood.number <= 16:
            number = cell.neighbourhood.number
            rows.append(
                (
                    cell.gross,
                    {"nombre": f"Ruta {number}", "dias": days[number % 2], "hora": f"{6 + number % 5}:00"},
                )
            )
    return rows


def _district(town: Town) -> Rows:
    """A district that rewards rebuilding along the river: more CUS, less parking, part of the tax."""
    bank = next(road.line for road in town.roads if road.name == "Malecón del Río")
    ground = bank.buffer(75, cap_style="flat").difference(centre_square())
    facts: Facts = {
        "codigo": "DE-1",
        "nombre": "Distrito Malecón",
        "cus_adicional": 0.6,
        "reduccion_estacionamiento": 0.5,
        "descuento_predial": 0.25, "vigencia": "2030-12-31",
    }  # fmt: skip
    return [(ground, facts)]


def _capacity(town: Town, network: str, unit: str, per_dwelling: float, capacity: float) -> Rows:
    """Sectors by neighbourhood; what is used follows from the lots that are built."""
    rows: Rows = []
    for geometry, facts in neighbourhoods(town):
        number = int(str(facts["codigo"])[-2:])
        if number > 17:
            continue
        built = sum(1 for lot in town.lots if lot.neighbourhood.number == number and lot.building is not None)
        total = round(capacity / 12 * (0.35 if number == 14 else 1.0), 2)
        rows.append((geometry, {
            "codigo": f"S-{number:02d}", "nombre": f"Sector {facts['nombre']}", "network": network,
                    "sector": f"S-{number:02d}",
                    "unit": unit, "capacity": total,
            "used": round(min(built * per_dwelling * 0.8, total * 0.99), 2), "per_dwelling": per_dwelling,
        }))  # fmt: skip
    return rows
