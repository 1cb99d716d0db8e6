"""The vault of whoever chose English: every label of its tables is said in English."""

import re

import pytest
from django.test import Client

from alcaldia.vault import actions, custodian
from alcaldia.vault.actions import Statement
from alcaldia.vault.importing import import_accounts
from tests.factories.town import town as make_town
from tests.factories.vaults import account, fresh_account
from tests.flows.test_no_debt import _plain_static_files, ask, enter
from tests.flows.test_vault import PERMIT, desk, give, look
from tests.procedures.test_in_english import read, slips
from tests.unit.web.test_words import ENGLISH, VAULT, texts

pytestmark = pytest.mark.django_db(transaction=True)
assert _plain_static_files
OWN = {
    "identity": {"full_name": "Ada Inventada", "birth_date": "1990-01-01"},
    "contact": {"email": "nadie@ejemplo.mx"},
    "accounts": {"clabe": "032180000118359719", "bank": "Inventado"},
}
WORDS = {word for table in VAULT.values() for row in table.values() for word in texts(row) if word}
LABELS = {word.strip(".") for word in WORDS if not ENGLISH.gettext(word).startswith(word)}
"""In Spanish; "CLABE (bank account number)" begins with its own."""


def left(page):
    """Labels of the vault's tables that a page says in Spanish still, whether it marks them as such or not."""
    found = read(page)
    lines = {line.strip(" :.,;") for line in found.words + found.marked}
    parts = {part.strip() for line in lines for part in re.split(r"[,;:()·]", line)}
    return sorted((lines | parts) & LABELS)


def unsaid(page):
    """Besides, Spanish words that it passes off as English."""
    return left(page) + slips(page)


def words(page):
    return {line.strip(" :.,;·") for line in read(page).words}


@pytest.fixture
def owner(broker, client):
    """Of a parcel that owes, with the vault open."""
    make_town()
    number = fresh_account()
    import_accounts([account(number, "L4", due="812.40")], town="pueblo", by="consola", channel="cli")
    found = broker.owner(number)
    enter(client, found)
    return found


@pytest.fixture
def reader(client, owner):
    """Reads English; in their vault lies what registers say and what they wrote themself."""
    for group, values in OWN.items():
        actions.store([Statement(owner.subject, group, values)], by="citizen", channel="portal")
    client.post("/idioma/", {"language": "en", "next": "/"})
    return client


@pytest.fixture
def looked_at(reader, owner, broker):
    """An official used a permit, and tried again after it was taken back; two more were used without showing anything."""
    office = Client()
    desk(office, broker)
    give(reader, owner, what=["accounts.clabe", "accounts.bank"])
    look(office)
    [one] = custodian.ask("my_grants", token=owner.token)
    reader.post(f"/boveda/permisos/{one['id']}/retirar/")
    office.post("/oficina/datos/ver/", {"case": "EXP-7", "permit": one["id"], "fields": ["accounts.clabe"]})
    ask(reader, owner, "L4")
    return reader


def test_what_the_city_holds(reader):
    page = reader.get("/boveda/")
    assert unsaid(page) == []
    assert {"Who you are", "Full name", "Property tax", "Date of birth"} <= words(page)


def test_who_looked(looked_at):
    page = looked_at.get("/boveda/consultas/")
    assert unsaid(page) == []
    shown = {"Saw your data", "Checked without seeing", "Wanted to see and was not allowed", "Treasury"}
    assert shown | {"You took a permission back", "The system, with you present"} <= words(page)


def test_what_one_permits(looked_at, owner):
    page = looked_at.get("/boveda/permisos/")
    assert unsaid(page) == []
    assert "It asked for more than it read: it never used Bank" in words(page)


def test_giving_a_permit(reader, owner):
    chosen = reader.get("/boveda/permisos/nuevo/")
    signed = reader.post("/boveda/permisos/nuevo/", PERMIT | {"what": ["accounts.clabe", "tax.due"]})
    assert (unsaid(chosen), unsaid(signed)) == ([], [])
    assert {"CLABE (bank account number), To be paid (property tax)", "Treasury"} <= words(signed)


@pytest.mark.parametrize("address", ["datos/identity/", "datos/health/", "sellado/", "repuestos/"])
def test_what_one_writes_and_seals(reader, address):
    assert unsaid(reader.get(f"/boveda/{address}")) == []


def test_what_is_refused(reader, owner):
    pages = [ask(reader, owner, "L4"), reader.post("/boveda/borrar/", {"word": "no"})]
    assert [unsaid(page) for page in pages] == [[], []]
    assert "This parcel owes property tax" in pages[0].content.decode()
