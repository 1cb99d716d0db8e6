"""What stands on each lot: use, footprint, levels, year, value. Fills the lots in place."""

import math

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from alcaldia.land.demo.lot import Lot

_USES: dict[str, tuple[tuple[str, float], ...]] = {
    "centre": (("Habitacional", 0.34), ("Mixto", 0.34), ("Comercio y servicios", 0.28), ("Oficinas", 0.04)),
    "barrio": (("Habitacional", 0.72), ("Mixto", 0.20), ("Comercio y servicios", 0.08)),
    "popular": (("Habitacional", 0.82), ("Mixto", 0.14), ("Comercio y servicios", 0.04)),
    "social": (("Habitacional", 0.93), ("Mixto", 0.05), ("Comercio y servicios", 0.02)),
    "garden": (("Habitacional", 0.95), ("Mixto", 0.03), ("Oficinas", 0.02)),
    "hillside": (("Habitacional", 0.93), ("Mixto", 0.07)),
    "country": (("Habitacional campestre", 1.0),),
    "industry": (("Industria", 0.62), ("Bodega", 0.38)),
    "farm": (("Agropecuario", 1.0),),
    "reserve": (("Agropecuario", 1.0),),
}
_AVENUE_USES = (("Comercio y servicios", 0.55), ("Mixto", 0.30), ("Habitacional", 0.15))
_PUBLIC_COVERAGE = {"Plaza": 0.01, "Parque": 0.02, "Escuela": 0.28, "Mercado": 0.72, "Templo": 0.4,
                    "Presidencia municipal": 0.55}  # fmt: skip
_VACANT = "Baldío"


def raise_all(lots: tuple[Lot, ...], rng: np.random.Generator) -> None:
    for lot in lots:
        lot.use = lot.use or _use(lot, rng)
        shape = None if lot.use == _VACANT else _footprint(lot, rng)
        levels = _levels(lot, rng) if shape is not None else None
        covered = shape.area if shape is not None else 0.0
        lot.building = shape
        lot.facts |= {
            "huella": round(covered, 2),
            "niveles": levels if levels is not None else 0,
            "superficie_construida": round(covered * (1 + 0.86 * ((levels or 1) - 1)), 2),
            "anio": int(rng.integers(*lot.neighbourhood.style.years)) if shape is not None else None,
            "valor_m2": land_value(lot),
            "superficie": _documented(lot, rng),
        }


def land_value(lot: Lot) -> float:
    """MXN/m² of the homogeneous zone: the neighbourhood's, more on an avenue; public land is exempt (0)."""
    if lot.use in _PUBLIC_COVERAGE:
        return 0.0
    return float(lot.neighbourhood.value * (1.25 if lot.street_class == "avenida" else 1.0))


def _use(lot: Lot, rng: np.random.Generator) -> str:
    style = lot.neighbourhood.style_name
    if rng.random() < lot.neighbourhood.style.vacant:
        return "Agropecuario" if style in {"farm", "reserve"} else _VACANT
    on_avenue = lot.street_class == "avenida" and style not in {"industry", "farm", "reserve", "country"}
    table = _AVENUE_USES if on_avenue else _USES[style]
    return str(rng.choice([name for name, _ in table], p=[weight for _, weight in table]))


def _levels(lot: Lot, rng: np.random.Generator) -> int:
    if lot.use in _PUBLIC_COVERAGE:
        return 2 if lot.use in {"Escuela", "Presidencia municipal"} else 1
    weights = lot.neighbourhood.style.levels
    return 1 + int(rng.choice(len(weights), p=weights))


def _documented(lot: Lot, rng: np.random.Generator) -> float | None:
    """What the deed says: nearly always the measured area; sometimes nothing, sometimes wrong."""
    chance, area = rng.random(), lot.shape.area
    if chance < 0.012:
        return None
    if chance < 0.035:
        return round(area * rng.uniform(0.82, 1.22), 2)
    return round(area * rng.normal(1, 0.002), 2)


def _footprint(lot: Lot, rng: np.random.Generator) -> Polygon | None:
    """The lot less its side gaps, from the front inwards until the share to cover is reached."""
    style = lot.neighbourhood.style
    share = _PUBLIC_COVERAGE.get(lot.use) or rng.uniform(*style.coverage)
    if lot.use in {"Agropecuario", "Plaza", "Parque"} or lot.front_line is None:
        return _pavilion(lot.shape, lot.shape.area * share) if rng.random() < 0.3 else None
    ground = lot.shape.buffer(-style.gap) if style.gap else lot.shape
    if ground.is_empty:
        return None
    band = _band(lot, ground, share * lot.shape.area)
    return _largest(ground.intersection(band).simplify(0.05))


def _band(lot: Lot, ground: BaseGeometry, wanted: float) -> BaseGeometry:
    """A strip along the front, deep enough to hold about `wanted` m² of `ground`."""
    middle = np.asarray(lot.front_line.centroid.coords[0]) if lot.front_line is not None else np.zeros(2)
    ends = np.asarray(lot.front_line.coords) if lot.front_line is not None else np.zeros((2, 2))
    along = (ends[1] - ends[0]) / (np.hypot(*(ends[1] - ends[0])) or 1.0)
    inward = np.array([-along[1], along[0]])
    if np.dot(np.asarray(lot.shape.centroid.coords[0]) - middle, inward) < 0:
        inward = -inward
    setback = {"garden": 3.0, "country": 8.0, "industry": 8.0}.get(lot.neighbourhood.style_name, 0.0)
    start, reach = middle + inward * setback, along * 400.0
    depth = wanted / max(lot.front, 3.0)
    for _ in range(3):
        corners = (
            start - reach,
            start + reach,
            start + reach + inward * depth,
            start - reach + inward * depth,
        )
        strip = Polygon(corners)
        depth *= wanted / max(ground.intersection(strip).area, wanted / 8)
    return strip


def _pavilion(shape: Polygon, area: float) -> Polygon | None:
    side = math.sqrt(max(area, 16.0))
    spot = shape.representative_point()
    hut = shapely.box(spot.x - side / 2, spot.y - side / 2, spot.x + side / 2, spot.y + side / 2)
    return _largest(hut.intersection(shape.buffer(-1)))


def _largest(shape: BaseGeometry) -> Polygon | None:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 6]
    return max(parts, key=lambda part: part.area, default=None)
