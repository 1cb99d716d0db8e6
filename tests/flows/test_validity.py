"""What is not in force that day is unknown to a ruling; a period is said when a file is loaded."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.land import rulebook
from alcaldia.land.importing.period import period
from alcaldia.land.models import Dataset, Version
from alcaldia.land.queries import land_use_ruling
from alcaldia.land.rules.validity import Validity
from tests.factories.town import LOTS, layer, town

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def ruled(**ends: date) -> dict:
    """The ruling of a permitted use, with a flood layer of that validity beside the parcel."""
    made = town()
    layer(made, "rio", [LOTS["L6"]], {"effect": "prohibits", "text": "Cauce."})
    current = Dataset.objects.get(name="rio").current
    Version.objects.filter(pk=current.pk).update(**ends)
    rulebook.forget()
    return land_use_ruling("pueblo", "L1", "461110", 40)


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        ({}, "permitted"),
        ({"valid_from": TODAY, "valid_to": TODAY}, "permitted"),
        ({"valid_to": TODAY - timedelta(days=2)}, "undetermined"),
        ({"valid_from": TODAY + timedelta(days=2)}, "undetermined"),
    ],
)
def test_a_layer_that_is_not_in_force_leaves_the_ruling_to_a_person(ends, outcome):
    assert ruled(**ends)["outcome"] == outcome


def test_the_line_says_since_when_the_layer_is_no_longer_in_force():
    lines = ruled(valid_to=date(2025, 12, 31))["lines"]
    assert any("dejó de estar vigente el 31/12/2025" in str(line) for line in lines)


def test_an_expired_matrix_permits_nothing():
    made = town()
    matrix = Dataset.objects.get(municipality=made, kind="use-matrix").current
    Version.objects.filter(pk=matrix.pk).update(valid_to=date(2025, 1, 1))
    assert land_use_ruling("pueblo", "L1", "461110", 40)["outcome"] == "undetermined"


@pytest.mark.parametrize(
    ("since", "until"), [("mañana", ""), ("2026-02-01", "2026-01-01"), ("", "31/12/2026")]
)
def test_a_period_that_is_none_is_refused_with_a_sentence(since, until):
    with pytest.raises(Refusal, match="La vigencia se escribe"):
        period(since, until)


def test_a_period_without_ends_is_always():
    assert period(" ", "") == Validity()
