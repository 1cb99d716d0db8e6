"""Where may I open this, and what is nearest: the same answers as parcel by parcel."""

from collections import Counter

import pytest

from alcaldia.land.inverse import where
from alcaldia.land.queries import land_use_ruling, rule_city
from tests.factories.town import box, layer, town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("activity", ["722515", "461110", "722412", "811111"])
@pytest.mark.parametrize("straddle", ["strictest", "each_part"])
def test_kinds_of_parcel_rule_as_every_parcel_does(activity, straddle):
    made = town(straddle=straddle)
    rule = {"effect": "prohibits", "text": "Cerca de una escuela.", "activities": ["7224"], "distance_m": 30}
    layer(made, "escuelas", [box(0, 40, 1, 41)], rule)
    layer(made, "rio", [box(0, 0, 12, 2)], {"effect": "conditions", "text": "Zona inundable."})
    counts, ids = where("pueblo", activity)
    one_by_one = Counter(ruling.outcome.value for _, ruling in rule_city("pueblo", activity))
    assert sum(row.permitted for row in counts) == one_by_one["permitted"] == len(ids["permitted"])
    assert sum(row.conditional for row in counts) == one_by_one["conditional"]
    assert sum(row.prohibited for row in counts) == one_by_one["prohibited"]


def test_a_prohibited_activity_is_shown_the_nearest_zone_that_permits_it():
    town()
    remedies = land_use_ruling("pueblo", "L1", "722412")["what_would_pass"]
    assert "La zona más cercana que permite este giro es C1, a 15 m." in remedies
