"""Where may I open this, and what is nearest: the same answers as parcel by parcel."""

import os
from collections import Counter

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.land import census
from alcaldia.land.inverse import where
from alcaldia.land.models import UseCellRow
from alcaldia.land.queries import land_use_ruling, rule_city
from alcaldia.land.rulebook import forget, published
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


def test_a_parcels_own_zone_is_never_the_nearest_that_permits():
    town()
    told = land_use_ruling("pueblo", "L1", "722515", area_m2=100)["what_would_pass"]
    assert told[0].startswith("Con 60")
    assert [one for one in told if "zona más cercana" in one] == [
        "La zona más cercana que permite este giro es C1, a 15 m."
    ]


def test_a_zone_that_would_find_it_too_large_or_too_loud_is_not_named():
    town()
    UseCellRow.objects.filter(zone_code="C1", activity_code="722412").update(max_area_m2=50)
    told = land_use_ruling("pueblo", "L1", "722412", area_m2=60)["what_would_pass"]
    assert not any("zona más cercana" in one for one in told)
    UseCellRow.objects.filter(zone_code="C1", activity_code="722412").update(max_area_m2=None, max_impact=3)
    forget()
    told = land_use_ruling("pueblo", "L1", "722412", area_m2=60)["what_would_pass"]
    assert not any("zona más cercana" in one for one in told)


def test_where_no_zone_permits_it_the_one_with_conditions_is_named():
    town()
    UseCellRow.objects.filter(zone_code="C1", activity_code="722412").update(
        value="conditional", conditions=["Cerrar a las 22 horas."]
    )
    told = land_use_ruling("pueblo", "L1", "722412")["what_would_pass"]
    assert "La zona más cercana que permite este giro, con condiciones, es C1, a 15 m." in told


def test_an_activity_is_only_offered_when_this_parcel_takes_it():
    made = town()
    assert "En este predio se permite con condiciones: Taquerías." in land_use_ruling("pueblo", "L1", "722412")["what_would_pass"]  # fmt: skip
    rule = {
        "effect": "prohibits",
        "text": "Cerca de una escuela.",
        "activities": ["722515"],
        "distance_m": 300,
    }
    layer(made, "escuelas", [box(0, 40, 1, 41)], rule)
    forget()
    told = land_use_ruling("pueblo", "L1", "722412")["what_would_pass"]
    assert not any(one.startswith("En este predio") for one in told)


def test_another_process_reads_the_census_from_its_file(monkeypatch):
    town()
    answer = where("pueblo", "461110")
    census._kept.clear()
    monkeypatch.setattr(census, "take", None)  # may not be taken again
    assert where("pueblo", "461110") == answer


def test_while_another_process_counts_the_question_says_how_far_it_is():
    town()
    book = published("pueblo")
    note = census._path(book, census._mark(book), ".progress")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("40")
    with pytest.raises(census.StillCounting) as told:
        where("pueblo", "461110")
    assert told.value.percent == 40


def test_a_census_left_half_done_is_taken_again():
    town()
    book = published("pueblo")
    note = census._path(book, census._mark(book), ".progress")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("40")
    os.utime(note, (0, 0))
    assert where("pueblo", "461110")[1]["permitted"]
    assert not note.exists()


@pytest.mark.parametrize(("area", "said"), [("1e9", "demasiado grande"), ("NaN", "no es un número"), ("doce", "no es un número")])  # fmt: skip
def test_a_figure_too_large_is_not_said_to_be_none(area, said):
    town()
    with pytest.raises(Refusal, match=said):
        land_use_ruling("pueblo", "L1", "461110", area_m2=area)
