"""Whose account it is, at the counter: by the whole identifier that the person presents, throttled, and told to them."""

import secrets

import pytest
from django.test import Client

from alcaldia.vault.importing import import_accounts
from tests.factories.people import log_in, made_official
from tests.factories.town import town as make_town
from tests.factories.vaults import account, fresh_account
from tests.flows.test_no_debt import _plain_static_files, enter
from tests.flows.test_vault import desk

pytestmark = pytest.mark.django_db(transaction=True)
assert _plain_static_files
PAGE, CURP = "/oficina/datos/cuenta/", f"GOMC900514MJCMR{secrets.token_hex(2).upper()}"
"""The broker outlives each test: a CURP of this run."""


@pytest.fixture
def office(broker):
    found = Client()
    desk(found, broker, role="cadastre", username="catastro")
    return found


@pytest.fixture
def known(broker):
    """Whom the import of the cadastre knows by a CURP, with an account of their own."""
    number = fresh_account()
    import_accounts([account(number, "L1", person=CURP)], town="pueblo", by="consola", channel="cli")
    return broker.owner(number)


def ask(office, clave=CURP, folio="TURNO-7"):
    return office.post(PAGE, {"clave": clave, "folio": folio})


def test_a_whole_identifier_leads_to_the_account_and_to_its_recovery(office, known):
    page = ask(office, f" {CURP[:4]} {CURP[4:].lower()} ").content.decode()
    assert known.subject in page
    assert f'name="cuenta" value="{known.subject}"' in page
    assert CURP not in page


@pytest.mark.parametrize(
    ("clave", "folio", "status", "says"),
    [("XXXX000000", "T-1", 404, "Nadie tiene esa clave"), ("GO", "T-1", 422, "clave completa"), (CURP, "", 422, "el folio"),
     (CURP[:-1], "T-1", 404, "Nadie tiene esa clave")],
)  # fmt: skip
def test_less_than_the_whole_finds_nobody_and_says_what_to_do(office, known, clave, folio, status, says):
    answer = ask(office, clave, folio)
    assert (answer.status_code, known.subject in answer.content.decode()) == (status, False)
    assert says in answer.content.decode()


def test_whoever_was_looked_for_reads_by_whom_and_for_what(client, office, known):
    ask(office)
    enter(client, known)
    told = client.get("/boveda/consultas/").content.decode()
    for words in ("Le identificaron con una clave que usted presentó", "TURNO-7", "Ada Ficticia"):
        assert words in told


def test_trying_one_after_another_is_stopped_and_no_address_holds_anything(office, known):
    answers = [ask(office, f"XXXX{number:06d}") for number in range(11)]
    assert [one.status_code for one in answers] == [404] * 10 + [429]
    assert office.get(f"{PAGE}?clave={CURP}").content.decode().count(known.subject) == 0


def test_it_is_for_whoever_may_ask_for_data(known):
    stranger, cashier = Client(), Client()
    log_in(cashier, made_official(make_town("pueblo-caja"), "cashier", username="caja"))
    assert ask(stranger).status_code in (302, 403)
    assert ask(cashier).status_code == 403
