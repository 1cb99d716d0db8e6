"""The sketch (croquis) of a parcel as SVG: shape, neighbours, edge lengths, north and scale.

Attributes only, no style element or attribute, so that it may stand in a page under a strict policy.
"""

from dataclasses import dataclass
from html import escape

import shapely
from shapely.geometry.base import BaseGeometry

from alcaldia.land import envelope
from alcaldia.land import parcels as parcel_store
from alcaldia.land.parcels import ParcelRecord
from alcaldia.land.rulebook import published

WIDTH, HEIGHT, MARGIN = 640, 480, 46
SCALE_BARS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000)
MIN_LABELLED = 0.04
LABEL_WIDTH, LABEL_HEIGHT = 66, 20
"""Edges shorter than this share of the drawing carry no figure; it would not be legible."""


@dataclass(frozen=True)
class Frame:
    """Metric coordinates → drawing units, y down."""

    minx: float
    maxy: float
    scale: float
    left: float
    top: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.left + (x - self.minx) * self.scale, self.top + (self.maxy - y) * self.scale


def sketch_of(slug: str, public_id: str) -> str | None:
    """The sketch of a published parcel; None where it has no usable geometry."""
    book = published(slug)
    record = parcel_store.by_public_id(book, public_id)
    if record.shape is None:
        return None
    around = parcel_store.neighbours(book, record, reach_m=12.0)
    return draw(record, around, title=f"Croquis del predio {record.key or record.public_id}")


def draw(
    record: ParcelRecord, around: list[BaseGeometry], *, title: str, buildable: BaseGeometry | None = None
) -> str:
    """SVG text. `around`: metric shapes of nearby parcels; `buildable`: what the setbacks leave."""
    shape = record.shape
    assert shape is not None  # noqa: S101 - the caller asked for the sketch of a shape
    frame = _frame(shape)
    parts = [
        f'<path d="{_path(other, frame)}" fill="#f3f1ec" stroke="#b9b2a6" stroke-width="1"/>'
        for other in around
    ]
    parts.append(f'<path d="{_path(shape, frame)}" fill="#dcebf7" stroke="#0b4f7d" stroke-width="3"/>')
    if buildable is not None and not buildable.is_empty:
        parts.append(
            f'<path d="{_path(buildable, frame)}" fill="none" stroke="#0b4f7d" stroke-width="1.5" stroke-dasharray="7 5"/>'
        )
    parts += _lengths(shape, around, frame)
    parts += [_north(), _scale(frame)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="Liberation Sans, Arial, sans-serif"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def _frame(shape: BaseGeometry) -> Frame:
    minx, miny, maxx, maxy = shape.bounds
    width, height = max(maxx - minx, 0.1), max(maxy - miny, 0.1)
    pad = 0.22 * max(width, height)
    scale = min((WIDTH - 2 * MARGIN) / (width + 2 * pad), (HEIGHT - 2 * MARGIN) / (height + 2 * pad))
    left = (WIDTH - width * scale) / 2
    top = (HEIGHT - height * scale) / 2
    return Frame(minx, maxy, scale, left, top)


def _path(shape: BaseGeometry, frame: Frame) -> str:
    commands = []
    for part in shapely.get_parts(shape):
        if part.geom_type != "Polygon":
            continue
        for ring in (part.exterior, *part.interiors):
            points = [frame.point(x, y) for x, y in list(ring.coords)[:-1]]
            commands.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(commands)


def _lengths(shape: BaseGeometry, around: list[BaseGeometry], frame: Frame) -> list[str]:
    """The length of each side beside it, the longest sides first; a figure that would cover another is left out."""
    found = []
    placed: list[tuple[float, float]] = []
    shortest = MIN_LABELLED * max(WIDTH, HEIGHT)
    for line in sorted(envelope.outline_sides(shape), key=lambda side: -side.length):
        x, y = _outside(shape, line, frame)
        crowded = any(abs(x - px) < LABEL_WIDTH and abs(y - py) < LABEL_HEIGHT for px, py in placed)
        if line.length * frame.scale < shortest or crowded:
            continue
        placed.append((x, y))
        found.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="16" text-anchor="middle" dominant-baseline="middle" '
            f'fill="#1c2b36" stroke="#ffffff" stroke-width="4" paint-order="stroke">{line.length:.2f} m</text>'
        )
    return found


def _outside(shape: BaseGeometry, line: BaseGeometry, frame: Frame) -> tuple[float, float]:
    """Just beyond the middle of the side, away from the parcel."""
    (x0, y0), (x1, y1) = line.coords[0][:2], line.coords[-1][:2]
    length = line.length or 1.0
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    step = 20 / frame.scale
    normal = ((y1 - y0) / length * step, -(x1 - x0) / length * step)
    if shape.contains(shapely.Point(middle[0] + normal[0] / 8, middle[1] + normal[1] / 8)):
        normal = (-normal[0], -normal[1])
    return frame.point(middle[0] + normal[0], middle[1] + normal[1])


def _north() -> str:
    x, y = WIDTH - 34, 34
    return (
        f'<path d="M{x} {y - 18}L{x - 9} {y + 12}L{x} {y + 5}L{x + 9} {y + 12}Z" fill="#1c2b36"/>'
        f'<text x="{x}" y="{y + 30}" font-size="14" text-anchor="middle" fill="#1c2b36">N</text>'
    )


def _scale(frame: Frame) -> str:
    metres = next((bar for bar in SCALE_BARS if bar * frame.scale >= 60), SCALE_BARS[-1])
    width = metres * frame.scale
    y = HEIGHT - 20
    return (
        f'<path d="M20 {y}h{width:.1f}M20 {y - 5}v10M{20 + width:.1f} {y - 5}v10" stroke="#1c2b36" stroke-width="2"/>'
        f'<text x="{20 + width / 2:.1f}" y="{y - 9}" font-size="14" text-anchor="middle" fill="#1c2b36">{metres} m</text>'
    )
