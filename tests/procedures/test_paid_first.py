"""What is paid first: no agency has it, no clock runs and nothing is decided until the money is there."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from alcaldia.notices import postman
from alcaldia.notices.models import Message
from alcaldia.payments import actions as payments
from alcaldia.payments import resolving
from alcaldia.payments.models import InboxItem, PaymentOrder
from alcaldia.payments.rules import states
from alcaldia.procedures import definitions, engine
from alcaldia.procedures.actions import citizens, clocks
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Case, Turn
from alcaldia.procedures.queries import cases
from alcaldia.procedures.simulation import simulate
from tests.conftest import ROOT
from tests.factories.money import paid_by
from tests.factories.people import log_in
from tests.procedures.conftest import begun, installed, later, sent, submitted
from tests.procedures.officials import official

pytestmark = pytest.mark.django_db(transaction=True)
FILE = ROOT / "tests" / "samples" / "definitions" / "permiso-baile.yaml"


@pytest.fixture
def dance(town):
    """The file as it is: paid before submission."""
    with installed(town, FILE):
        yield town


@pytest.fixture
def reviewed(dance):
    """The same, paid before its review."""
    path = definitions.home_of(dance.slug) / FILE.name
    path.write_text(path.read_text().replace("before_submission", "before_review"))
    return dance


def order_of(case):
    return PaymentOrder.objects.get(folio=case.order)


def paid(case):
    paid_by(order_of(case))
    case.refresh_from_db()
    return case


def expired(case):
    late = timezone.now() - payments.GRACE - timedelta(minutes=1)
    PaymentOrder.objects.filter(folio=case.order).update(expires_at=late)
    return payments.expire_due()


def test_the_file_has_nothing_to_mend():
    program, complaints = definitions.check_file(FILE)
    assert [one.sentence() for one in complaints] == []
    assert simulate(program, {"personas": "50"})["paid"] == "before_submission"


def test_it_waits_for_its_payment_and_then_a_rule_decides_it(dance):
    case, _ = sent(dance, "permiso-baile", personas="50")
    assert (case.state, case.outcome, case.turns.count()) == ("awaiting_payment", "", 0)
    assert order_of(case).total == 100
    assert (paid(case).state, bool(case.document)) == ("issued", True)


def test_the_agency_receives_it_when_it_is_paid_and_its_term_begins_there(dance):
    case, _ = sent(dance, "permiso-baile", personas="400")
    assert engine.state_of(case).clock is None
    assert not Turn.objects.exists()
    assert paid(case).state == "in_review"
    assert Turn.objects.get(case=case, kind="review").state == "open"
    assert [one.kind for one in case.events.all()] == ["submitted", "paid", "routed"]


def test_an_office_that_knows_the_folio_does_not_see_it_before(client, dance):
    case, _ = sent(dance, "permiso-baile", personas="400")
    log_in(client, official(dance, "jefa", "comercio-y-via-publica", "director"))
    assert client.get(f"/oficina/pueblo/solicitud/{case.folio}/").status_code == 404
    paid(case)
    assert client.get(f"/oficina/pueblo/solicitud/{case.folio}/").status_code == 200


def test_what_a_rule_denies_is_not_charged(dance):
    case, _ = sent(dance, "permiso-baile", personas="9000")
    assert (case.state, case.outcome, case.order) == ("issued", "denied", "")


def test_before_a_review_the_agency_has_it_and_waits(reviewed, client):
    case, _ = sent(reviewed, "permiso-baile", personas="400")
    page = client.get(f"/tramite/{case.folio}/").content.decode()
    assert ("Espera su pago" in page, "Espera a que usted complete" in page) == (True, False)
    assert set(case.turns.values_list("state", flat=True)) == {"citizen"}
    assert paid(case).state == "in_review"
    assert set(case.turns.filter(kind="review").values_list("state", flat=True)) == {"open"}
    at_once, _ = sent(reviewed, "permiso-baile", personas="50")
    assert (at_once.state, at_once.outcome) == ("decided", "granted")


@pytest.mark.parametrize("moment", ["dance", "reviewed"])
def test_what_nobody_pays_lapses_when_its_order_expires(request, moment, monkeypatch):
    town = request.getfixturevalue(moment)
    case, _ = sent(town, "permiso-baile", personas="400")
    assert (clocks.run(town, later(case, 60)).failed, expired(case)) == ([], 0)
    monkeypatch.setattr(engine, "today", lambda town: later(case, 5))
    assert expired(case) == 1
    case.refresh_from_db()
    assert (case.state, order_of(case).state) == ("lapsed", states.EXPIRED)
    assert set(case.turns.values_list("state", flat=True)) <= {"done"}
    assert cases.status(case.folio).steps[-1].text == "Venció el plazo para pagarla y se archivó"


def test_a_person_who_withdraws_is_charged_nothing(dance):
    case, code = sent(dance, "permiso-baile", personas="50")
    citizens.withdraw(folio=case.folio, bearer=Bearer(code), by="citizen", channel="test")
    assert order_of(case).state == states.CANCELLED
    assert not InboxItem.objects.exists()


def test_what_was_paid_and_withdrawn_is_given_back_by_a_person(dance):
    case, code = sent(dance, "permiso-baile", personas="400")
    paid(case)
    citizens.withdraw(folio=case.folio, bearer=Bearer(code), by="citizen", channel="test")
    [item] = InboxItem.objects.all()
    assert [code for code, _ in resolving.ways_to_resolve(item)] == ["refund", "by_hand", "noted"]
    resolving.resolve(item=item, how="by_hand", because="Transferencia.", by="ana", channel="test")
    assert order_of(case).state == states.REFUNDED


def test_money_that_comes_late_is_held_and_begins_nothing(dance):
    case, code = sent(dance, "permiso-baile", personas="50")
    citizens.withdraw(folio=case.folio, bearer=Bearer(code), by="citizen", channel="test")
    paid_by(order_of(case))
    assert Case.objects.get(pk=case.pk).state == "withdrawn"
    assert InboxItem.objects.get().reason == "cancelled_order"


def test_a_guest_sees_what_is_missing_and_pays_with_one_touch(client, dance):
    case, _ = sent(dance, "permiso-baile", personas="50")
    page = client.get(f"/tramite/{case.folio}/").content.decode()
    assert "Falta su pago para empezar" in page
    assert f'href="/pagar/{case.order}/"' in page
    assert "se archiva y no se cobra nada" in page
    told = client.get(f"/api/v1/cases/{case.folio}").json()
    assert (told["state"], told["todo"], told["order"]) == ("awaiting_payment", "pay", case.order)


def test_the_page_before_sending_says_when_it_is_paid(client, dance):
    tried = client.post("/api/v1/municipalities/pueblo/procedures/permiso-baile/try", json.dumps({"answers": {"personas": "50"}}),
                        content_type="application/json").json()  # fmt: skip
    assert (tried["paid"], tried["fee"]) == ("before_submission", "100.00")


def test_the_person_is_told_to_pay(dance):
    draft = begun(dance, "permiso-baile", personas="50")
    with transaction.atomic():
        submitted(public_id=draft.draft.public_id, code=draft.code, by="citizen", channel="test",
                          contact=postman.pack({"email": "ana@ejemplo.mx"}))  # fmt: skip
    row = Message.objects.get()
    assert (row.template, bool(row.facts["until"])) == ("payment_due", True)
