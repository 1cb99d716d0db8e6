"""What a person decides about money: give back what paid an order, and every item that waits for the treasury."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.payments import events, queries
from alcaldia.payments.actions import WITHDRAWN
from alcaldia.payments.hearing import Heard, as_rule, carry_out, hear, locked
from alcaldia.payments.models import Credit, InboxItem, PaymentOrder
from alcaldia.payments.ports import News
from alcaldia.payments.rules import money


def refund(*, order: PaymentOrder, because: str, by: str, channel: str) -> PaymentOrder:
    """Give back what paid an order, by the way it came. Raises Refusal where it was not paid or cannot go back."""
    with transaction.atomic():
        credit = queries.paying_credit(locked(order.pk))
        if credit is None or credit.use != money.APPLIED:
            raise Refusal("not_paid", "Esta orden no tiene un pago que devolver.", status=409)
        _claim(credit)
    _give_back(credit, by=by, channel=channel)
    order.refresh_from_db()
    return order


SILENCE = timedelta(minutes=5)
"""How long a provider that was asked to give money back may leave it unsaid whether it did."""


def _claim(credit: Credit) -> None:
    """Whoever asks the provider has the money alone until it answered. In a transaction. Raises Refusal."""
    _check_alone(_held(credit))
    Credit.objects.filter(pk=credit.pk).update(asked_back_at=timezone.now())


def _held(credit: Credit) -> Credit:
    return Credit.objects.select_for_update().get(pk=credit.pk)


def _check_alone(credit: Credit) -> None:
    """Raises Refusal while a provider is asked to give this money back: it may be gone already."""
    asked = credit.asked_back_at
    if credit.use != money.RETURNED and asked is not None and timezone.now() - asked < SILENCE:
        detail = "Hace un momento se pidió al proveedor devolver este dinero. Espere cinco minutos y actualice la página."
        raise Refusal("asked_back", detail, status=409)


def _give_back(credit: Credit, *, by: str, channel: str) -> None:
    amount = credit.amount - credit.returned
    if credit.provider == queries.CASH:
        _returned_by_hand(credit, by=by, channel=channel)
        return
    try:
        news = _asked_back(credit, amount)
    except Refusal as refusal:
        if refusal.code != "provider_down":
            # It said no: nothing went back, and others may decide at once.
            Credit.objects.filter(pk=credit.pk).update(asked_back_at=None)
        raise
    # With what went back before, the whole of it has.
    hear(Heard(credit.provider, replace(news, amount=credit.amount), b"", "refund", by, channel))


def _asked_back(credit: Credit, amount: Decimal) -> News:
    """The provider's answer; its key makes asking again, after a silence, the same refund."""
    adapter = queries.provider(credit.provider)
    if not adapter.capabilities().refunds:
        detail = "Este proveedor no devuelve pagos desde aquí. Devuélvalo desde su panel y márquelo como devuelto a mano."
        raise Refusal("no_refunds", detail)
    key = sha256(f"refund\n{credit.provider}\n{credit.charge}\n{amount}".encode()).hexdigest()
    return adapter.refund(
        credit.charge, amount, currency=credit.currency, idempotency_key=key,
        reference=credit.attempt.reference if credit.attempt else "",
    )  # fmt: skip


def _returned_by_hand(credit: Credit, *, by: str, channel: str) -> None:
    """The whole of it went back without its provider: cash, or a transfer of the treasury's own."""
    named = f"return:{credit.charge}"
    news = News(
        named, money.REFUNDED, credit.charge, credit.amount, credit.currency, timezone.now()
    )  # fmt: skip
    hear(Heard(credit.provider, news, b"", "refund", by, channel))


APPLY, GIVE_BACK, BY_HAND, NOTED = "apply", "refund", "by_hand", "noted"
RESOLUTIONS = {
    APPLY: "Aplicarlo a su orden",
    GIVE_BACK: "Devolverlo por el proveedor",
    BY_HAND: "Ya se devolvió a mano",
    NOTED: "Enterado, sin dinero que mover",
}


