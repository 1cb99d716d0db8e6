"""A permit at a kiosk through the web: the machine registers itself, a code gives it, an official sees, the receipt voids."""

import html
import re
import secrets
from urllib.parse import urlsplit

import pytest
from django.test import Client

from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from alcaldia.project.cli import main
from alcaldia.vault import actions
from alcaldia.vault.actions import Statement
from alcaldia.vault.rules.text64 import to_bytes
from tests.factories.kiosk import SoftKiosk
from tests.factories.town import town
from tests.flows.test_assisted import CLABE, look
from tests.flows.test_no_debt import _plain_static_files, enter
from tests.flows.test_vault import desk

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {
    "case": "EXP-9",
    "office": "pueblo/tesoreria",
    "purpose": "pay-out",
    "what": ["accounts.clabe"],
}
assert _plain_static_files


def command(capsys, *words):
    capsys.readouterr()
    assert main(["kiosk", *words]) == 0
    return capsys.readouterr().out


class Machine:
    """A kiosk's browser: its key, and the pages that it fetches."""

    def __init__(self, capsys, name):
        town()
        self.key, self.web = SoftKiosk(), Client()
        link = command(capsys, "add", "pueblo", name).split()[-1]
        assert urlsplit(link).path == "/quiosco/"
        self.enrolled = self.web.post("/quiosco/registro/", self.key.enrolling(urlsplit(link).fragment))
        self.key.id = re.search(r'data-kiosk="([^"]+)"', self.enrolled.content.decode())[1]

    def type(self, code):
        return self.web.post("/quiosco/codigo/", self.key.trying(code))

    def choose(self, page, **changed):
        return self.web.post("/quiosco/revisar/", {"state": state_of(page), **ASKED, **changed})

    def confirm(self, page, **changed):
        challenge = re.search(r'data-challenge="([^"]+)"', page.content.decode())[1]
        given = {"state": state_of(page), "signature": self.key.sign(to_bytes(challenge))}
        return self.web.post("/quiosco/dar/", given | changed)

    def give(self, code):
        return self.confirm(self.choose(self.type(code)))


def state_of(page):
    return html.unescape(re.search(r'name="state" value="([^"]+)"', page.content.decode())[1])


@pytest.fixture
def square(broker, capsys):
    """Of a name of its own: the broker of the session remembers each."""
    return Machine(capsys, f"Plaza {secrets.token_hex(3)}")


@pytest.fixture
def code(broker, client):
    person = broker.citizen()
    enter(client, person)
    actions.store([Statement(person.subject, "accounts", {"clabe": CLABE})], by="citizen", channel="portal")
    return re.search(r'class="mono code">([^<]+)<', client.post("/boveda/ventanilla/").content.decode())[1]


def name_of(machine):
    return re.search(r"«([^»]+)»", machine.enrolled.content.decode())[1]


def test_an_official_sees_it_and_the_person_reads_at_which_kiosk(client, broker, square, code):
    office = Client()
    desk(office, broker)
    receipt = square.give(code).content.decode()
    assert "Recibo del permiso" in receipt
    assert (
        f"Asistido en quiosco {name_of(square)}"
        in office.post("/oficina/datos/", {"case": "EXP-9"}).content.decode()
    )
    assert CLABE in look(office).content.decode()
    for address in ("/boveda/consultas/", "/boveda/permisos/"):
        assert f"Asistido en quiosco {name_of(square)}" in client.get(address).content.decode()


def test_the_receipt_voids_it_without_an_account(broker, square, code):
    office = Client()
    desk(office, broker)
    void = re.search(r'class="mono code">([^<]+)<', square.give(code).content.decode())[1]
    assert "quedó anulado" in Client().post("/boveda/anular/", {"code": void}).content.decode()
    assert CLABE not in look(office).content.decode()


