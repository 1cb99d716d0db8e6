"""Whatever arrives, in whatever order: an order is paid once and no cent is lost or made."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcaldia.payments.rules import money, states
from alcaldia.payments.rules.amounts import BadLines, counted, read_amount, read_lines
from alcaldia.payments.rules.keys import idempotency_key
from alcaldia.payments.rules.money import Credit, Owed, Told

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
TOTAL = Decimal("100.00")
ORDER = Owed(TOTAL, "MXN", LATER)


def told(kind="paid", amount=TOTAL, at=NOW, currency="MXN"):
    return Told(kind, Decimal(amount), currency, at)


WHY = {
    "unknown_order": (None, told()),
    "duplicate": (Owed(TOTAL, "MXN", LATER, states.PAID), told()),
    "cancelled_order": (Owed(TOTAL, "MXN", LATER, states.CANCELLED), told()),
    "wrong_amount": (ORDER, told(amount="99.99")),
    "late": (ORDER, told(at=LATER + timedelta(seconds=1))),
}


@pytest.mark.parametrize("reason", WHY)
def test_money_that_does_not_fit_is_held_with_the_reason(reason):
    order, said = WHY[reason]
    verdict = money.apply(order, None, said)
    assert (verdict.reason, verdict.credit.use) == (reason, money.HELD)
    assert verdict.state == (order.state if order else "")


def test_another_currency_is_another_amount():
    assert money.apply(ORDER, None, told(currency="USD")).reason == "wrong_amount"


def test_paid_in_time_and_told_after_the_order_expired_is_paid():
    expired = Owed(TOTAL, "MXN", LATER, states.EXPIRED)
    assert money.apply(expired, None, told(at=LATER)).state == states.PAID


def test_a_chargeback_takes_the_money_and_asks_for_a_person():
    paid = Owed(TOTAL, "MXN", LATER, states.PAID)
    verdict = money.apply(paid, Credit(TOTAL, money.APPLIED, pays=True), told("disputed"))
    assert (verdict.state, verdict.reason, verdict.credit.returned) == (states.DISPUTED, "chargeback", TOTAL)


def test_a_chargeback_that_is_won_pays_the_order_again():
    disputed = Owed(TOTAL, "MXN", LATER, states.DISPUTED)
    gone = Credit(TOTAL, money.RETURNED, TOTAL, pays=True)
    verdict = money.apply(disputed, gone, told("reinstated"))
    assert (verdict.state, verdict.credit.use) == (states.PAID, money.APPLIED)


def test_less_than_is_owed_is_never_accepted():
    assert money.accept(ORDER, Credit(Decimal("99.99"), money.HELD)) is None
    assert money.accept(ORDER, Credit(TOTAL, money.HELD)).state == states.PAID


NEWS = st.tuples(
    st.sampled_from(money.KINDS), st.integers(0, 3),
    st.sampled_from([Decimal("100.00"), Decimal("40.00"), Decimal("140.00"), Decimal("0.00")]),
    st.sampled_from([NOW, LATER, LATER + timedelta(hours=1)]), st.sampled_from(["MXN", "USD"]),
)  # fmt: skip
MOVES = st.sampled_from(["expire", "cancel", "accept"])


@settings(max_examples=10_000)
@given(st.lists(st.one_of(NEWS, MOVES), max_size=15))
def test_no_sequence_of_news_breaks_the_books(sequence):
    """Duplicate, late, lost, out of order, wrong, after expiry, charged back: the same three sums hold after each."""
    state, credits, came = states.ISSUED, {}, Decimal(0)
    for step in sequence:
        order = Owed(TOTAL, "MXN", LATER, state)
        if step == "accept":
            held = next((one for one, c in credits.items() if c.use == money.HELD), None)
            verdict = money.accept(order, credits[held]) if held is not None else None
            if verdict:
                state, credits[held] = verdict.state, verdict.credit
        elif isinstance(step, str):
            state = states.after(state, step) or state
        else:
            kind, charge, amount, at, currency = step
            before = credits.get(charge)
            verdict = money.apply(order, before, Told(kind, amount, currency, at))
            state = verdict.state
            if verdict.credit is not None:
                credits[charge] = verdict.credit
                came += verdict.credit.amount if before is None else 0
        _balanced(state, list(credits.values()), came)


def _balanced(state, credits, came):
    kept = {
        use: sum((c.amount - c.returned for c in credits if c.use == use), Decimal(0)) for use in money.USES
    }
    assert came == kept[money.APPLIED] + kept[money.HELD] + sum((c.returned for c in credits), Decimal(0))
    assert kept[money.RETURNED] == 0
    assert sum(c.pays for c in credits) <= 1
    assert sum(c.use == money.APPLIED for c in credits) == (state == states.PAID)
    assert all(0 <= c.returned <= c.amount for c in credits)


@settings(max_examples=200)
@given(st.lists(NEWS, max_size=12))
def test_the_same_news_again_changes_nothing(news):
    """Except for what the verdict itself opened: a second telling finds all as the first left it."""
    state, credits = states.ISSUED, {}
    for kind, charge, amount, at, currency in news:
        for again in (False, True):
            before = (state, credits.get(charge))
            verdict = money.apply(
                Owed(TOTAL, "MXN", LATER, state), before[1], Told(kind, amount, currency, at)
            )
            assert not again or (verdict.state, verdict.credit) == before
            state = verdict.state
            if verdict.credit:
                credits[charge] = verdict.credit


def test_only_declared_moves_exist():
    assert set(states.MOVES.values()) <= set(states.STATES)
    assert states.after(states.PAID, "pay") is None
    assert states.after(states.CANCELLED, "pay") is None


@given(st.decimals("0.01", "99999.99", places=2), st.integers(1, 50))
def test_a_key_is_of_order_amount_and_number(amount, number):
    key = idempotency_key("PAG-1", amount, number)
    assert key == idempotency_key("PAG-1", amount, number)
    others = {idempotency_key("PAG-2", amount, number), idempotency_key("PAG-1", amount + 1, number), idempotency_key("PAG-1", amount, number + 1)}  # fmt: skip
    assert key not in others


@pytest.mark.parametrize("amount", ["1.234", "NaN", "Infinity", "x", "", None, 1.5, "1e12"])
def test_what_is_no_money_is_refused(amount):
    with pytest.raises(BadLines):
        read_amount(amount)


def test_discounts_have_their_line_and_the_sum_must_be_positive():
    tax, discount = {"concept": "Predial", "amount": "100"}, {"concept": "Descuento", "amount": "-10.50"}
    assert read_lines([tax, discount])[1] == Decimal("89.50")
    with pytest.raises(BadLines, match="más de cero"):
        read_lines([tax, {"concept": "Descuento", "amount": "-100"}])


def test_notes_and_coins_add_up():
    assert counted({"200": 4, "0.50": 3}) == Decimal("801.50")
    for wrong in ({"30": 1}, {"100": -1}):
        with pytest.raises(BadLines):
            counted(wrong)
