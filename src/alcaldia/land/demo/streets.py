"""Local streets of a cell and the blocks between them."""

import math

import numpy as np
import shapely
from shapely import LineString, Polygon

from alcaldia.land.demo import tables
from alcaldia.land.demo.frame import Cell, Road
from alcaldia.land.demo.neighbourhoods import Neighbourhood

Coordinates = np.ndarray
"""Array of shape (n, 2), metres."""

_WAVE = 470.0


def local_roads(hood: Neighbourhood, reach: float, rng: np.random.Generator) -> list[Road]:
    """Every local street a neighbourhood may have, unclipped; names repeat only when they run out."""
    along, across = hood.style.block
    roads = []
    for spacing, upright in ((along, True), (across, False)):
        for index, offset in enumerate(_offsets(spacing, reach, rng)):
            roads.append(_street(hood, upright, offset, reach, index))
    return roads


def blocks(cell: Cell, roads: list[Road]) -> list[Polygon]:
    """What the streets leave of a cell, largest holes filled; slivers become verges and are dropped."""
    near = [road for road in roads if road.line.intersects(cell.gross)]
    paved = [road.line.intersection(cell.gross).buffer(road.half_width, join_style="mitre") for road in near]
    left = cell.net.difference(shapely.union_all(paved)) if paved else cell.net
    front = min(cell.neighbourhood.style.front[0], 13.0)
    # Opening by half a lot's front cuts off needles that no surveyor would have drawn.
    opened = left.buffer(-front * 0.45, join_style="mitre").buffer(front * 0.45, join_style="mitre")
    parts = shapely.get_parts(opened.intersection(left).simplify(0.05))
    return [part for part in parts if part.geom_type == "Polygon" and part.area > 2.2 * front * front]


def _offsets(spacing: float, reach: float, rng: np.random.Generator) -> list[float]:
    count = int(reach / spacing) + 1
    steps = np.arange(-count, count + 1) * spacing
    return list(steps + rng.uniform(-0.07, 0.07, steps.size) * spacing + spacing / 2)


def _street(hood: Neighbourhood, upright: bool, offset: float, reach: float, index: int) -> Road:
    run = np.arange(-reach, reach + 1, 8.0)
    fixed = np.full_like(run, offset)
    flat = np.column_stack([fixed, run] if upright else [run, fixed])
    names = tables.street_names(hood.theme)
    name = names[(index * 2 + (0 if upright else 1)) % len(names)]
    prefix = "" if name.split()[0] in {"Camino", "Calle", "Avenida"} else "Calle "
    return Road(prefix + name, "calle", hood.style.street, LineString(_place(hood, flat)))


def _place(hood: Neighbourhood, flat: Coordinates) -> Coordinates:
    """From the neighbourhood's grid to the ground: turned or wound round the hilltop, then bent."""
    ground = _turned(hood, flat) if hood.pivot is None else _wound(hood, hood.pivot, flat)
    sway = hood.style.sway
    bend = np.column_stack(
        [np.sin(ground[:, 1] / _WAVE * 6.3 + hood.number), np.sin(ground[:, 0] / _WAVE * 6.3)]
    )
    return ground + sway * bend


def _turned(hood: Neighbourhood, flat: Coordinates) -> Coordinates:
    angle = math.radians(hood.angle)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return flat @ turn + np.asarray(hood.seed)


def _wound(hood: Neighbourhood, pivot: tuple[float, float], flat: Coordinates) -> Coordinates:
    dx, dy = hood.seed[0] - pivot[0], hood.seed[1] - pivot[1]
    radius, start = math.hypot(dx, dy), math.atan2(dy, dx)
    angle, reach = start + flat[:, 0] / radius, np.maximum(radius + flat[:, 1], 60)
    return np.column_stack([pivot[0] + reach * np.cos(angle), pivot[1] + reach * np.sin(angle)])
