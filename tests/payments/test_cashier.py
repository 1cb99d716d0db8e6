"""The till: opened, paid into, counted, closed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.payments import actions, cashier, queries, settling
from alcaldia.payments.models import CashReceipt
from tests.factories.money import order, started, town
from tests.factories.people import LONG_AGO, made_official

pytestmark = pytest.mark.django_db
D = Decimal
WHO = {"by": "caja1", "channel": "counter"}


@pytest.fixture
def till(city):
    return cashier.open_shift(municipality=town(), float_amount=D(500), **WHO)


def test_cash_pays_an_order_and_gives_change(till, ear):
    made = order()
    taken = cashier.pay_cash(order=made, shift=till, tendered=D(1000), pieces={"500": 2}, **WHO)
    made.refresh_from_db()
    assert (made.state, taken.change) == ("paid", D("187.60"))
    assert ear.heard == [("paid", made.folio)]
    body = bytes(Entry.objects.get(folio=made.receipt).body).decode()
    assert "Efectivo en caja" in body
    assert '"change":"187.60"' in body


WRONG = {
    "not_enough": {"tendered": D(500)},
    "bad_count": {"tendered": D(1000), "pieces": {"500": 1}},
}


@pytest.mark.parametrize("code", WRONG)
def test_nothing_is_taken_that_does_not_add_up(till, code):
    made = order()
    with pytest.raises(Refusal) as told:
        cashier.pay_cash(order=made, shift=till, **WRONG[code], **WHO)
    assert told.value.code == code
    assert CashReceipt.objects.count() == 0


def test_an_order_paid_at_the_counter_is_not_paid_there_again(till):
    made = order()
    cashier.pay_cash(order=made, shift=till, tendered=D(1000), **WHO)
    with pytest.raises(Refusal, match="ya está pagada"):
        cashier.pay_cash(order=made, shift=till, tendered=D(1000), **WHO)


def test_the_store_is_told_late_about_an_order_paid_in_cash(till, city):
    made = order()
    attempt = started(made, "store")
    cashier.pay_cash(order=made, shift=till, tendered=D(1000), **WHO)
    city.pay(attempt)
    city.listen()
    assert queries.inbox(made.municipality).get().reason == "duplicate"


def test_when_the_case_refuses_no_cash_is_taken(till, ear):
    made, ear.no = order(), Refusal("lapsed", "El expediente se archivó.")
    with pytest.raises(Refusal, match="No reciba el dinero"):
        cashier.pay_cash(order=made, shift=till, tendered=D(1000), **WHO)
    assert (queries.money_in()["in"], CashReceipt.objects.count()) == (0, 0)


def test_a_till_is_one_persons_and_open_once(till):
    with pytest.raises(Refusal, match="ya está abierta"):
        cashier.open_shift(municipality=town(), float_amount=D(0), **WHO)
    with pytest.raises(Refusal, match="no está abierta por usted"):
        cashier.pay_cash(order=order(), shift=till, tendered=D(1000), by="otro", channel="counter")


def test_a_till_that_is_opened_twice_at_once_is_open_once(till, monkeypatch):
    monkeypatch.setattr(queries, "open_shift", lambda town, cashier: None)
    with pytest.raises(Refusal, match="ya está abierta"):
        cashier.open_shift(municipality=town(), float_amount=D(0), **WHO)


def test_closing_counts_and_a_difference_wants_words(till):
    cashier.pay_cash(order=order("100.00"), shift=till, tendered=D(200), **WHO)
    with pytest.raises(Refusal, match="debería haber 600"):
        cashier.close_shift(shift=till, pieces={"500": 1}, **WHO)
    done = cashier.close_shift(shift=till, pieces={"500": 1, "50": 1}, note="Faltó un billete", **WHO)
    assert (done.expected, done.counted) == (D(600), D(550))
    assert b'"difference":"-50.00"' in bytes(Entry.objects.get(type="payments.shift_closed").body)
    with pytest.raises(Refusal, match="ya está cerrada"):
        cashier.close_shift(shift=till, pieces={}, **WHO)


MAY_CLOSE = {
    ("treasury", "lost"): True,
    ("treasury", "held"): False,
    ("cashier", "lost"): False,
    ("clerk", "lost"): False,
}


@pytest.mark.parametrize(("role", "post"), MAY_CLOSE)
def test_a_till_whose_cashier_lost_the_post_is_closed_by_the_treasury(till, role, post):
    made_official(town(), "cashier", username="caja1", until=LONG_AGO if post == "lost" else None)
    made_official(town(), role, username="otra")
    asked = {"shift": till, "pieces": {"500": 1}, "by": "otra", "channel": "backoffice"}
    if not MAY_CLOSE[role, post]:
        with pytest.raises(Refusal, match="la cierra quien la abrió"):
            cashier.close_shift(**asked)
        return
    assert cashier.close_shift(**asked).counted == D(500)
    act = Entry.objects.get(type="payments.shift_closed")
    assert (act.by, b'"cashier":"caja1"' in bytes(act.body)) == ("otra", True)


def test_three_books_agree_after_a_day(city):
    made = order()
    city.pay(started(made))
    city.listen()
    today = timezone.now().date()
    assert settling.settle(provider="simulated", on=today) == 1
    assert settling.settle(provider="simulated", on=today) == 0
    span = {"since": today - timedelta(days=1), "until": today + timedelta(days=1)}
    [missing] = settling.three_way(town(), "simulated", **span)
    assert missing.code == "not_deposited"
    words = {"municipality": town(), "provider": "simulated", "payout": missing.reference, "on": today}
    settling.record_deposit(amount=missing.expected, **words)
    assert settling.three_way(town(), "simulated", **span) == []
    with pytest.raises(Refusal, match="ya está capturado"):
        settling.record_deposit(amount=D(1), **words)


def test_what_was_never_told_is_found_by_the_report(city):
    made = order()
    city.pay(started(made), "lost")
    settling.settle(provider="simulated", on=timezone.now().date())
    found = settling.three_way(town(), "simulated", since=date(2020, 1, 1), until=date(2100, 1, 1))
    assert "not_told" in {one.code for one in found}
    assert actions.paid_total(made) == 0
