"""Pages ask the database a number of questions that does not grow with the city's layers and zones."""

import math

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alcaldia.kernel.models import Municipality
from alcaldia.land import geostore, rulebook
from alcaldia.land.models import Dataset, Feature, NormRow
from tests.factories.town import LOTS, box, layer, lonlat, shape_fields, town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_static_files(settings, tmp_path):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
    settings.HOME = tmp_path  # tiles of other tests are kept elsewhere


def tile(z: int, x: float, y: float) -> str:
    lon, lat = lonlat(x, y)
    column = int((lon + 180) / 360 * 2**z)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return f"/tiles/pueblo/parcels/{z}/{column}/{row}.mvt"


SHEET = "/visor/pueblo/predio/id-L1/"
# name, address, questions at most once the town is in memory
PAGES = [
    ("home", "/m/pueblo/", 2),
    ("words", "/m/pueblo/buscar/?q=poner+una+tienda", 3),
    ("door", "/m/pueblo/puerta/pedir/", 1),
    ("card", "/m/pueblo/tramite/licencia-bajo-riesgo/", 1),
    ("visor", "/visor/pueblo/", 4),
    ("search", "/visor/pueblo/?q=juarez", 6),
    ("sheet", SHEET, 10),
    ("ruling", f"{SHEET}negocio/?giro=tacos&m2=40", 15),
    ("where", "/visor/pueblo/donde/?giro=tacos", 5),
    ("layers", "/visor/pueblo/capas/", 4),
    ("style", "/visor/pueblo/estilo.json", 6),
    ("api layers", "/api/v1/municipalities/pueblo/layers", 1),
    ("tile", tile(17, 15, 10), 1),
]


def grown(layers: int, zones: int) -> Municipality:
    """The test town with so many layers over its lots and so many zones around them."""
    made = town()
    for number in range(layers):
        layer(made, f"capa-{number}", [LOTS["L1"], LOTS["L2"]], {"effect": "conditions", "text": "Revisar."})
    version = Dataset.objects.get(municipality=made, kind="zones").current
    norms = Dataset.objects.get(municipality=made, kind="norms").current
    for number in range(zones):
        shape = box(100 + 10 * number, 0, 110 + 10 * number, 10)
        Feature.objects.create(
            version=version, source_row=9 + number, code=f"Z{number}", **shape_fields(shape)
        )
        NormRow.objects.create(version=norms, zone_code=f"Z{number}", parameter="cos", bound="max", value=1)
    geostore.forget_version("land_feature", version.pk)
    geostore.index_version("land_feature", version.pk)
    return made


def questions(address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert Client().get(address).status_code == 200
    return len(asked)


def counts(layers: int, zones: int) -> dict[str, tuple[int, int]]:
    """Questions per page: right after a publication, and with the town in memory."""
    grown(layers, zones)
    found = {}
    for name, address, _ in PAGES:
        rulebook.forget()
        first = questions(address)
        found[name] = (first, questions(address))
    return found


def test_questions_do_not_grow_with_layers_and_zones():
    with_few = counts(2, 2)
    Municipality.objects.update(slug="antes")
    assert counts(20, 20) == with_few
    assert {name: (with_few[name][1], most) for name, _, most in PAGES if with_few[name][1] > most} == {}
