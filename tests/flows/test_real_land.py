"""Real municipal files, where the folder that holds them is present."""

import csv
import gzip
import json
from decimal import Decimal

import pytest
import shapely
from django.conf import settings
from pyproj import Geod

from alcaldia.land import actions
from alcaldia.land.importing import recipe
from alcaldia.land.importing.staging import stage
from alcaldia.land.models import Dataset, LandValueRow, NormRow, UseCellRow

FOLDER = settings.DATA_DIR / "land"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="ALCALDIA_DATA is not here"),
]
WORDS = {"C": "permitted", "COND": "conditional", "NP": "prohibited", "": ""}


def load(slug, *kinds):
    """Audit (and publish) the datasets of a recipe; returns what was staged by kind."""
    plan = recipe.read(settings.MUNICIPALITIES_DIR / slug, settings.DATA_DIR)
    town = actions.describe_municipality(slug=plan.slug, given=plan.given, by="prueba", channel="cli")
    staged = {}
    for source in plan.sources:
        if source.kind in kinds:
            staged[source.kind] = stage(source.kind, source.file, town, source.options)
            actions.publish(staged[source.kind], by="prueba", channel="cli")
    return staged


def table(name):
    path = FOLDER / "mexicali-mx" / name
    with (gzip.open if name.endswith("gz") else open)(path, "rt", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_every_cell_of_the_matrix_reads_back_equal():
    load("mexicali", "use-matrix")

    wanted = {
        (r["distrito"], r["codigo_actividad"]): WORDS[r["compatibilidad"]]
        for r in table("matriz_compatibilidad_ciudad_largo.csv.gz")
    }
    assert {(c.zone_code, c.activity_code): c.value for c in UseCellRow.objects.all()} == wanted
    assert Dataset.objects.get(kind="activities").current.rows == 253


def test_every_district_limit_is_its_declared_maximum():
    load("mexicali", "norms")

    wanted = {
        (row["distrito"], name): Decimal(row[f"{name}_max"])
        for row in table("densidades_distrito_pducp.csv")
        for name in ("cos", "cus")
        if row[f"{name}_max"]
    }
    rows = NormRow.objects.filter(parameter__in=("cos", "cus"))
    assert {(n.zone_code, n.parameter): n.value for n in rows} == wanted
    assert not NormRow.objects.filter(parameter__in=("cos_min", "cus_min")).exists()


def test_every_land_value_that_is_a_number_is_loaded():
    load("mexicali", "land-values")

    rows = table("cat_zonas_homogeneas_2026.csv")
    loaded = list(LandValueRow.objects.order_by("pk").values_list("code", "value_m2"))
    assert len(loaded) == len(rows)
    differ = [
        (r["valor_m2"], v) for r, (_, v) in zip(rows, loaded, strict=True) if v != Decimal(r["valor_m2"])
    ]
    assert differ == [("4.725", None)]


def test_the_zones_of_comodoro_are_audited_and_no_norm_is_guessed():
    staged = load("comodoro-rivadavia", "zones")["zones"]

    counts = staged.counts
    assert counts["zone_without_code"] == 10
    assert counts["area_mismatch"] > 50
    assert counts["invalid_geometry"] == 1
    features = json.loads((FOLDER / "comodoro-rivadavia-ar" / "zonificacion_final.geojson").read_text())[
        "features"
    ]
    for norm in NormRow.objects.filter(parameter="cos", value__isnull=False):
        said = features[norm.feature_row]["properties"]["fos"]
        assert " a " not in said
        assert "min" not in said.lower() or norm.raw == "Min: 15% - Max: 40%"


def test_areas_of_zones_agree_with_the_ellipsoid():
    staged = load("comodoro-rivadavia", "zones")["zones"]

    geod = Geod(ellps="WGS84")
    for row in staged.rows:
        if row.geom is not None:
            independent = abs(geod.geometry_area_perimeter(shapely.from_wkb(row.geom))[0])
            assert row.area_m2 == pytest.approx(independent, rel=0.001)
