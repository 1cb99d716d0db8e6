"""From a question to a signed document and back to the same bytes."""

import pytest

from alcaldia.kernel.canonical import canonical
from alcaldia.land import queries
from alcaldia.land.models import IssuedRuling
from alcaldia.procedures import actions
from tests.factories.town import box, layer, town

ASK = {"municipality": "pueblo", "by": "public", "channel": "test"}


@pytest.mark.django_db
def test_an_issued_ruling_replays_to_the_same_bytes_after_the_plan_changed():
    made = town()
    ruling = actions.issue_land_use_ruling(parcel="L1", activity="461110", area_m2="40", **ASK)
    layer(made, "rio", [box(0, 0, 30, 5)], {"effect": "prohibits", "text": "Zona inundable."})
    again = queries.replay(ruling.folio)
    assert again["trace_sha256"] == ruling.trace_sha256
    assert canonical(again["lines"]) == canonical(ruling.document["lines"])
    assert queries.under_todays_plan(ruling.folio)["outcome"] == "prohibited"


@pytest.mark.django_db
def test_a_construction_ruling_replays_too():
    town()
    project = {"footprint_m2": 110, "built_m2": 220, "levels": 2, "height_m": 6.5, "setback_front_m": 3}
    ruling = actions.issue_construction_ruling(parcel="L1", project=project, **ASK)
    assert ruling.outcome == "permitted"
    assert queries.replay(ruling.folio)["trace_sha256"] == ruling.trace_sha256


@pytest.mark.django_db
def test_nothing_is_issued_when_the_question_is_refused():
    town()
    with pytest.raises(Exception, match="giro"):
        actions.issue_land_use_ruling(parcel="L1", activity="nada", **ASK)
    assert not IssuedRuling.objects.exists()
