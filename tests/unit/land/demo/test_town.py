"""The fictitious town: complete, the same every time, and with all four outcomes to show."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from alcaldia.land.demo import frame, generate, parcels, tables
from alcaldia.land.demo.folder import SEED, SRID
from alcaldia.land.rules.norm_text import Refused, parse
from alcaldia.land.rules.parameters import BY_ALIAS


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return generate(tmp_path_factory.mktemp("town")).parent


def shapes(folder: Path, name: str) -> tuple[np.ndarray, list[dict]]:
    features = json.loads((folder / name).read_text())["features"]
    degrees = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features])
    to_metres = Transformer.from_crs(4326, SRID, always_xy=True)
    metres = shapely.transform(degrees, lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1])))
    return metres, [feature["properties"] for feature in features]


def test_about_eight_thousand_valid_parcels_with_one_key_each(folder):
    lots, facts = shapes(folder, "parcels.geojson")
    assert 7500 < len(lots) < 9500
    assert shapely.is_valid(lots).all()
    assert len({fact["clave"] for fact in facts}) == len(facts)


def test_parcels_do_not_lie_on_each_other(folder):
    lots, _ = shapes(folder, "parcels.geojson")
    one, other = shapely.STRtree(lots).query(lots, predicate="intersects")
    pair = one < other
    assert shapely.area(shapely.intersection(lots[one[pair]], lots[other[pair]])).max() < 0.5


def test_some_parcels_straddle_zones_and_some_lie_in_none(folder):
    lots, _ = shapes(folder, "parcels.geojson")
    zones, facts = shapes(folder, "zones.geojson")
    lot, zone = shapely.STRtree(zones).query(lots, predicate="intersects")
    share = shapely.area(shapely.intersection(lots[lot], zones[zone])) / shapely.area(lots[lot])
    codes = np.array([fact["codigo"] for fact in facts])
    straddling = {i for i in np.unique(lot) if len(set(codes[zone[(lot == i) & (share >= 0.1)]])) > 1}
    assert len(straddling) > 50
    assert 5 < len(set(range(len(lots))) - set(lot[share > 0.01])) < 200


def test_zones_do_not_overlap(folder):
    zones, _ = shapes(folder, "zones.geojson")
    one, other = shapely.STRtree(zones).query(zones, predicate="intersects")
    pair = one < other
    assert shapely.area(shapely.intersection(zones[one[pair]], zones[other[pair]])).max() < 0.5


def test_every_norm_of_the_plan_can_be_read_and_two_zones_have_none(folder):
    rows = list(tables.norm_rows())
    cells = [(BY_ALIAS[name], text) for row in rows for name, text in row.items() if name in BY_ALIAS]
    assert len(cells) == 14 * len(rows)
    assert not [cell for cell in cells if isinstance(parse(cell[0].name, cell[1]), Refused)]
    _, facts = shapes(folder, "zones.geojson")
    assert {fact["codigo"] for fact in facts} - {row["zona"] for row in rows} == {"PC", "RU"}


def test_matrix_has_every_cell_and_all_four_answers():
    rows = list(tables.matrix_rows())
    assert len(rows) == 14 * len(tables.read("activities"))
    assert {row["compatibilidad"] for row in rows} == {"permitido", "condicionado", "prohibido", ""}


def test_every_file_that_the_recipe_names_exists(folder):
    recipe = tomllib.loads((folder / "municipality.toml").read_text(encoding="utf-8"))
    assert all((folder / dataset["file"]).stat().st_size > 50 for dataset in recipe["datasets"])


def test_the_same_seed_draws_the_same_town(folder):
    again = parcels.build(frame.build(), np.random.default_rng(SEED))
    _, facts = shapes(folder, "parcels.geojson")
    assert [(lot.key, lot.number) for lot in again.lots] == [
        (fact["clave"], fact["numero"]) for fact in facts
    ]
