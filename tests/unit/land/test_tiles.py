"""Tiles, read back by readers that are not ours."""

import gzip
import math

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import zxy_to_tileid

from alcaldia.land.rulebook import published
from alcaldia.land.tiles import build, message, mvt, pmtiles, serve
from tests.factories.town import LOTS, lonlat, town


def place(lon: float, lat: float, z: int) -> tuple[int, int]:
    side = 1 << z
    sine = math.sin(math.radians(lat))
    return int((lon / 360 + 0.5) * side), int(
        (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * side
    )


@pytest.mark.django_db
def test_a_tile_holds_every_parcel_that_touches_it():
    town()
    x, y = place(*lonlat(35, 10), 16)
    data = gzip.decompress(serve.tile(published("pueblo"), "parcels", 16, x, y))
    features = mapbox_vector_tile.decode(data)["parcels"]["features"]
    assert {feature["properties"]["id"] for feature in features} == {f"id-{key}" for key in LOTS}


@pytest.mark.django_db
def test_tiles_carry_only_what_a_map_needs():
    town()
    x, y = place(*lonlat(5, 10), 18)
    data = gzip.decompress(serve.tile(published("pueblo"), "parcels", 18, x, y))
    for feature in mapbox_vector_tile.decode(data)["parcels"]["features"]:
        assert set(feature["properties"]) <= {"id", "use", "levels", "value", "year", "number"}


@pytest.mark.django_db
def test_the_archive_is_read_by_the_reference_reader():
    town()
    source = published("pueblo").parcels
    assert build.build(source) > 0
    x, y = place(*lonlat(35, 10), 14)
    with serve.archive_path(source).open("rb") as file:
        theirs = Reader(MmapSource(file)).get(14, x, y)
    assert theirs == serve.tile(published("pueblo"), "parcels", 14, x, y)
    assert len(mapbox_vector_tile.decode(gzip.decompress(theirs))["parcels"]["features"]) == len(LOTS)


@given(st.integers(0, 20).flatmap(lambda z: st.tuples(st.just(z), *[st.integers(0, (1 << z) - 1)] * 2)))
def test_hilbert_numbers_agree_with_the_reference(tile):
    assert pmtiles.tile_id(*tile) == zxy_to_tileid(*tile)


def test_many_tiles_use_leaf_directories(tmp_path):
    tiles = sorted(
        (pmtiles.tile_id(10, x, y), gzip.compress(f"{x},{y}".encode())) for x in range(90) for y in range(90)
    )
    path = tmp_path / "many.pmtiles"
    pmtiles.write(path, tiles, {}, (10, 10), (-1, -1, 1, 1))
    ours = pmtiles.Archive(path)
    assert gzip.decompress(ours.tile(10, 33, 77)) == b"33,77"
    assert ours.tile(10, 500, 500) is None
    with path.open("rb") as file:
        assert gzip.decompress(Reader(MmapSource(file)).get(10, 33, 77)) == b"33,77"


@given(st.lists(st.tuples(st.floats(-0.0005, 0.0005), st.floats(-0.0005, 0.0005)), min_size=3, max_size=8))
def test_encoded_polygons_keep_their_area(points):
    shape = shapely.convex_hull(shapely.MultiPoint([(lon - 102.6, lat + 20.8) for lon, lat in points]))
    x, y = place(-102.6, 20.8, 16)
    pixels = mvt.to_pixels(np.array([shape], dtype=object), 16, x, y)[0]
    data = mvt.encode("l", 16, x, y, np.array([shape], dtype=object), [1], {})
    drawn = mapbox_vector_tile.decode(data)["l"]["features"] if data else []
    area = sum(shapely.geometry.shape(feature["geometry"]).area for feature in drawn)
    if pixels.geom_type == "Polygon":
        assert abs(area - pixels.area) <= pixels.length + 4  # half a pixel along the outline


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=50))
def test_varints_are_the_same_one_by_one_and_all_at_once(values):
    data, ends = message.varints(np.array(values, dtype=np.uint64))
    assert data == b"".join(map(message.varint, values))
    assert ends[-1] == len(data)
