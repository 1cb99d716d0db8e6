"""What an order that was paid, or is disputed, does to its case. Called by payments, in its transaction."""

from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import queries as payments
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import definitions, engine, papers, registers, reserving
from alcaldia.procedures.actions import deciding
from alcaldia.procedures.models import Case
from alcaldia.procedures.rules.flow import FAVOURABLE, State
from alcaldia.procedures.subjects import folio_of

BY, CHANNEL = "payments", "api"
RECEIPT = "receipt"


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
        """A chargeback after the paper: the head of the agency sees it in the case; a person decides what to do."""
        if folio := folio_of(order.subject):
            engine.note(folio, "payment_disputed", {"payment": order.folio}, by=BY, channel=CHANNEL)


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
    if pays_an_account(held.row):
        detail = "Lo que debe pudo cambiar desde entonces. Empiece el pago de nuevo; toma un minuto."
        raise Refusal("start_again", detail, status=409)
    return deciding.order(held, by=by, channel=channel).row.order


def _paid(held: engine.Held, order: PaymentOrder) -> None:
    facts = {"payment": order.folio, "amount": order.total}
    held = engine.append(held, "paid", facts, by=BY, channel=CHANNEL)
    settle(held)
    if held.state.state is State.SUBMITTED and held.state.pays_first:
        deciding.go_on(held, by=BY, channel=CHANNEL)
    elif held.state.state is State.DECIDED and held.state.outcome in FAVOURABLE:
        papers.issue(held, by=BY, channel=CHANNEL)


SETTLED = {"adeudo": "0", "anterior": "0", "atraso": 0, "pagado": True, "pagada": True}
"""What a register says of an account whose debt was paid."""
REGISTERS_OF_DEBT = {"property_tax", "water", "fines"}


def pays_an_account(row: Case) -> bool:
    """Whether the procedure is the payment of an account that a register keeps."""
    paper = definitions.pinned(row.definition).definition.document
    return paper is not None and paper.template == RECEIPT


def settle(held: engine.Held) -> None:
    """Where the procedure was the payment of an account, its register says so at once."""
    if not pays_an_account(held.row):
        return
    program = definitions.pinned(held.row.definition)
    for name, lookup in (program.definition.lookups or {}).items():
        number = str(held.row.answers.get(lookup.by) or "")
        if lookup.registry not in REGISTERS_OF_DEBT or not number:
            continue
        said = registers.look_up(held.town, lookup.registry, number) or {}
        asked = {spec.source.partition(".")[2] for spec in program.definition.data.values()
                 if spec.source.startswith(f"registry:{name}.")}  # fmt: skip
        kept = {**said, **{item: value for item, value in SETTLED.items() if item in asked | set(said)}}
        registers.keep(held.town, lookup.registry, [(one, kept) for one in said.get("also", [number])])
