"""What an order that was paid, or is disputed, does to its case. Called by payments, in its transaction."""

from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import engine, papers
from alcaldia.procedures.rules.flow import FAVOURABLE, State

SUBJECT = "case:"
BY = "payments"


def order_paid(order: PaymentOrder) -> None:
    """Note the payment and hand over the paper. Saying it twice changes nothing.

    A case that meanwhile cannot be paid (withdrawn, annulled) leaves the money to reconciliation.
    """
    if not order.subject.startswith(SUBJECT):
        return
    held = engine.hold(order.subject.removeprefix(SUBJECT))
    if held.state.paid:
        return
    facts = {"payment": order.folio, "amount": order.total}
    held = engine.append(held, "paid", facts, by=BY, channel="api")
    if held.state.state is State.DECIDED and held.state.outcome in FAVOURABLE:
        held = papers.issue(held, by=BY, channel="api")
    row = held.row
    transaction.on_commit(lambda: papers.draw(row), robust=True)


def refuses(order: PaymentOrder) -> str:
    """Why the case of an order no longer takes money, "" where it does."""
    try:
        held = engine.hold(order.subject.removeprefix(SUBJECT))
    except Refusal as refusal:
        return refusal.detail
    closed = held.state.state in engine.CLOSED
    return "La solicitud ya no está abierta." if closed else ""
