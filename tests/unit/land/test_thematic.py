"""Thematic classes: every parcel is in one class or among the missing."""

import pytest

from alcaldia.kernel.errors import NotFound
from alcaldia.land import thematic
from alcaldia.land.models import Parcel
from tests.factories.town import LOTS, town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["use", "land_value", "year", "levels"])
def test_classes_and_missing_add_up_to_the_parcels(name):
    town()
    found = thematic.theme("pueblo", name)
    assert sum(one.parcels for one in found.bins) + found.missing == len(LOTS)


def test_a_parcel_without_year_is_missing_and_not_zero():
    town()
    assert thematic.theme("pueblo", "year").missing == len(LOTS)
    assert thematic.theme("pueblo", "year").bins == ()


def test_classes_cover_the_values_without_overlap():
    town()
    for number, parcel in enumerate(Parcel.objects.all()):
        Parcel.objects.filter(pk=parcel.pk).update(land_value_m2=100 * (number + 1))
    bins = thematic.theme("pueblo", "land_value").bins
    assert [one.high for one in bins[:-1]] == [one.low for one in bins[1:]]
    assert bins[-1].high is None


def test_zones_are_counted_by_code():
    town()
    assert {one.value: one.parcels for one in thematic.theme("pueblo", "zone").bins} == {"H1": 1, "C1": 1}


def test_an_unknown_theme_is_refused_with_a_sentence():
    town()
    with pytest.raises(NotFound, match="Elija uno"):
        thematic.theme("pueblo", "felicidad")
