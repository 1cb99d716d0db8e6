"""Special districts turn a "no" into "yes, if you join", within what they concede and while they are in force."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from alcaldia.land.models import Feature
from alcaldia.land.queries import construction_ruling
from alcaldia.land.rules.construction import rule_construction
from alcaldia.land.rules.types import Incentive, Policy, Project
from tests.factories.town import LOTS, box, layer, town
from tests.unit.land.test_rules import FITS, facts, norms

DISTRICT = Incentive("Distrito Malecón", D("0.6"), D("0.5"))


@pytest.mark.parametrize(
    ("built", "given", "outcome"),
    [
        (D(240), (DISTRICT,), "permitted"),  # within the plan: nobody need join
        (D(360), (DISTRICT,), "conditional"),  # 1.8 = 1.2 + 0.6
        (D("360.1"), (DISTRICT,), "prohibited"),
        (D(360), (), "prohibited"),
        (D(360), (Incentive("Sin cifra"),), "prohibited"),
    ],
)
def test_a_district_adds_to_the_cus_as_a_condition(built, given, outcome):
    known = facts(incentives=given)
    ruling = rule_construction(known, Project(**{**FITS, "built_m2": built}), Policy())
    assert ruling.outcome.value == outcome


@pytest.mark.parametrize(("spaces", "outcome"), [(4, "permitted"), (2, "conditional"), (1, "prohibited")])
def test_a_district_takes_off_part_of_the_parking(spaces, outcome):
    known = facts(norms(parking_dwelling="1"), incentives=(DISTRICT,))
    project = Project(**FITS, dwellings=4, parking=spaces)
    assert rule_construction(known, project, Policy()).outcome.value == outcome


PROJECT = {"footprint_m2": 110, "built_m2": 250, "levels": 2, "height_m": 6.5, "setback_front_m": 3}
TOMORROW = timezone.localdate() + timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("shape", "until", "outcome"),
    [
        (LOTS["L1"], TOMORROW, "conditional"),
        (LOTS["L1"], date(2025, 1, 1), "prohibited"),
        (LOTS["L1"], "pronto", "prohibited"),
        (box(0, 0, 5, 20), TOMORROW, "prohibited"),
    ],
)
def test_only_a_district_in_force_around_the_whole_parcel_concedes(shape, until, outcome):
    made = town()
    rule = {"profile": "district", "effect": "informs", "text": "Distrito."}
    version = layer(made, "distrito", [shape], rule)
    concedes = {"cus_adicional": 0.6, "vigencia": str(until)}
    Feature.objects.filter(version=version).update(attributes=concedes)
    assert construction_ruling("pueblo", "L1", PROJECT)["outcome"] == outcome
