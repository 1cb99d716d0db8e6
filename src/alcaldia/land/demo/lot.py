"""A parcel while the town is being drawn."""

from dataclasses import dataclass, field

from shapely import LineString, Polygon

from alcaldia.land.demo.neighbourhoods import Neighbourhood


@dataclass
class Lot:
    """Geometry in metres from the plaza; later modules fill what earlier ones left blank."""

    key: str
    shape: Polygon
    neighbourhood: Neighbourhood
    block: int
    street: str = ""
    street_class: str = "calle"
    number: str = ""
    front: float = 0.0
    front_line: LineString | None = None
    use: str = ""
    building: Polygon | None = None
    facts: dict[str, float | int | None] = field(default_factory=dict)
