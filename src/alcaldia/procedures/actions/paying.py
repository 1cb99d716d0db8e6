"""What an order that was paid, or is disputed, does to its case. Called by payments, in its transaction."""

from typing import Any

from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import queries as payments
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import accounts, engine, papers, reserving
from alcaldia.procedures.actions import deciding
from alcaldia.procedures.rules.flow import FAVOURABLE, State
from alcaldia.procedures.subjects import folio_of

BY, CHANNEL = "payments", "api"


class CasePayments:
    """Implements `alcaldia.payments.ports.Listener` for orders whose subject is a case."""

    def order_paid(self, order: PaymentOrder) -> None:
        """Note the payment, settle the registers and hand over the paper. Saying it twice changes nothing.

        Raises Refusal for a case that takes no money any more; payments then keeps it for reconciliation.
        """
        if not (folio := folio_of(order.subject)):
            return
        held = engine.hold(folio)
        if held.state.paid == order.folio:
            _back(held, order)
            return
        if held.state.paid:
            raise Refusal(
                "paid_already",
                f"La solicitud ya está pagada con la orden {held.state.paid}. Devuelva este pago.",
            )
        with engine.moving():
            _paid(held, order)

    def order_expired(self, order: PaymentOrder) -> None:
        """Nobody paid in time for what had to be paid first, or what was granted keeps a place that others want: it lapses.

        Any other case waits for a person.
        """
        if not (folio := folio_of(order.subject)):
            return
        held = engine.hold(folio)
        unpaid = held.state.state is State.DECIDED and held.state.owes and reserving.holds(held.row)
        if held.state.state is State.AWAITING_PAYMENT or unpaid:
            engine.append(held, "lapsed", {"unpaid": True}, by=BY, channel=CHANNEL)

    def order_disputed(self, order: PaymentOrder) -> None:
        """A chargeback: the account owes again, and the head of the agency is told; a person decides what to do."""
        if not (folio := folio_of(order.subject)):
            return
        held = engine.hold(folio)
        if held.state.paid == order.folio and not held.state.disputed:
            facts = {"payment": order.folio, "agencies": [held.row.agency]}
            held = engine.append(held, "payment_disputed", facts, by=BY, channel=CHANNEL)
            if accounts.pays_an_account(held.row):
                accounts.owe_again(held, order.folio)


@transaction.atomic
def ask_again(*, folio: str, by: str, channel: str) -> str:
    """A new order where nobody paid the last one in time: the same amount, its term anew. Returns its folio.

    Who paid the last one after all pays the case with it; this one then expires, or its money is held. Raises Refusal
    where nothing is owed, or the last order can still be paid.
    """
    held = engine.hold(folio)
    state = held.state
    if state.state is not State.DECIDED or state.outcome not in FAVOURABLE or not state.owes:
        raise Refusal("nothing_owed", "Esta solicitud no tiene un pago pendiente.", status=409)
    if not payments.is_over(payments.order(held.row.order)):
        raise Refusal("order_stands", "Su orden de pago sigue vigente: pague con ella.", status=409)
    if accounts.pays_an_account(held.row):
        detail = "Lo que debe pudo cambiar desde entonces. Empiece el pago de nuevo; toma un minuto."
        raise Refusal("start_again", detail, status=409)
    return deciding.order(held, by=by, channel=channel).row.order


def _back(held: engine.Held, order: PaymentOrder) -> None:
    """The bank gave back what it had taken."""
    if held.state.disputed:
        held = engine.append(held, "payment_restored", {"payment": order.folio}, by=BY, channel=CHANNEL)
        if accounts.pays_an_account(held.row):
            accounts.settle(held, order.folio)


def _paid(held: engine.Held, order: PaymentOrder) -> None:
    facts: dict[str, Any] = {"payment": order.folio, "amount": order.total}
    account = accounts.pays_an_account(held.row)
    exactly = account and accounts.owes_exactly(held, order.total)
    if account and not exactly:
        # What was asked is paid and has its receipt; what the account owes by now, its agency works out.
        facts |= {"account_changed": True, "agencies": [held.row.agency]}
    held = engine.append(held, "paid", facts, by=BY, channel=CHANNEL)
    if exactly:
        accounts.settle(held, order.folio)
    if held.state.state is State.SUBMITTED and held.state.pays_first:
        deciding.go_on(held, by=BY, channel=CHANNEL)
    elif held.state.state is State.DECIDED and held.state.outcome in FAVOURABLE:
        papers.issue(held, by=BY, channel=CHANNEL)
