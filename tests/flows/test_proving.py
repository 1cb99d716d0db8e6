"""Who a person is, seen at the counter: signed by the official, told to the owner, and enough for what asks for it."""

import json

import pytest
from django.test import Client

from alcaldia.identity import proving
from alcaldia.identity.models import Notice, Verification
from alcaldia.identity.ports import plugged
from alcaldia.ledger.models import Entry
from tests.factories.people import log_in, made_official, made_person, with_key
from tests.factories.town import town as make_town
from tests.flows.test_recovery import forms, plain, sign

pytestmark = pytest.mark.django_db
assert plain
PAGE = "/oficina/identidad/"


@pytest.fixture
def counter(monkeypatch):
    """A clerk inside, and their device."""
    monkeypatch.setattr(plugged, "custodian", None)
    clerk = made_official(make_town(), "clerk")
    device, browser = with_key(clerk), Client()
    log_in(browser, clerk)
    return browser, device


def test_an_official_signs_what_was_seen_and_the_owner_reads_it(counter):
    browser, device = counter
    person, _ = made_person()
    asked = browser.post(PAGE, {"cuenta": person.public_id, "vio": "passport"})
    assert "pasaporte" in asked.content.decode()
    done = sign(browser, asked, PAGE, device)
    proof = Verification.objects.get(person=person)
    assert (proof.method, proof.source in done.content.decode()) == ("counter", True)
    assert Notice.objects.get(person=person).kind == "proved_at_counter"
    told = json.loads(bytes(Entry.objects.get(type="identity.proved_at_counter").body))
    assert person.public_id not in json.dumps(told)


@pytest.mark.parametrize(
    ("account", "paper", "said"),
    [("p_nadie", "ine", "no existe"), ("", "ine", "no existe"), ("own", "", "Elija qué identificación"), ("own", "gafete", "Elija qué")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_noted(counter, account, paper, said):
    person, _ = made_person()
    answer = counter[0].post(
        PAGE, {"cuenta": person.public_id if account == "own" else account, "vio": paper}
    )
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not Verification.objects.exists()


def test_a_signature_over_one_account_proves_no_other(counter):
    browser, device = counter
    one, other = made_person()[0], made_person()[0]
    options, state = forms(browser.post(PAGE, {"cuenta": one.public_id, "vio": "ine"}))
    sent = {
        "state": state,
        "credential": json.dumps(device.get(options)),
        "cuenta": other.public_id,
        "vio": "ine",
    }
    browser.post(PAGE, sent)
    assert [row.person for row in Verification.objects.all()] == [one]


def test_who_may_not_is_kept_out():
    browser, planner = Client(), made_official(make_town(), "planner")
    with_key(planner)
    log_in(browser, planner)
    assert browser.get(PAGE).status_code == 403
    assert set(proving.PAPERS) >= {"ine", "passport"}
