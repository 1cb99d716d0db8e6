"""Nobody paid in time: the page offers a new order, and money that comes late for the old one is not lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import actions as payments
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import registers
from alcaldia.procedures.actions import paying
from tests.procedures.conftest import sent
from tests.procedures.test_paying import ACCOUNT, pay, pay_order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owed(town):
    """A permit that is granted and unpaid."""
    registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 9})])
    return sent(town, "ocupacion-via-publica", lugar="Calle 1", que="mercancia", m2="2", dias="5")[0]


def over(case):
    """Its last day has passed; the clock still waits for late news."""
    PaymentOrder.objects.filter(folio=case.order).update(expires_at=timezone.now() - timedelta(hours=1))


def expire(case):
    late = timezone.now() - payments.GRACE - timedelta(days=1)
    PaymentOrder.objects.filter(folio=case.order).update(expires_at=late)
    payments.expire_due()


def test_the_page_of_an_expired_order_leads_to_a_new_one_that_pays_the_case(client, owed):
    first = owed.order
    over(owed)
    assert "Pida otra" in client.get(f"/pagar/{first}/").content.decode()
    assert "Pedir otra orden de pago" in client.get(f"/tramite/{owed.folio}/").content.decode()
    there = client.post(f"/tramite/{owed.folio}/orden/").headers["Location"]
    owed.refresh_from_db()
    assert there == f"/pagar/{owed.order}/" != f"/pagar/{first}/"
    pay(owed)
    assert owed.state == "issued"


def test_an_order_that_stands_is_not_replaced(client, owed):
    assert client.post(f"/tramite/{owed.folio}/orden/").status_code == 409
    owed.refresh_from_db()
    assert PaymentOrder.objects.count() == 1


def test_money_for_both_orders_pays_once_and_the_second_is_held(owed):
    first = PaymentOrder.objects.get(folio=owed.order)
    over(owed)
    paying.ask_again(folio=owed.folio, by="citizen", channel="test")
    pay_order(first)
    owed.refresh_from_db()
    assert owed.state == "issued"
    with pytest.raises(Refusal, match="ya está pagada"):
        pay_order(PaymentOrder.objects.get(folio=owed.order))


def test_who_holds_a_place_and_does_not_pay_gives_it_back(owed):
    expire(owed)
    owed.refresh_from_db()
    assert owed.state == "lapsed"
    with pytest.raises(Refusal, match="no tiene un pago pendiente"):
        paying.ask_again(folio=owed.folio, by="citizen", channel="test")


def test_what_an_account_owes_is_asked_anew(client, town):
    registers.keep(town, "property_tax", [("0100", ACCOUNT)])
    case, _ = sent(town, "pago-predial", cuenta_predial="0100")
    expire(case)
    assert "Empezar el pago de nuevo" in client.get(f"/tramite/{case.folio}/").content.decode()
    with pytest.raises(Refusal, match="pudo cambiar"):
        paying.ask_again(folio=case.folio, by="citizen", channel="test")
