"""One code path, two engines: the same answers, held against brute force and against each other."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
import shapely
from django.db import connection

from alcaldia.kernel.canonical import canonical
from alcaldia.land import geostore, parcels, queries
from alcaldia.land.facts import lying_on
from alcaldia.land.models import Feature, Parcel
from alcaldia.land.rulebook import published
from alcaldia.land.sheet import layer_hits
from alcaldia.project.bench import city
from tests.conftest import ROOT

SIZE = {"parcels": 900, "zones": 12, "layers": 6}


def answers() -> str:
    """SHA-256 of what a generated city answers: points, layers on parcels, rulings."""
    made = city.build(**SIZE)
    book = published(city.SLUG)
    said: list[object] = [
        [found.key for found in parcels.at_point(book, *point)] for point in made.points[:200]
    ]
    for key in made.keys[:60]:
        parcel = parcels.by_key(book, key)
        hits = layer_hits(book, parcel, lying_on(book, parcel, layers=book.layers))
        said.append([[hit.layer, hit.name, hit.area_m2, hit.share] for hit in hits])
        said.append(queries.land_use_ruling(city.SLUG, key, city.ACTIVITIES[len(said) % 100], 40))
    return hashlib.sha256(canonical(said)).hexdigest()


CHILD = """
from alcaldia.project import django_setup; django_setup.start(migrate=True)
from tests.unit.land.test_engines import answers; print(answers())
"""


@pytest.mark.django_db
def test_this_engine_gives_the_bytes_that_sqlite_gives_in_another_process(tmp_path):
    environment = {
        **os.environ,
        "DATABASE_URL": "",
        "ALCALDIA_HOME": str(tmp_path),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=True
    )
    assert answers() == done.stdout.split()[-1]


@pytest.mark.django_db
def test_candidates_never_miss_what_brute_force_finds():
    made = city.build(**SIZE)
    version = published(city.SLUG).parcels.version_id
    every = {pk: shapely.from_wkb(bytes(geom)) for pk, geom in Parcel.objects.values_list("pk", "geom")}
    for lon, lat in made.points[:60]:
        box = (lon - 2e-4, lat - 1e-4, lon + 1e-4, lat + 3e-4)
        wanted = {pk for pk, shape in every.items() if shape.intersects(shapely.box(*box))}
        rows = geostore.candidates("land_parcel", box, ("id",), [version])
        assert wanted <= {pk for (pk,) in rows}
        assert len(rows) <= len(wanted) + 60


@pytest.mark.django_db
def test_superseded_versions_are_found_by_scanning_as_by_the_index():
    made = city.build(**SIZE)
    versions = list(Feature.objects.values_list("version_id", flat=True).distinct())
    lon, lat = made.points[0]
    box = (lon - 1e-3, lat - 1e-3, lon + 1e-3, lat + 1e-3)
    indexed = geostore.candidates("land_feature", box, ("id",), versions)
    assert indexed
    for version in versions:
        geostore.forget_version("land_feature", version)
    assert geostore.candidates("land_feature", box, ("id",), versions) == []
    assert geostore.scan("land_feature", box, ("id",), versions) == indexed


@pytest.mark.django_db
def test_the_planner_starts_from_the_box_index():
    city.build(**SIZE)
    version = published(city.SLUG).parcels.version_id
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        shown: list[object] = []
        with connection.execute_wrapper(
            lambda execute, sql, params, many, context: (
                shown.append((sql, params)) or execute(sql, params, many, context)
            )
        ):
            geostore.candidates("land_parcel", (-102.6, 20.7, -102.59, 20.8), ("id",), [version])
        sql, params = shown[0]
        cursor.execute(explain + sql, params)
        plan = json.dumps(cursor.fetchall())
    assert "VIRTUAL TABLE INDEX" in plan or "land_parcel_pkey" in plan
