"""Capacity of the networks: promised with the approval, once, while it is valid."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections

from alcaldia.land import queries
from alcaldia.land.models import CapacityReservation, Feature, IssuedRuling
from alcaldia.procedures import actions
from tests.factories.town import box, layer, town

PROJECT = {
    "footprint_m2": 110, "built_m2": 220, "levels": 2, "height_m": 6.5, "setback_front_m": 3, "dwellings": 2, "use": "habitacional",
}  # fmt: skip
RULE = {"profile": "infrastructure", "network": "agua"}


def networked(capacity="10", used="9", per_dwelling="0.5", reach=55):
    made = town()
    version = layer(made, "agua", [box(-5, -5, reach, 25)], RULE)
    given = {"unit": "L/s", "capacity": capacity, "used": used, "per_dwelling": per_dwelling}
    Feature.objects.filter(version=version).update(code="S-1", attributes=given)
    return made


def issue(parcel, dwellings=2):
    return actions.issue_construction_ruling(
        municipality="pueblo",
        parcel=parcel,
        project=PROJECT | {"dwellings": dwellings},
        by="public",
        channel="test",
    )


def water(ruling):
    return next(line for line in ruling.document["lines"] if line["check"] == "infrastructure")


@pytest.mark.django_db
def test_an_approval_reserves_what_it_takes_until_it_expires_and_replays_to_the_same_bytes():
    networked()
    first, second = issue("L1"), issue("L2")
    assert (first.outcome, second.outcome) == ("permitted", "conditional")
    assert second.document["conditions"] == ["Obtener la factibilidad de agua (sector S-1): faltan 1 L/s."]
    (kept,) = CapacityReservation.objects.all()
    assert (kept.folio, kept.amount, kept.expires_on) == (first.folio, Decimal(1), first.valid_until)
    for ruling in (first, second):
        assert queries.replay(ruling.folio)["trace_sha256"] == ruling.trace_sha256


@pytest.mark.django_db
def test_asking_again_for_one_parcel_neither_uses_up_the_sector_nor_frees_it():
    networked()
    assert [issue("L1").outcome, issue("L1").outcome, issue("L1", 1).outcome] == ["permitted"] * 3
    assert water(issue("L2", 1))["limit"] == 0


@pytest.mark.django_db
def test_an_expired_or_released_promise_is_free_again():
    networked()
    issue("L1")
    CapacityReservation.objects.update(expires_on=queries.today(town("otro")) - timedelta(days=1))
    assert issue("L2").outcome == "permitted"


@pytest.mark.django_db
@pytest.mark.parametrize("gap", [{"used": None}, {"per_dwelling": ""}, {"capacity": "mucha"}, {"reach": -1}])
def test_a_network_that_is_not_known_here_goes_to_a_person_and_reserves_nothing(gap):
    networked(**gap)
    ruling = issue("L1")
    assert (ruling.outcome, water(ruling)["result"]) == ("undetermined", "unknown")
    assert not CapacityReservation.objects.exists()


@pytest.mark.django_db
def test_a_prohibited_project_reserves_nothing():
    networked()
    ruling = actions.issue_construction_ruling(
        municipality="pueblo", parcel="L1", project=PROJECT | {"levels": 9}, by="public", channel="test"
    )
    assert ruling.outcome == "prohibited"
    assert not CapacityReservation.objects.exists()


def _issue_in_a_thread(parcel):
    try:
        return issue(parcel).outcome
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_the_last_capacity_is_promised_once_to_two_who_ask_together():
    networked()
    if connection.vendor == "postgresql":  # SQLite's test database lives in memory, on one connection
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(_issue_in_a_thread, ["L1", "L2"]))
    else:
        outcomes = [issue("L1").outcome, issue("L2").outcome]
    assert sorted(outcomes) == ["conditional", "permitted"]
    assert IssuedRuling.objects.count() == 2
    assert CapacityReservation.objects.count() == 1
