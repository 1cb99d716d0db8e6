"""Which tile holds a point."""

import math


def place(lon: float, lat: float, z: int) -> tuple[int, int]:
    """x and y of the tile at zoom z (Web Mercator)."""
    side = 1 << z
    sine = math.sin(math.radians(lat))
    return int((lon / 360 + 0.5) * side), int(
        (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * side
    )
