"""Who copies half a key from a bill finds the parcel."""

import pytest

from alcaldia.land.key_parts import Keys, resembles_key
from alcaldia.land.models import Parcel
from alcaldia.land.rulebook import published
from alcaldia.land.search import search
from tests.factories.town import town

KEYS = Keys([(7, "14-003-01-00004"), (8, "14-003-01-00005"), (9, "00-004-01-14003"), (3, ""), (2, "B-12")])


@pytest.mark.parametrize(
    ("part", "rows"),
    [
        ("14003", [7, 8, 9]),  # the one that only contains it comes last
        ("0100005", [8]),
        ("0000414003", []),  # two keys side by side are not one
        ("00004", [9, 7]),
        ("B12", [2]),
        ("999", []),
    ],
)
def test_keys_that_begin_with_a_part_come_before_those_that_contain_it(part, rows):
    assert KEYS.having(part, 9) == rows


def test_no_more_are_found_than_asked_for():
    assert KEYS.having("0", 2) == [9, 7]


@pytest.mark.parametrize(
    ("typed", "may_be"),
    [("006-00004", True), ("14003019", True), ("14.003/01", True), ("Hidalgo 123", False), ("12", False),
     ("tacos", False), ("5 de mayo 12", False), ("'; DROP 1234567", False), ("١٢٣٤", False), ("²³¹", False)],
)  # fmt: skip
def test_what_may_be_part_of_a_key(typed, may_be):
    assert resembles_key(typed) is may_be


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["14-001", "14001", "001-L1", "14 001 L1"])
def test_the_box_finds_parcels_by_part_of_their_key(typed):
    town()

    Parcel.objects.filter(key="L1").update(key="14-001-L1")
    assert [place.public_id for place in search(published("pueblo"), typed)][:1] == ["id-L1"]
