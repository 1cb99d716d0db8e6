"""Who stands in for whom, on the page of whoever heads the agency."""

from datetime import timedelta

import pytest
from django.utils import timezone

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
