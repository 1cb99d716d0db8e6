"""What a piece of news about money does to an order and to the credit that holds the money.

Money in is always one of three things: applied to its order, held until a person decides, or given back.
`apply` is total: whatever arrives, in whatever order and however often, it answers; it never raises.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from alcaldia.payments.rules import states

APPLIED, HELD, RETURNED = "applied", "held", "returned"
USES = (APPLIED, HELD, RETURNED)
# What a provider may say. The first two move no money.
FAILED, LAPSED, PAID, REFUNDED, DISPUTED, REINSTATED = (
    "failed", "lapsed", "paid", "refunded", "disputed", "reinstated",
)  # fmt: skip
KINDS = (FAILED, LAPSED, PAID, REFUNDED, DISPUTED, REINSTATED)


@dataclass(frozen=True)
class Owed:
    """An order as the rule sees it."""

    total: Decimal
    currency: str
    expires_at: datetime
    state: str = states.ISSUED


@dataclass(frozen=True)
class Told:
    """A piece of news: its signature was checked. `amount` of a refund is all that was given back so far."""

    kind: str
    amount: Decimal
    currency: str
    occurred_at: datetime


@dataclass(frozen=True)
class Credit:
    """Money of one charge: `returned` of it went back. `pays`: it is what paid its order, also when it went back."""

    amount: Decimal
    use: str
    returned: Decimal = Decimal(0)
    pays: bool = False


@dataclass(frozen=True)
class Verdict:
    """What is to be kept: the order's state, the credit (None: no money), and why a person must look ("" : need not)."""

    state: str
    credit: Credit | None
    reason: str = ""


def apply(order: Owed | None, credit: Credit | None, told: Told) -> Verdict:
    """The verdict on one piece of news; `order` None where nobody knows what it pays for."""
    state = order.state if order else ""
    if told.kind == PAID:
        return _paid(order, credit, told)
    if told.kind in {REFUNDED, DISPUTED}:
        return _went_back(state, credit, told)
    if told.kind == REINSTATED and credit is not None and credit.use == RETURNED:
        return _came_again(state, credit, told)
    return Verdict(state, credit)


def why_held(order: Owed | None, told: Told) -> str:
    """Why this money cannot be applied by itself; "" where it can."""
    if order is None:
        return "unknown_order"
    if order.state not in states.PAYABLE:
        return "cancelled_order" if order.state == states.CANCELLED else "duplicate"
    if (told.amount, told.currency) != (order.total, order.currency):
        return "wrong_amount"
    return "late" if told.occurred_at > order.expires_at else ""


def _paid(order: Owed | None, credit: Credit | None, told: Told) -> Verdict:
    state = order.state if order else ""
    if credit is not None or told.amount <= 0:
        # The same charge told again, or one that is known to have gone back already.
        return Verdict(state, credit)
    reason = why_held(order, told)
    if reason:
        return Verdict(state, Credit(told.amount, HELD), reason)
    return Verdict(states.PAID, Credit(told.amount, APPLIED, pays=True))


def _went_back(state: str, credit: Credit | None, told: Told) -> Verdict:
    reason = "chargeback" if told.kind == DISPUTED else "refund"
    if credit is None:
        # Told before the payment itself: the payment, when it comes, finds its money already gone.
        lost = Credit(told.amount, RETURNED, told.amount) if told.amount > 0 else None
        return Verdict(state, lost, reason)
    whole = told.kind == DISPUTED or told.amount >= credit.amount
    if not whole:
        back = max(credit.returned, told.amount)
        return Verdict(
            state, replace(credit, returned=back), "partial_refund" if back > credit.returned else ""
        )
    if credit.use == RETURNED:
        return Verdict(state, credit)
    move = "dispute" if told.kind == DISPUTED else "refund"
    moved = states.after(state, move) if credit.use == APPLIED else None
    # A refund of what was held or applied is our own doing and needs no eyes; a chargeback always does.
    gone = replace(credit, use=RETURNED, returned=credit.amount)
    return Verdict(moved or state, gone, reason if move == "dispute" else "")


def _came_again(state: str, credit: Credit, told: Told) -> Verdict:
    back = replace(credit, returned=max(credit.amount - told.amount, Decimal(0)))
    moved = states.after(state, "reinstate") if credit.pays else None
    if moved:
        return Verdict(moved, replace(back, use=APPLIED))
    return Verdict(state, replace(back, use=HELD), "reinstated")


def accept(order: Owed, credit: Credit) -> Verdict | None:
    """An official applies held money (late, or more than was asked); None where that cannot be.

    Less than what is owed never pays an order: it is given back or the order is issued anew.
    """
    enough = credit.use == HELD and credit.amount - credit.returned >= order.total
    moved = states.after(order.state, "pay")
    return Verdict(moved, replace(credit, use=APPLIED, pays=True)) if moved and enough else None
