"""A permit at the counter, end to end: the person's code, the official's touch, the receipt that voids it."""

import html
import json
import re

import pytest
from django.test import Client

from alcaldia.vault import actions
from alcaldia.vault.actions import Statement
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.factories.passkey import to_bytes
from tests.flows.test_no_debt import _plain_static_files, enter
from tests.flows.test_vault import desk

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"case": "EXP-9", "purpose": "pay-out", "what": ["accounts.clabe"], "uses": "2"}
CLABE = "032180000118359719"
assert _plain_static_files


@pytest.fixture
def counter(broker, client):
    """The person's browser at home, with a printed code; the official's at the counter."""
    person, office = broker.citizen(), Client()
    enter(client, person)
    statement = Statement(person.subject, "accounts", {"clabe": CLABE})
    actions.store([statement], by="citizen", channel="portal")
    code = re.search(r'class="mono code">([^<]+)<', client.post("/boveda/ventanilla/").content.decode())[1]
    return person, code, office, desk(office, broker)


def assist(office, official, code, /, **changed):
    page = office.post("/oficina/datos/asistido/", {"code": code, **ASKED, **changed})
    text = page.content.decode()
    if page.status_code != 200:
        return page
    options = json.loads(html.unescape(re.search(r'data-options="([^"]+)"', text)[1]))
    state = html.unescape(re.search(r'name="state" value="([^"]+)"', text)[1])
    credential = json.dumps(official.key.sign(to_bytes(options["challenge"])))
    return office.post("/oficina/datos/asistido/dar/", {"state": state, "credential": credential})


def look(office):
    page = office.post("/oficina/datos/", {"case": "EXP-9"}).content.decode()
    found = re.search(r'name="permit" value="([^"]+)"', page)
    given = {"case": "EXP-9", "permit": found[1] if found else "00" * 32, "fields": ["accounts.clabe"]}
    return office.post("/oficina/datos/ver/", given)


def test_an_official_of_two_offices_says_for_which_one_and_sees_it_there(broker, client):
    person, office = broker.citizen(), Client()
    enter(client, person)
    actions.store([Statement(person.subject, "accounts", {"clabe": CLABE})], by="citizen", channel="portal")
    code = re.search(r'class="mono code">([^<]+)<', client.post("/boveda/ventanilla/").content.decode())[1]
    official = desk(office, broker, towns=("pueblo", "otro"))
    assert "En cuál de sus oficinas" in office.get("/oficina/datos/asistido/").content.decode()
    assert assist(office, official, code).status_code == 422
    assert assist(office, official, code, office="ajeno/tesoreria").status_code == 422
    assert "Recibo" in assist(office, official, code, office="otro/tesoreria").content.decode()
    assert CLABE in look(office).content.decode()


def test_it_shows_the_field_and_the_person_reads_that_it_was_given_at_a_counter(client, counter):
    _, code, office, official = counter
    assert "Recibo del permiso" in assist(office, official, code).content.decode()
    assert CLABE in look(office).content.decode()
    told = client.get("/boveda/consultas/").content.decode()
    assert "Vio sus datos" in told
    assert "Dado en ventanilla" in told
    assert "Dado en ventanilla" in client.get("/boveda/permisos/").content.decode()


def test_the_receipt_voids_it_without_an_account(counter):
    _, code, office, official = counter
    receipt = assist(office, official, code).content.decode()
    void = re.search(r'class="mono code">([^<]+)<', receipt)[1]
    assert "quedó anulado" in Client().post("/boveda/anular/", {"code": void}).content.decode()
    assert CLABE not in look(office).content.decode()
    assert Client().post("/boveda/anular/", {"code": void}).status_code == 403


def test_the_person_withdraws_it_from_their_account(client, counter):
    _, code, office, official = counter
    assist(office, official, code)
    page = client.get("/boveda/permisos/").content.decode()
    client.post(re.search(r'action="(/boveda/permisos/[^"]+/retirar/)"', page)[1])
    assert CLABE not in look(office).content.decode()


def test_the_persons_own_signature_withdraws_it_without_a_session_at_the_broker(client, counter):
    person, code, office, official = counter
    assist(office, official, code)
    page = client.get("/boveda/permisos/").content.decode()
    address = re.search(r'href="(/boveda/permisos/[^"]+/retirar/firmado/)"', page)[1]
    client.cookies.pop(VAULT_COOKIES["person"])
    text = client.get(address).content.decode()
    options = json.loads(html.unescape(re.search(r'data-options="([^"]+)"', text)[1]))
    forged = json.dumps(official.key.sign(to_bytes(options["challenge"])))
    assert client.post(address, {"credential": forged}).status_code == 403
    signed = json.dumps(person.key.sign(to_bytes(options["challenge"])))
    assert "quedó retirado" in client.post(address, {"credential": signed}).content.decode()
    assert CLABE not in look(office).content.decode()


def test_a_code_serves_once_and_only_for_little(counter):
    _, code, office, official = counter
    many = ["identity.full_name", "identity.id_code", "identity.tax_code", "contact.email", "contact.phone",
            "address.street", "address.number"]  # fmt: skip
    assert assist(office, official, code, what=many).status_code == 422
    assert assist(office, official, code, uses="4").status_code == 422
    assert assist(office, official, "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA").status_code == 403
    assert assist(office, official, code).status_code == 200
    assert assist(office, official, code).status_code == 403
