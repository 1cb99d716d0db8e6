"""A town of one block: six lots of 10 × 20 m in two zones, one straddling, one in no zone, one park.

Metric coordinates are offsets from a point near lon −102.6, lat 20.8 (EPSG:32613).
"""

from decimal import Decimal

import shapely
from pyproj import Transformer

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.land import geostore
from alcaldia.land.models import (
    ActivityRow,
    Dataset,
    Feature,
    NormRow,
    Parcel,
    UseCellRow,
    Version,
)

SRID = 32613
EAST, NORTH = 749_700.0, 2_301_700.0
TO_DEGREES = Transformer.from_crs(SRID, 4326, always_xy=True)

# zone → activity → (value, conditions, max area)
CELLS = {
    "H1": {
        "722515": ("conditional", ["Cerrar a las 22 horas."], Decimal(60)),
        "461110": ("permitted", [], None),
        "722412": ("prohibited", [], None),
    },
    "C1": {"7225": ("permitted", [], None), "722412": ("permitted", [], None), "811111": ("", [], None)},
}
NORMS = {
    "H1": {"cos": "0.6", "cus": "1.2", "levels": "2", "height": "7", "setback_front": "3", "lot_area": "120"},
    "C1": {"cos": "0.8", "cus": "2.4", "cus_optional": "3", "levels": "4", "setback_front": "0.5"},
}
ACTIVITIES = (
    ("722515", "Taquerías", 2, "tacos;taquería"),
    ("461110", "Tiendas de abarrotes", 1, "tienda;changarro"),
    ("722412", "Bares y cantinas", 4, "cantina;bar"),
    ("811111", "Talleres mecánicos", 4, "mecánico"),
)


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1)


def lonlat(x: float, y: float) -> tuple[float, float]:
    return TO_DEGREES.transform(EAST + x, NORTH + y)


def to_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(
        shape, lambda xy: __import__("numpy").column_stack(TO_DEGREES.transform(xy[:, 0], xy[:, 1]))
    )


def shape_fields(metric: shapely.Geometry) -> dict:
    degrees = to_degrees(metric)
    minx, miny, maxx, maxy = degrees.bounds
    return {
        "geom": shapely.to_wkb(degrees),
        "metric": shapely.to_wkb(metric),
        "area_m2": metric.area,
        "minx": minx,
        "miny": miny,
        "maxx": maxx,
        "maxy": maxy,
    }


def dataset(town: Municipality, kind: str, name: str = "", **extra) -> Version:
    made = Dataset.objects.create(municipality=town, kind=kind, name=name, title=name or kind, **extra)
    version = Version.objects.create(
        dataset=made, number=1, sha256=fold(kind + name).ljust(64, "0")[:64], file_name="t"
    )
    made.current = version
    made.save()
    return version


def town(slug: str = "pueblo", **settings) -> Municipality:
    made = Municipality.objects.create(
        slug=slug, name="Pueblo de Prueba", srid=SRID, settings={"ruling": settings}, publication=1
    )
    _parcels(made)
    _zones(made)
    _matrix(made)
    return made


LOTS = {
    "L1": box(0, 0, 10, 20),  # H1
    "L2": box(10, 0, 20, 20),  # H1
    "L3": box(20, 0, 30, 20),  # half H1, half C1
    "L4": box(30, 0, 40, 20),  # C1
    "L5": box(40, 0, 50, 20),  # C1
    "L6": box(60, 0, 70, 20),  # no zone
}


def _parcels(made: Municipality) -> None:
    version = dataset(made, "parcels")
    for row, (key, shape) in enumerate(LOTS.items()):
        Parcel.objects.create(
            version=version,
            source_row=row,
            key=key,
            public_id=f"id-{key}",
            documented_area_m2=Decimal(200),
            street="Benito Juárez",
            search=fold("Benito Juárez"),
            number=str(10 + row),
            neighbourhood="Centro",
            footprint_m2=Decimal(80),
            built_m2=Decimal(160),
            levels=2,
            land_value_m2=Decimal(1000),
            **shape_fields(shape),
        )
    geostore.index_version("land_parcel", version.pk)


def _zones(made: Municipality) -> None:
    version = dataset(made, "zones", instrument="Plan Parcial 2025")
    for row, (code, shape) in enumerate({"H1": box(-5, -5, 25, 25), "C1": box(25, -5, 55, 25)}.items()):
        Feature.objects.create(version=version, source_row=row, code=code, name=code, **shape_fields(shape))
    geostore.index_version("land_feature", version.pk)
    norms = dataset(made, "norms", instrument="Plan Parcial 2025")
    for code, table in NORMS.items():
        for name, value in table.items():
            bound = "min" if name.startswith(("setback", "lot")) else "max"
            NormRow.objects.create(
                version=norms,
                zone_code=code,
                parameter=name,
                bound=bound,
                value=Decimal(value),
                article="art. 12",
            )


def _matrix(made: Municipality) -> None:
    activities = dataset(made, "activities")
    for code, name, impact, words in ACTIVITIES:
        ActivityRow.objects.create(version=activities, code=code, name=name, impact=impact, synonyms=words)
    cells = dataset(made, "use-matrix", instrument="Plan Parcial 2025")
    for zone, row in CELLS.items():
        for code, (value, conditions, largest) in row.items():
            UseCellRow.objects.create(
                version=cells,
                zone_code=zone,
                activity_code=code,
                value=value,
                conditions=conditions,
                max_area_m2=largest,
                article="art. 30",
            )


def layer(
    made: Municipality, name: str, shapes: list[shapely.Geometry], rule: dict | None = None, **extra
) -> Version:
    version = dataset(made, "layer", name, rule=rule or {}, **extra)
    for row, shape in enumerate(shapes):
        Feature.objects.create(
            version=version, source_row=row, code=str(row), name=f"{name} {row}", **shape_fields(shape)
        )
    geostore.index_version("land_feature", version.pk)
    Municipality.objects.filter(pk=made.pk).update(publication=made.publication + 1)
    made.refresh_from_db()
    return version
