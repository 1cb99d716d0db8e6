"""Small files for import tests, near lon −102.6, lat 20.8 (EPSG:32613)."""

import json
from pathlib import Path

from alcaldia.kernel.models import Municipality

WEST, SOUTH, SIDE = -102.60, 20.80, 0.0002


def town(**settings):
    return Municipality.objects.create(slug="prueba", name="Prueba", srid=32613, settings=settings)


def square(column: int, row: int = 0, *, width: float = 1.0) -> list[list[list[float]]]:
    """One lot of about 21 × 22 m; `width` stretches it over its neighbour."""
    x, y = WEST + column * SIDE, SOUTH + row * SIDE
    x2, y2 = x + SIDE * width, y + SIDE
    return [[[x, y], [x2, y], [x2, y2], [x, y2], [x, y]]]


def feature(properties: dict, coordinates=None, kind: str = "Polygon") -> dict:
    geometry = None if coordinates is None else {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write(path: Path, *features: dict, **members) -> Path:
    path.write_text(
        json.dumps({"type": "FeatureCollection", **members, "features": features}), encoding="utf-8"
    )
    return path


def codes(staged) -> dict[str, int]:
    return staged.counts
