"""An account is settled by what was paid for it: once, no more than that, and not by money that the bank took back."""

from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone

from alcaldia.ledger.models import Entry
from alcaldia.notices.models import Message
from alcaldia.payments.hearing import Heard, hear, locked
from alcaldia.payments.models import InboxItem, PaymentOrder
from alcaldia.payments.ports import News
from alcaldia.procedures import registers
from tests.factories.money import paid_by
from tests.factories.people import log_in
from tests.procedures.conftest import begun, sent
from tests.procedures.officials import official

pytestmark = pytest.mark.django_db
ACCOUNT = {"valor": 500000, "anterior": 0, "inapam": False, "atraso": 0, "pagado": False}


def owing(town, **more):
    registers.keep(town, "property_tax", [("0100", {**ACCOUNT, **more})])
    case, _ = sent(town, "pago-predial", cuenta_predial="0100")
    return case, PaymentOrder.objects.get(folio=case.order)


def account(town):
    return registers.look_up(town, "property_tax", "0100")


def told(owed, kind):
    """The bank's news of a charge that it had confirmed."""
    news = News(f"e-{kind}", kind, f"c-{owed.folio}", owed.total, "MXN", timezone.now())
    with transaction.atomic():
        hear(Heard("test", news, b"", "query", "t", "t"), of=locked(owed.pk))


def test_a_second_payment_of_one_account_is_held_for_the_treasury(town):
    (_, one), (other, two) = owing(town), owing(town)
    paid_by(one)
    paid_by(two)
    other.refresh_from_db()
    assert (account(town)["pagado"], other.state) == (True, "decided")
    assert "ya no debe nada" in InboxItem.objects.get().note


def test_what_came_due_meanwhile_is_not_wiped_out_and_the_head_is_told(town):
    town.settings = {**town.settings, "contact": {"email": "oficina@example.org"}}
    town.save()
    case, owed = owing(town)
    registers.keep(town, "property_tax", [("0100", {**ACCOUNT, "anterior": 5000, "atraso": 12})])
    paid_by(owed)
    case.refresh_from_db()
    assert (account(town)["anterior"], account(town)["pagado"], case.state) == (5000, False, "issued")
    assert Message.objects.filter(template="account_changed").exists()


def test_money_that_the_bank_takes_back_is_owed_again_until_it_returns(client, town):
    case, owed = owing(town, anterior=70)
    paid_by(owed)
    told(owed, "disputed")
    assert (account(town)["pagado"], account(town)["anterior"]) == (False, 70)
    assert "no pague otra vez" in client.get(f"/tramite/{case.folio}/").content.decode()
    log_in(client, official(town, "jefa", case.agency, "director"))
    page = client.get(f"/oficina/pueblo/solicitud/{case.folio}/").content.decode()
    assert page.count("Contracargo") == 2
    assert Entry.objects.filter(type__endswith="payment_disputed").count() == 1


def test_an_account_that_was_loaded_anew_since_stays_as_it_is(town):
    _, owed = owing(town)
    paid_by(owed)
    registers.keep(town, "property_tax", [("0100", {**ACCOUNT, "anterior": 9})])
    told(owed, "disputed")
    assert account(town)["anterior"] == 9


def test_a_discount_of_the_day_it_was_sent_holds_when_the_bank_tells_later(town, monkeypatch):
    case, owed = owing(town)
    case.events.update(on=date(2026, 1, 10))
    PaymentOrder.objects.filter(pk=owed.pk).update(total=510)
    case.events.filter(kind="submitted").update(facts={**case.events.first().facts, "fee": "510.00"})
    owed.refresh_from_db()
    paid_by(owed)
    assert account(town)["pagado"] is True


def test_the_page_before_sending_shows_tax_surcharge_and_arrears_apart(client, town):
    registers.keep(town, "property_tax", [("0100", {**ACCOUNT, "anterior": 1000, "atraso": 10})])
    draft = begun(town, "pago-predial", cuenta_predial="0100")
    client.cookies["borrador"] = draft.code
    page = client.get(f"/borrador/{draft.draft.public_id}/revisar/").content.decode()
    for words in ("Impuesto", "600", "Recargos", "147", "$1,747.00"):
        assert words in page
