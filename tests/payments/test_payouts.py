"""Three books with a real provider's recordings: a movement learns its transfer days later, and all agree to the cent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from alcaldia.kernel.models import Municipality
from alcaldia.payments import actions, settling, statements
from alcaldia.payments.models import BankDeposit, Credit, Movement, PaidOut, PaymentAttempt
from alcaldia.payments.ports import SettledRow, plugged
from tests.factories.money import order, town
from tests.fakes.providers import Recorded

REAL = ("stripe", "mercadopago", "conekta")
D = Decimal


@pytest.fixture(params=REAL)
def real(request, monkeypatch, ear, db):
    one = Recorded(request.param)
    monkeypatch.setattr(plugged, "providers", {one.name: one.adapter})
    return one


def paid(real):
    """An order that was paid with the provider, as its message told."""
    owed = order()
    begun = {"method": "card", "by": "citizen", "channel": "portal"}
    attempt = actions.start_attempt(order=owed, provider=real.name, **begun)
    PaymentAttempt.objects.filter(pk=attempt.pk).update(key=real.tape["key"])
    headers, raw = real.message("paid")
    actions.receive_webhook(provider=real.name, headers=headers, raw=raw)
    owed.refresh_from_db()
    assert owed.state == "paid"
    return owed


def read(real, which):
    return settling.settle(provider=real.name, on=date.fromisoformat(real.tape[which]))


def differences(real):
    until = date.fromisoformat(real.tape["paid_out_on"])
    found = settling.three_way(town(), real.name, since=until - timedelta(days=7), until=until)
    return [(one.code, one.reference, one.expected, one.found) for one in found]


def bank(real, called, amount=None):
    """The bank's statement with that deposit is read."""
    on, amount = real.tape["paid_out_on"], amount or real.tape["deposit"]
    data = f"Fecha,Descripción,Cargo,Abono\n{on},SPEI {called} ABONO,,{amount}\n{on},Renta,,500\n"
    return statements.take_in(town=town(), data=data.encode(), by="ana", channel="test")


def test_events_report_and_bank_agree_to_the_cent(real):
    paid(real)
    read(real, "settled_on")
    read(real, "paid_out_on")
    deposit = D(real.tape["deposit"])
    assert differences(real) == [("not_deposited", real.tape["payout"], deposit, D(0))]
    assert bank(real, real.tape["traced"] or real.tape["payout"]).fresh == 1
    assert differences(real) == []
    assert BankDeposit.objects.get().payout == real.tape["payout"]


def test_a_movement_learns_its_transfer_days_later_and_nothing_of_it_changes(real):
    paid(real)
    assert read(real, "settled_on") == 1
    [before] = Movement.objects.values()
    assert not PaidOut.objects.exists()
    assert differences(real) == []
    read(real, "paid_out_on")
    assert Movement.objects.values().get(pk=before["id"]) == before
    assert Movement.objects.get(pk=before["id"]).payout == real.tape["payout"]
    assert read(real, "paid_out_on") == read(real, "settled_on") == 0


def test_another_deposit_than_the_transfer_s_is_shown(real):
    paid(real)
    read(real, "paid_out_on")
    bank(real, real.tape["payout"], "1.00")
    assert differences(real) == [("other_deposit", real.tape["payout"], D(real.tape["deposit"]), D(1))]


def test_a_deposit_written_down_before_the_report_agrees_once_it_is_read(real):
    paid(real)
    on, called = date.fromisoformat(real.tape["paid_out_on"]), real.tape["traced"] or real.tape["payout"]
    words = {"municipality": town(), "provider": real.name, "payout": called, "on": on}
    settling.record_deposit(amount=D(real.tape["deposit"]), **words)
    assert [one[0] for one in differences(real)] == ["not_reported", "unknown_deposit"]
    read(real, "paid_out_on")
    assert differences(real) == []


def row(name, charge="", net="10.00", payout="", kind="payment", traced=""):
    amount = D(net)
    return SettledRow(name, charge, kind, amount, D(0), D(0), amount, date(2026, 11, 2), payout, traced)


@pytest.fixture
def told(monkeypatch, db):
    """A provider that reports what it is given."""

    class Teller:
        name, rows = "teller", []

        def read_settlement(self, on):
            return self.rows

    one = Teller()
    monkeypatch.setattr(plugged, "providers", {"teller": one})

    def tell(*rows):
        one.rows = list(rows)
        return settling.settle(provider="teller", on=date(2026, 11, 2))

    return tell


def test_what_was_told_of_a_movement_once_stays(told):
    told(row("r1", "c1", payout="P1"))
    told(row("r1", "c1", net="99.00", payout="P2"))
    assert [(one.net, one.payout) for one in Movement.objects.all()] == [(D(10), "P1")]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE payments_movement SET net = 1", "DELETE FROM payments_paidout",
        "UPDATE payments_paidout SET payout = 'x'", "DELETE FROM payments_payoutname",
    ],
)  # fmt: skip
def test_the_database_changes_none_of_it(told, sql):
    told(row("r1", "c1", payout="P1", traced="77"))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def compared():
    span = {"since": date(2026, 11, 1), "until": date(2026, 11, 3)}
    return [(one.code, one.reference) for one in settling.three_way(town(), "teller", **span)]


def test_a_transfer_that_failed_waits_for_no_deposit(told):
    told(row("r1", "c1", payout="P1"), row("P1:returned", net="-10.00", payout="P1", kind="other"))
    assert compared() == [("not_told", "c1")]


def test_a_name_that_two_transfers_share_is_none(told):
    told(row("r1", "c1", payout="P1", traced="0042"), row("r2", "c2", payout="P2", traced="0042"))
    on = date(2026, 11, 3)
    settling.record_deposit(municipality=town(), provider="teller", payout="0042", amount=D(10), on=on)
    assert ("unknown_deposit", "0042") in compared()


def test_fees_in_the_transfer_of_another_town_are_not_missed_here(told):
    other = Municipality.objects.create(slug="otro", name="Otro")
    when = order().issued_at
    Credit.objects.create(
        provider="teller", charge="c1", order=order(municipality=other), amount=D(10), currency="MXN", use="held",
        occurred_at=when,
    )  # fmt: skip
    told(row("r1", "c1", payout="P1"), row("fee", net="-1.00", payout="P1", kind="other"))
    assert compared() == []