def test_a_kiosk_that_was_revoked_gives_nothing_and_what_it_gave_ends(broker, square, code, client, capsys):
    office = Client()
    desk(office, broker)
    square.give(code)
    again = re.search(r'class="mono code">([^<]+)<', client.post("/boveda/ventanilla/").content.decode())[1]
    assert "en uso" in command(capsys, "list", "pueblo")
    command(capsys, "revoke", "pueblo", name_of(square))
    assert f"{name_of(square):<40} de baja" in command(capsys, "list")
    assert main(["kiosk", "add", "pueblo"]) == main(["kiosk", "add", "pueblo", "Plaza/1"]) == 1
    answer = square.type(again)
    assert answer.status_code == 403
    assert "no es un quiosco dado de alta" in answer.content.decode()
    assert CLABE not in look(office).content.decode()
    assert "Se dio de baja el quiosco" in client.get("/boveda/consultas/").content.decode()
    assert main(["kiosk", "revoke", "pueblo", name_of(square)]) == 1


def test_its_coming_and_its_end_are_acts_of_the_city(square, capsys):
    command(capsys, "revoke", "pueblo", name_of(square))
    acts = Entry.objects.filter(folio=f"QUIOSCO-{name_of(square)}").order_by("index")
    assert [one.type for one in acts] == [
        "counters.kiosk_added", "counters.kiosk_enrolled", "counters.kiosk_ended"
    ]  # fmt: skip


def test_nothing_is_given_without_the_machines_signature_over_what_was_read(square, code, client):
    page = square.choose(square.type(code))
    for wrong in (
        {"signature": ""},
        {"signature": square.key.sign("x")},
        {"signature": SoftKiosk().sign(b"x" * 32)},
    ):
        assert square.confirm(page, **wrong).status_code == 403
    assert square.confirm(page, state="x").status_code == 409
    assert "Asistido en quiosco" not in client.get("/boveda/permisos/").content.decode()
    assert square.confirm(page).status_code == 200
    assert square.confirm(page).status_code == 409  # the same again
    assert square.type(code).status_code == 403  # a code serves once


def test_more_than_a_small_permit_for_the_kiosks_own_town_is_not_offered(square, code):
    Municipality.objects.get_or_create(slug="otro", defaults={"name": "Otro"})
    many = ["identity.full_name", "identity.id_code", "identity.tax_code", "contact.email", "contact.phone",
            "address.street", "address.number"]  # fmt: skip
    page = square.type(code)
    assert "otro/tesoreria" not in page.content.decode()
    for changed in (
        {"what": many},
        {"what": []},
        {"office": "otro/tesoreria"},
        {"purpose": "resolve-request"},
        {"case": ""},
    ):
        again = square.choose(page, **changed)
        assert again.status_code == 422
        assert 'role="alert"' in again.content.decode() or 'class="error"' in again.content.decode()


def test_no_page_of_it_is_kept_names_the_person_or_sets_a_session(square, code):
    pages = [square.web.get("/quiosco/"), square.type(code)]
    pages.append(square.choose(pages[-1]))
    pages.append(square.confirm(pages[-1]))
    assert {page.status_code for page in pages} == {200}
    assert {page.headers["Cache-Control"] for page in pages} == {
        "max-age=0, no-cache, no-store, must-revalidate, private"
    }
    assert set(square.web.cookies) <= {"csrf"}
    assert CLABE not in "".join(page.content.decode() for page in pages)


def test_a_browser_without_scripts_is_sent_to_the_counter(client):
    page = client.get("/quiosco/").content.decode()
    assert "Vaya a la ventanilla" in re.search(r"<noscript>(.*?)</noscript>", page, re.DOTALL)[1]
    assert page.count("hidden>") >= 3


def test_a_stranger_and_a_wrong_enrolment_code_get_nothing(square):
    stranger = SoftKiosk()
    stranger.id = square.key.id
    assert Client().post("/quiosco/codigo/", stranger.trying("AAAAA")).status_code == 403
    assert Client().post("/quiosco/registro/", stranger.enrolling("AAAAA-AAAAA")).status_code == 403
