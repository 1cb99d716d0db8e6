"""Parcels with their addresses: which street each faces, how much front, which number on the door."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from alcaldia.land.demo import addresses, lots, streets
from alcaldia.land.demo.frame import Frame, Road
from alcaldia.land.demo.lot import Lot
from alcaldia.land.demo.neighbourhoods import EVERY, Neighbourhood

STATE_AND_TOWN = "14-003-199-01-0001"
PUBLIC = {
    "centre": ("Plaza", "Templo", "Presidencia municipal", "Mercado", "Escuela"),
    "industry": ("Parque",),
    "farm": (),
    "reserve": (),
}
"""Whole blocks for everybody, nearest the middle first; other styles get a park and a school."""


@dataclass(frozen=True)
class Town:
    frame: Frame
    roads: tuple[Road, ...]
    blocks: tuple[tuple[Neighbourhood, Polygon], ...]
    lots: tuple[Lot, ...]


def build(frame: Frame, rng: np.random.Generator) -> Town:
    roads = {hood.number: streets.local_roads(hood, _reach(hood, frame), rng) for hood in EVERY}
    found: list[tuple[Neighbourhood, Polygon]] = []
    for cell in frame.cells:
        found += [
            (cell.neighbourhood, block) for block in streets.blocks(cell, roads[cell.neighbourhood.number])
        ]
    found.sort(key=lambda pair: (pair[0].number, round(-pair[1].centroid.y, -1), pair[1].centroid.x))
    public = _public_blocks(found, frame)
    lots_ = [lot for index, pair in enumerate(found) for lot in _lots_of(index, pair, public.get(index), rng)]
    axes = [*frame.roads, *(road for group in roads.values() for road in group)]
    drawn = [*frame.roads, *_clipped(roads, frame)]
    addresses.assign(lots_, found, axes, drawn)
    used = tuple(road for road in drawn if road.line.length > 25)
    return Town(frame, used, tuple(found), tuple(lots_))


def _reach(hood: Neighbourhood, frame: Frame) -> float:
    own = shapely.union_all([cell.gross for cell in frame.cells if cell.neighbourhood is hood])
    if own.is_empty:
        return 100.0
    far = shapely.hausdorff_distance(own, shapely.Point(hood.seed))
    return 1.1 * float(far)


def _clipped(roads: dict[int, list[Road]], frame: Frame) -> list[Road]:
    """Local streets cut to the cells of their neighbourhood, in the same order (some are empty)."""
    out = []
    for hood in EVERY:
        ground = shapely.union_all([cell.net for cell in frame.cells if cell.neighbourhood is hood])
        for road in roads[hood.number]:
            out.append(Road(road.name, road.street_class, road.half_width, road.line.intersection(ground)))
    return out


def _public_blocks(found: list[tuple[Neighbourhood, Polygon]], frame: Frame) -> dict[int, str]:
    """Plaza, church and market in the centre; a park and a school for each neighbourhood."""
    uses: dict[int, str] = {}
    for hood in EVERY:
        own = [index for index, pair in enumerate(found) if pair[0] is hood]
        middle = shapely.union_all(
            [cell.gross for cell in frame.cells if cell.neighbourhood is hood]
        ).centroid
        own.sort(key=lambda index: found[index][1].centroid.distance(middle))
        wanted = PUBLIC.get(hood.style_name, ("Parque", "Escuela"))
        fits = [index for index in own if 700 < found[index][1].area < 14000]
        uses.update(zip(fits[:: 1 if hood.number == 1 else 3], wanted, strict=False))
    return uses


def _lots_of(
    index: int, pair: tuple[Neighbourhood, Polygon], use: str | None, rng: np.random.Generator
) -> list[Lot]:
    hood, block = pair
    shapes = [block] if use else lots.subdivide(block, hood.style, rng)
    shapes.sort(
        key=lambda shape: float(
            np.arctan2(*(np.asarray(shape.centroid.coords[0]) - block.centroid.coords[0]))
        )
    )
    block_key = f"{STATE_AND_TOWN}-{hood.number:03d}-{index:03d}"
    return [
        Lot(f"{block_key}-{number:05d}-000000", shape, hood, index, use=use or "")
        for number, shape in enumerate(shapes, start=1)
    ]
