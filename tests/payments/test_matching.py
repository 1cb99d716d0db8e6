"""Three books side by side: every difference is found, and agreement is silent."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from alcaldia.payments.rules.matching import DIFFERENCES, Deposited, Ours, Reported, match

D = Decimal


def row(charge="c1", gross="100", net="96.64", payout="P1", kind="payment"):
    return Reported(charge, kind, D(gross), D(net), payout)


def test_books_that_agree_say_nothing():
    assert match([row()], [Ours("c1", D(100))], [row()], [Deposited("P1", D("96.64"))]) == []


def test_each_difference_has_its_name():
    rows = [row(), row("c2", "50", "48", "P2"), row("c3", "70", "68", "P3")]
    found = match(
        rows,
        [Ours("c1", D(100)), Ours("c2", D(40)), Ours("c9", D(5))],
        rows,
        [Deposited("P1", D("96.64")), Deposited("P2", D(47)), Deposited("P8", D(1))],
    )
    assert [(one.code, one.reference) for one in found] == [
        ("not_deposited", "P3"), ("not_reported", "c9"), ("not_told", "c3"), ("other_amount", "c2"),
        ("other_deposit", "P2"), ("unknown_deposit", "P8"),
    ]  # fmt: skip
    assert {one.code for one in found} == set(DIFFERENCES)


AMOUNTS = st.dictionaries(st.sampled_from("abcde"), st.decimals("0.01", "999", places=2), max_size=5)


@given(AMOUNTS, AMOUNTS)
def test_there_is_a_difference_exactly_where_the_books_differ(theirs, ours):
    found = match(
        [row(name, str(value), "0", "") for name, value in theirs.items()],
        [Ours(*one) for one in ours.items()],
        [],
        [],
    )
    assert {one.reference for one in found} == {
        n for n in theirs.keys() | ours.keys() if theirs.get(n) != ours.get(n)
    }
