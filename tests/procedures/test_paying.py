"""A paid case is issued once, whatever the order and number of the bank's messages; its register says so at once."""

from decimal import Decimal

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import engine, registers
from alcaldia.procedures.actions import citizens
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.actions.paying import CasePayments
from tests.procedures.conftest import sent

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNT = {
    "valor": "500000",
    "anterior": "0",
    "inapam": False,
    "atraso": 0,
    "adeudo": "600",
    "pagado": False,
    "also": ["0100", "L1"],
}


@pytest.fixture
def owing(town):
    registers.keep(town, "property_tax", [("0100", ACCOUNT), ("L1", ACCOUNT)])
    return town


def pay(case):
    from django.db import transaction

    with transaction.atomic():
        CasePayments().order_paid(PaymentOrder.objects.get(folio=case.order))
    case.refresh_from_db()


def test_a_guest_pays_with_only_an_account_number_and_has_the_receipt(owing):
    case, _ = sent(owing, "pago-predial", cuenta_predial="0100")
    pay(case)
    assert (case.state, bool(case.document), case.person) == ("issued", True, "")


def test_paying_twice_issues_once(owing):
    case, _ = sent(owing, "pago-predial", cuenta_predial="0100")
    pay(case)
    document = case.document
    pay(case)
    assert case.document == document
    assert case.events.filter(kind="paid").count() == 1


def test_what_was_paid_is_not_asked_again(owing):
    case, _ = sent(owing, "pago-predial", cuenta_predial="0100")
    pay(case)
    assert registers.look_up(owing, "property_tax", "L1")["adeudo"] == "0"
    again, _ = sent(owing, "pago-predial", cuenta_predial="0100")
    assert again.outcome == "denied"
    certificate, _ = sent(owing, "constancia-no-adeudo-predial", predio="L1")
    assert certificate.outcome == "granted"


def test_money_for_a_withdrawn_case_is_held_for_reconciliation(town, broker):
    registers.keep(town, "licences", [("LIC-1", {"vigente": True, "m2": 40})])
    case, code = sent(town, "terminacion-obra", licencia="LIC-1", m2_final="40", fotos="x")
    citizens.withdraw(folio=case.folio, bearer=Bearer(code), by="citizen", channel="test")
    order = PaymentOrder(subject=f"case:{case.folio}", folio="PAG-X", total=Decimal(300))
    with pytest.raises(Refusal):
        pay_order(order)
    assert not engine.state_of(case).paid


def pay_order(order):
    from django.db import transaction

    with transaction.atomic():
        CasePayments().order_paid(order)


def test_a_register_opens_only_to_its_own_number(owing):
    assert registers.look_up(owing, "property_tax", " 01 00 ")["valor"] == "500000"
    assert registers.look_up(owing, "property_tax", "0101") is None
    from alcaldia.procedures.models import RegisterRow

    assert all(b"500000" not in bytes(row.sealed) for row in RegisterRow.objects.all())
