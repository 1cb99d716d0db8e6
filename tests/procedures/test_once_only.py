"""What an open vault holds is not asked again: it stands in the form, says where it comes from, and may be changed."""

import pytest
from django.urls import reverse

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.models import Draft
from alcaldia.vault import actions as vault
from alcaldia.vault import queries as vault_queries
from alcaldia.vault.actions import Statement
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.flows.test_no_debt import enter

pytestmark = pytest.mark.django_db(transaction=True)
CURP = "GOMC900514MJCMRR01"


def keep(person, group, source="declared", **values):
    vault.store([Statement(person, group, values, source=source)], by="test", channel="test")


@pytest.fixture
def someone(town, broker, client):
    """In their account, with their vault open."""
    found = broker.citizen()
    enter(client, found)
    return found


def step(client, procedure, name):
    """A screen of a request that has just begun."""
    client.post(f"/m/pueblo/tramite/{procedure}/empezar/")
    return client.get(
        reverse("procedures:step", args=[Draft.objects.latest("pk").public_id, name])
    ).content.decode()


def test_a_curp_of_the_vault_is_in_the_form_with_who_said_it(client, someone):
    keep(someone.subject, "identity", "catastro", id_code=CURP)
    page = step(client, "microcredito-mujeres", "persona")
    assert f'value="{CURP}"' in page
    assert "De su bóveda (Catastro municipal" in page
    assert CURP not in str(Draft.objects.get().answers)


def test_what_they_write_instead_is_no_longer_of_the_vault(client, someone):
    keep(someone.subject, "identity", id_code=CURP)
    step(client, "microcredito-mujeres", "persona")
    address = reverse("procedures:step", args=[Draft.objects.get().public_id, "persona"])
    client.post(address, {"curp": "HEGG560427MVZRRL04"})
    page = client.get(address).content.decode()
    assert ("HEGG560427MVZRRL04" in page, "De su bóveda" in page) == (True, False)


def test_an_address_is_one_line_and_how_to_reach_them_waits_on_the_last_page(client, someone):
    keep(someone.subject, "address", street="Callejón del Cuervo", number="7")
    keep(someone.subject, "contact", email="nadie@ejemplo.mx")
    page = step(client, "constancia-residencia", "domicilio")
    assert 'value="Callejón del Cuervo, 7"' in page
    draft = Draft.objects.get()
    client.post(
        reverse("procedures:step", args=[draft.public_id, "domicilio"]),
        {"domicilio": "Callejón del Cuervo, 7", "meses": "24"},
    )
    page = client.get(reverse("procedures:review", args=[draft.public_id])).content.decode()
    assert 'value="nadie@ejemplo.mx"' in page


def test_a_code_that_would_not_be_taken_is_not_filled_in(client, someone):
    keep(someone.subject, "identity", id_code="HEGG-ILEGIBLE")
    assert "HEGG-ILEGIBLE" not in step(client, "microcredito-mujeres", "persona")


def test_without_an_open_vault_the_form_is_empty(client, someone):
    keep(someone.subject, "identity", id_code=CURP)
    del client.cookies[VAULT_COOKIES["person"]]
    assert CURP not in step(client, "microcredito-mujeres", "persona")


def unreachable(*_):
    raise Refusal("broker_down", "La bóveda no responde en este momento.", status=503)


def test_a_vault_that_does_not_answer_stops_nobody(client, someone, monkeypatch):
    keep(someone.subject, "identity", id_code=CURP)
    monkeypatch.setattr(vault_queries, "own", unreachable)
    assert CURP not in step(client, "microcredito-mujeres", "persona")


def test_the_last_page_calls_what_it_permits_as_it_was_asked(client, someone):
    keep(someone.subject, "address", street="Callejón del Cuervo", number="7")
    step(client, "constancia-residencia", "domicilio")
    draft = Draft.objects.get()
    told = {"domicilio": "Callejón del Cuervo, 7", "meses": "24"}
    client.post(reverse("procedures:step", args=[draft.public_id, "domicilio"]), told)
    page = client.get(reverse("procedures:review", args=[draft.public_id])).content.decode()
    permits = page.partition("Qué permite al enviar")[2]
    assert ("<p>Dónde vive</p>" in permits, "Dato del trámite" in permits) == (True, False)
