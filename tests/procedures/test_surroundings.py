"""A municipality's own agencies and agendas are names that its definitions may use."""

import pytest

from alcaldia.agenda.models import Agenda
from alcaldia.procedures import surroundings
from tests.procedures.officials import official

pytestmark = pytest.mark.django_db


def test_posts_and_agendas_of_a_town_are_known_there_and_nowhere_else(town):
    official(town, "ana", "bosques-del-pueblo")
    Agenda.objects.create(
        municipality=town, key="viveros", name="V", office="bosques-del-pueblo", minutes=9, capacity=1
    )
    here, elsewhere = surroundings.of("pueblo"), surroundings.of("otro")
    assert ("bosques-del-pueblo" in here.agencies, list(here.agendas)) == (True, ["viveros"])
    assert ("bosques-del-pueblo" in elsewhere.agencies, elsewhere.agendas) == (False, None)
    assert "cuenta_predial" in elsewhere.procedures["pago-predial"]
