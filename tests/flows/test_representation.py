"""The counter records who may act for whom, signed; the person switches, and every page says so."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from alcaldia.identity.models import Representation, Session
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from tests.factories.people import log_in, made_official, made_person, with_key

pytestmark = pytest.mark.django_db
ADDRESS = "/oficina/representaciones/nueva/"


@pytest.fixture(autouse=True)
def plain(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.fixture
def clerk():
    one = made_official(Municipality.objects.create(slug="prueba", name="Prueba"), "clerk")
    client = Client()
    log_in(client, one)
    return client, with_key(one)


def given(represented, representative, **changed):
    return {
        "representado": represented.public_id, "representante": representative.public_id, "fundamento": "guardian",
        "alcance": "", "desde": "2026-01-01", "hasta": "", "documento": "ACTA-1", **changed,
    }  # fmt: skip


def record(clerk, fields):
    client, device = clerk
    page = client.post(ADDRESS, fields)
    options = re.search(r'data-options="([^"]+)"', page.content.decode())
    if not options:
        return page
    state = unescape(re.search(r'name="state" value="([^"]+)"', page.content.decode()).group(1))
    answer = json.dumps(device.get(json.loads(unescape(options.group(1)))))
    return client.post(ADDRESS, {"state": state, "credential": answer})


def test_a_guardian_is_recorded_acts_and_stops_acting(client, clerk):
    child, (mother, _) = made_person()[0], made_person()
    assert record(clerk, given(child, mother)).status_code == 302
    row = Representation.objects.get()
    session = log_in(client, mother)

    client.post("/cuenta/actuar-por/", {"mandato": row.pk})
    acting = client.get("/ayuda/").content.decode()
    client.post("/cuenta/actuar-por/", {})
    after = client.get("/ayuda/").content.decode()

    assert "Está actuando por otra persona" in acting
    assert "Está actuando" not in after
    assert Entry.objects.filter(type="identity.representation_recorded").count() == 1
    assert Session.objects.get(pk=session.pk).mandate is None


def test_a_mandate_that_ended_or_was_withdrawn_or_of_another_is_no_mandate(client, clerk):
    child, (mother, _), (stranger, _) = made_person()[0], made_person(), made_person()
    record(clerk, given(child, mother, hasta="2026-01-02"))
    record(clerk, given(child, mother, documento="ACTA-2"))
    ended, live = Representation.objects.order_by("pk")
    log_in(client, stranger)
    other = client.post("/cuenta/actuar-por/", {"mandato": live.pk}).status_code
    log_in(client, mother)
    over = client.post("/cuenta/actuar-por/", {"mandato": ended.pk}).status_code
    clerk[0].post(f"/oficina/representaciones/{live.pk}/retirar/")

    assert (other, over) == (404, 403)
    assert client.post("/cuenta/actuar-por/", {"mandato": live.pk}).status_code == 403


def test_acting_ends_with_the_mandate(client, clerk):
    child, (mother, _) = made_person()[0], made_person()
    record(clerk, given(child, mother))
    row = Representation.objects.get()
    log_in(client, mother)
    client.post("/cuenta/actuar-por/", {"mandato": row.pk})

    clerk[0].post(f"/oficina/representaciones/{row.pk}/retirar/")

    assert "Está actuando" not in client.get("/ayuda/").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"desde": "ayer"}, {"hasta": "2020-01-01"}, {"fundamento": "amistad"}, {"documento": ""}, {"representado": "p_no"}]
)  # fmt: skip
def test_what_the_paper_does_not_prove_is_refused(clerk, wrong):
    child, (mother, _) = made_person()[0], made_person()

    assert record(clerk, given(child, mother, **wrong)).status_code == 422
    assert not Representation.objects.exists()


def test_a_reviewer_records_nobody(client):
    log_in(client, made_official(Municipality.objects.create(slug="prueba", name="Prueba"), "reviewer"))

    assert client.get(ADDRESS).status_code == 403