def resolve(*, item: InboxItem, how: str, because: str, by: str, channel: str) -> InboxItem:
    """Decide on one item of the inbox, with a reason. Raises Refusal where that decision does not fit it."""
    if how not in RESOLUTIONS or not because.strip():
        raise Refusal("no_reason", "Elija qué se hace con el dinero y escriba por qué.")
    if how == GIVE_BACK:
        with transaction.atomic():
            waiting = _open(item)[0]
            credit = waiting.credit
            if credit is None or not may_return(waiting):
                raise Refusal("not_held", "Aquí no hay dinero retenido que devolver.", status=409)
            _claim(credit)
        # Outside of the transaction: a provider that is slow holds up no other's payment.
        _give_back(credit, by=by, channel=channel)
    with transaction.atomic():
        found, order = _open(item)
        if how != GIVE_BACK and found.credit is not None:
            _check_alone(found.credit)
        _decide(how, found, order, by=by, channel=channel)
        found.resolved_at, found.resolution = timezone.now(), how
        found.because, found.resolved_by = because.strip()[:400], by
        found.save()
        folio = order.folio if order else f"INBOX-{found.pk}"
        record(
            Act(events.MONEY_RESOLVED, folio, events.resolved(found), found.municipality),
            by=by,
            channel=channel,
        )
    return found


def _open(item: InboxItem) -> tuple[InboxItem, PaymentOrder | None]:
    """The item, its order and its money under lock. Raises Refusal where somebody resolved it: then its money moves no more."""
    order = locked(item.order_id) if item.order_id else None
    rows = InboxItem.objects.select_for_update(of=("self",)).select_related("order", "credit")
    found = rows.get(pk=item.pk)
    if found.resolved_at is not None:
        raise Refusal("resolved_already", "Otra persona ya lo resolvió.", status=409)
    if found.credit is not None:
        # Read anew: what was joined is of before we waited for the item.
        found.credit = _held(found.credit)
    return found, order


def ways_to_resolve(item: InboxItem) -> list[tuple[str, str]]:
    """Code and words of what a person may decide on an item."""
    if item.credit is not None and item.credit.use == money.HELD:
        codes: tuple[str, ...] = (APPLY, GIVE_BACK, BY_HAND)
    else:
        codes = (GIVE_BACK, BY_HAND, NOTED) if may_return(item) else (NOTED,)
    return [(code, RESOLUTIONS[code]) for code in codes]


def may_return(item: InboxItem) -> bool:
    """Whether there is money to give back: held, or what paid for something that its person withdrew."""
    use = item.credit.use if item.credit else ""
    return use == money.HELD or (use == money.APPLIED and item.reason == WITHDRAWN)


def _decide(how: str, item: InboxItem, order: PaymentOrder | None, *, by: str, channel: str) -> None:
    row = item.credit
    rule = as_rule(row)
    if how == APPLY:
        owed = money.Owed(order.total, order.currency, order.expires_at, order.state) if order else None
        same = order is not None and row is not None and row.currency == order.currency
        verdict = money.accept(owed, rule) if owed and rule and same else None
        if verdict is None or row is None:
            detail = "Sólo se aplica dinero retenido, de la misma moneda, que alcance a pagar una orden pendiente o vencida. Devuélvalo."
            raise Refusal("cannot_apply", detail, status=409)
        carry_out(verdict, row, order, event=None, by=by, channel=channel)
        if row.use != money.APPLIED:
            raise Refusal(
                "cannot_apply", "El trámite no acepta este pago. Devuélvalo o avise al área.", status=409
            )
    elif how == BY_HAND and row is not None and row.use == money.APPLIED and may_return(item):
        _returned_by_hand(row, by=by, channel=channel)
    elif how == BY_HAND and row is not None and row.use == money.HELD:
        row.use, row.returned = money.RETURNED, row.amount
        row.save(update_fields=["use", "returned"])
    elif row is not None and row.use == money.HELD:
        raise Refusal("money_held", "Hay dinero retenido: aplíquelo o devuélvalo.", status=409)
