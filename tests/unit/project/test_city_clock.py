"""The city's clock goes on, whatever befalls one of its jobs or one municipality."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.utils import timezone

from alcaldia.kernel.models import Municipality
from alcaldia.project import city_clock
from alcaldia.project.city_clock import Clock, Job, by_day, each_town, jobs, lanes
from tests.factories.town import town


@pytest.fixture(autouse=True)
def _connection_of_the_test_stays(monkeypatch):
    monkeypatch.setattr("alcaldia.project.city_clock.close", lambda: None)


class Time:
    def __init__(self):
        self.at, self.said, self.ran = 0.0, [], []

    def clock(self, *jobs):
        return Clock(list(jobs), now=lambda: self.at, say=self.said.append)


def test_each_job_has_its_own_pace():
    time = Time()
    clock = time.clock(Job("rápido", 2, lambda: None), Job("lento", 60, lambda: None))
    assert clock.turn() == ["rápido", "lento"]
    time.at = 1
    assert clock.turn() == []
    time.at = 2
    assert clock.turn() == ["rápido"]


def test_a_job_that_fails_is_said_once_and_holds_up_no_other():
    time, ran = Time(), []
    clock = time.clock(Job("roto", 1, lambda: 1 / 0), Job("sano", 1, lambda: ran.append(1)))
    for at in range(3):
        time.at = at
        clock.turn()
    assert len(ran) == 3
    assert len(time.said) == 1
    assert "roto" in time.said[0]


def test_a_failure_that_ends_and_comes_back_is_said_again():
    time, bad = Time(), [True, False, True]
    clock = time.clock(Job("a veces", 1, lambda: 1 / 0 if bad.pop(0) else None))
    for at in range(3):
        time.at = at
        clock.turn()
    assert len(time.said) == 2


def test_what_is_done_once_a_day_is_tried_again_within_the_hour_where_it_failed():
    time, bad = Time(), [True, False]
    clock = time.clock(Job("reporte", 86_400, lambda: 1 / 0 if bad.pop(0) else None))
    clock.turn()
    time.at = 3600
    assert clock.turn() == ["reporte"]
    time.at = 80_000
    assert clock.turn() == []


@pytest.mark.django_db
def test_one_municipality_that_fails_stops_no_other():
    town(slug="uno")
    town(slug="dos")
    ran = []

    def act(one):
        ran.append(one.slug)
        if one.slug == "uno":
            raise ZeroDivisionError

    with pytest.raises(RuntimeError, match="uno"):
        each_town(act)()
    assert sorted(ran) == ["dos", "uno"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hour", "woken"), [(5, []), (14, ["lejos"]), (20, ["cerca", "lejos"]), (3, ["cerca"])]
)
def test_nobody_is_reminded_in_the_night_of_their_own_town(monkeypatch, hour, woken):
    for slug, zone in (("cerca", "America/Tijuana"), ("lejos", "America/Sao_Paulo")):
        Municipality.objects.create(slug=slug, name=slug, timezone=zone)
    now, ran = datetime(2026, 11, 28, hour, 30, tzinfo=UTC), []
    monkeypatch.setattr(timezone, "now", lambda: now)
    each_town(by_day(lambda one: ran.append(one.slug)))()
    assert sorted(ran) == woken


def test_the_jobs_of_a_city_are_all_there():
    assert {job.name for job in jobs()} >= {"documentos", "plazos", "pagos", "suscriptores", "citas"}


def test_what_waits_for_somebody_outside_delays_nothing_of_the_city():
    ours = {job.name for clock in lanes(jobs()) for job in clock.jobs if job.lane == "ciudad"}
    assert "plazos" in ours
    assert not ours & {"pagos", "liquidaciones", "suscriptores"}
    assert not [name for name in ours if name.startswith("avisos")]


def test_a_lane_that_hangs_holds_up_no_other(monkeypatch):
    hangs, done = threading.Event(), threading.Event()
    made = [Job("lento", 0, hangs.wait, "pagos"), Job("sano", 0, lambda: done.set() or 1 / 0)]
    monkeypatch.setattr("alcaldia.project.city_clock.jobs", lambda: made)
    threading.Thread(target=city_clock.forever, daemon=True).start()
    assert done.wait(5)
    hangs.set()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gathers them by itself")
@pytest.mark.django_db
def test_sqlite_is_told_to_gather_what_it_plans_by():
    town()
    city_clock.statistics()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tbl FROM sqlite_stat1")
        assert ("kernel_municipality",) in cursor.fetchall()
