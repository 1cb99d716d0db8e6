"""What a click costs: point, sheet, ruling, tile; one warm client in process."""

from typing import Any

from alcaldia.land import parcels, queries
from alcaldia.land.rulebook import published
from alcaldia.land.sheet import sheet
from alcaldia.land.tiles import build, serve
from alcaldia.project.bench import city
from alcaldia.project.bench.clock import tail
from alcaldia.project.bench.places import place

SAMPLES = 1000
TILES = 200


def run(parcel_count: int = 300_000) -> dict[str, Any]:
    """Figures of this engine, in milliseconds."""
    made = city.build(parcel_count)
    book = published(city.SLUG)
    figures: dict[str, Any] = {}
    points = made.points[:SAMPLES]
    figures["point_in_parcel"] = tail(lambda p: parcels.at_point(book, *p), points)
    figures["sheet_150_layers"] = tail(lambda i: sheet(city.SLUG, i), made.ids[:SAMPLES])
    questions = list(zip(made.keys[:SAMPLES], city.ACTIVITIES * 10, strict=False))
    figures["land_use_ruling"] = tail(lambda q: queries.land_use_ruling(city.SLUG, q[0], q[1], 40), questions)
    project = {"footprint_m2": 120, "built_m2": 240, "levels": 2, "height_m": 6, "setback_front_m": 2}
    figures["construction_ruling"] = tail(
        lambda k: queries.construction_ruling(city.SLUG, k, project), made.keys[:SAMPLES]
    )
    places = list(dict.fromkeys(place(*p, 16) for p in made.points))[:TILES]
    figures["tile_z16_cold"] = tail(lambda t: serve.tile(book, "parcels", 16, *t), places, warm=5)
    figures["tile_z16_cached"] = tail(lambda t: serve.tile(book, "parcels", 16, *t), places * 5)
    small = list(dict.fromkeys(place(*p, 18) for p in made.points))[:SAMPLES]
    figures["tile_z18_cold"] = tail(lambda t: serve.tile(book, "parcels", 18, *t), small)
    figures["pmtiles_tiles"] = build.build(book.sources["zones"])
    return figures
