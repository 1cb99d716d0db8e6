"""Issued at once, looked at later: a ruling on a parcel in a risk layer waits for a person."""

import pytest

from alcaldia.land import reviews
from alcaldia.land.models import Dataset
from alcaldia.procedures import actions
from tests.factories.town import box, layer, town


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


pytestmark = pytest.mark.django_db
ASK = {"municipality": "pueblo", "by": "public", "channel": "test"}
RULE = {"effect": "conditions", "text": "Ladera inestable.", "applies_to": ["construction"]}
PROJECT = {"footprint_m2": 110, "built_m2": 220, "levels": 2, "height_m": 6.5, "setback_front_m": 3}


@pytest.mark.parametrize(("theme", "flags"), [("Riesgos", ["risk_layer"]), ("Servicios", [])])
def test_a_risk_layer_flags_both_rulings_whatever_it_rules(theme, flags):
    made = town()
    layer(made, "ladera", [box(0, 0, 10, 20)], RULE)
    Dataset.objects.filter(name="ladera").update(theme=theme)
    business = actions.issue_land_use_ruling(parcel="L1", activity="461110", **ASK)
    building = actions.issue_construction_ruling(parcel="L1", project=PROJECT, **ASK)
    assert business.review_flags == building.review_flags == flags
    assert list(reviews.waiting(made)) == ([business, building] if flags else [])


def test_a_layer_without_a_figure_is_not_said_to_have_no_limit(client):
    made = town()
    layer(made, "ladera", [box(0, 0, 10, 20)], RULE | {"applies_to": ["land_use"]})
    said = client.get("/visor/pueblo/predio/id-L1/negocio/", {"giro": "abarrotes"}).content.decode()
    assert "Ladera inestable." in said
    assert "sin límite" not in said


def test_a_municipality_names_its_own_themes_of_risk():
    made = town()
    made.settings["ruling"] = {"review_themes": ["Peligros"]}
    made.save()
    layer(made, "ladera", [box(0, 0, 10, 20)], RULE)
    Dataset.objects.filter(name="ladera").update(theme="Peligros")
    assert actions.issue_land_use_ruling(parcel="L1", activity="461110", **ASK).review_flags == ["risk_layer"]
