"""A block becomes lots: two rows back to back, end lots facing the short streets, jagged backs."""

import math

import numpy as np
import shapely
from shapely import Polygon

from alcaldia.land.demo.neighbourhoods import Style

Quad = list[tuple[float, float]]


def subdivide(block: Polygon, style: Style, rng: np.random.Generator) -> list[Polygon]:
    """Lots that tile the block exactly (to rounding); none smaller than 0.45 of the usual lot."""
    angle, origin = _long_axis(block)
    flat = shapely.affinity.rotate(block, -angle, origin=origin)
    pieces = _pieces(flat, _quads(flat.bounds, style, rng))
    least = 0.45 * style.front[0] * min(style.depth, 60)
    merged = _absorb_small(pieces, least)
    return [shapely.affinity.rotate(piece, angle, origin=origin) for piece in merged]


def _long_axis(block: Polygon) -> tuple[float, tuple[float, float]]:
    corners = shapely.get_coordinates(block.minimum_rotated_rectangle)
    sides = corners[1:3] - corners[0:2]
    long = sides[int(np.argmax(np.hypot(sides[:, 0], sides[:, 1])))]
    return math.degrees(math.atan2(long[1], long[0])), (float(corners[0][0]), float(corners[0][1]))


def _quads(bounds: tuple[float, float, float, float], style: Style, rng: np.random.Generator) -> list[Quad]:
    x0, y0, x1, y1 = bounds
    width, height = x1 - x0, y1 - y0
    depth = style.depth
    if height < 1.55 * depth:
        return _row(x0, x1, y0, y1, style, rng, rows=1)
    if width < 3.2 * depth:
        return _row(x0, x1, y0, y1, style, rng, rows=2)
    cap = min(depth, height / 2) * rng.uniform(0.85, 1.05)
    quads = _row(x0 + cap, x1 - cap, y0, y1, style, rng, rows=2)
    for low, high in ((x0, x0 + cap), (x1 - cap, x1)):
        quads += [[(x, y) for y, x in quad] for quad in _row(y0, y1, low, high, style, rng, rows=1)]
    return quads


def _row(
    x0: float, x1: float, y0: float, y1: float, style: Style, rng: np.random.Generator, *, rows: int
) -> list[Quad]:
    """Strips across [x0, x1], slightly skewed; with two rows each strip is cut at its own depth."""
    count = max(1, round((x1 - x0) / rng.uniform(*style.front)))
    widths = rng.uniform(0.75, 1.25, count)
    cuts = x0 + np.concatenate([[0.0], np.cumsum(widths)]) / widths.sum() * (x1 - x0)
    skew = np.concatenate([[0.0], rng.normal(0, 0.03, count - 1) * (cuts[1] - cuts[0]), [0.0]])
    quads: list[Quad] = []
    back = y0 + (y1 - y0) * 0.5
    for left, right, lean, lean_next in zip(cuts[:-1], cuts[1:], skew[:-1], skew[1:], strict=True):
        if rng.random() < 0.3:
            back = y0 + (y1 - y0) * rng.uniform(0.42, 0.58)
        levels = [y0, back, y1] if rows == 2 else [y0, y1]
        for low, high in zip(levels[:-1], levels[1:], strict=True):
            at = [(low - y0) / (y1 - y0), (high - y0) / (y1 - y0)]
            quads.append([
                (left + lean * at[0], low), (right + lean_next * at[0], low),
                (right + lean_next * at[1], high), (left + lean * at[1], high),
            ])  # fmt: skip
    return quads


def _pieces(block: Polygon, quads: list[Quad]) -> list[Polygon]:
    parts = shapely.get_parts(shapely.intersection(shapely.polygons(quads), block))
    return [part for part in parts if part.geom_type == "Polygon" and part.area > 0.5]


def _absorb_small(pieces: list[Polygon], least: float) -> list[Polygon]:
    """Join each remnant to the neighbour with which it shares the longest edge."""
    kept = sorted(pieces, key=lambda lot: lot.area)
    stuck = 0
    while stuck < len(kept) - 1 and kept[stuck].area < least:
        small = kept.pop(stuck)
        shared = shapely.length(shapely.intersection(np.asarray(kept), small.buffer(0.02)))
        best = int(np.argmax(shared))
        union = shapely.union_all([kept[best], small], grid_size=0.001)
        if isinstance(union, Polygon):
            kept[best] = union
            kept.sort(key=lambda lot: lot.area)
        else:
            kept.insert(stuck, small)
            stuck += 1
    return kept
