"""Who stands in for whom, on the page of whoever heads the agency."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from alcaldia.identity.models import Post
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import permissions
from alcaldia.procedures.models import Absence
from tests.factories.people import log_in
from tests.procedures.officials import official
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db
PAGE = "/oficina/pueblo/carga/"


@pytest.fixture
def headed(client, town):
    """The head of roads, inside; two people of theirs and one of another agency."""
    people = {name: official(town, name, "vialidad") for name in ("ana", "beto")}
    people["carla"] = official(town, "carla", "salud")
    log_in(client, official(town, "jefa", "vialidad", "director"))
    return people


def asked(client, **more):
    day = timezone.localdate()
    given = {"official": "ana", "delegate": "beto", "since": day, "until": day + timedelta(days=3)}
    return client.post(PAGE, given | more)


def test_an_absence_is_written_down_listed_and_ended(client, town, headed):
    assert asked(client, delegate="Carla ").status_code == 302
    assert permissions.can(headed["carla"], town, "vialidad", timezone.localdate())
    assert "carla" in words(client.get(PAGE)).lower()
    client.post(f"/oficina/pueblo/ausencias/{Absence.objects.get().pk}/volver/")
    assert not permissions.can(headed["carla"], town, "vialidad", timezone.localdate())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"official": "nadie"}, "No hay una cuenta vigente «nadie»"),
        ({"delegate": "ana"}, "es la misma persona"),
        ({"until": "2020-01-01"}, "termina antes de empezar"),
        ({"official": "carla", "delegate": "ana"}, "no tiene un puesto en su dependencia"),
        ({"since": "ayer"}, "fecha"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client, headed, wrong, said):
    answer = asked(client, **wrong)
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Absence.objects.exists()


def test_the_head_of_another_agency_ends_none(client, town, headed):
    asked(client)
    log_in(client, official(town, "otra", "salud", "director"))
    assert client.post(f"/oficina/pueblo/ausencias/{Absence.objects.get().pk}/volver/").status_code == 404


def test_the_head_of_one_agency_ends_nothing_that_was_left_of_another(client, town, headed):
    """Ana has posts in both; what is left here is of roads only."""
    asked(client)
    Post.objects.create(
        official=headed["ana"], municipality=town, role="reviewer", agency="salud", since=date(2020, 1, 1)
    )
    log_in(client, official(town, "otra", "salud", "director"))
    assert "Beto" not in words(client.get(PAGE))
    assert client.post(f"/oficina/pueblo/ausencias/{Absence.objects.get().pk}/volver/").status_code == 404
    assert permissions.can(headed["beto"], town, "vialidad", timezone.localdate())


def test_nobody_of_another_town_or_without_a_post_of_today_is_left_in_charge(client, town, headed):
    other = Municipality.objects.create(slug="otro", name="Otro", publication=1)
    official(other, "lejos", "vialidad")
    headed["carla"].posts.update(until=date(2021, 1, 1))
    for who in ("lejos", "carla"):
        answer = asked(client, delegate=who)
        assert answer.status_code == 422
        assert f"«{who}» no tiene hoy un puesto en este municipio" in words(answer)
    assert not Absence.objects.exists()


def test_what_is_over_is_not_ended_again(client, town, headed):
    asked(client, since="2020-01-01", until="2020-01-03")
    assert client.post(f"/oficina/pueblo/ausencias/{Absence.objects.get().pk}/volver/").status_code == 404
    assert str(Absence.objects.get().until) == "2020-01-03"
