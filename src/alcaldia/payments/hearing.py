"""What is done when news of money arrives: one transaction, in which the order is locked before anything is read."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from alcaldia.kernel.errors import Refusal, TryLater
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.prepared import Prepared
from alcaldia.ledger.actions import record, together
from alcaldia.ledger.events import Act
from alcaldia.payments import events
from alcaldia.payments.models import Credit, InboxItem, PaymentAttempt, PaymentEvent, PaymentOrder
from alcaldia.payments.ports import METHODS, News, plugged
from alcaldia.payments.rules import money, states

RECEIPT = "REC"
_OF_ATTEMPT = {money.PAID: "succeeded", money.FAILED: "failed", money.LAPSED: "lapsed"}
_ENDED = ("succeeded",)
_SAID = ("order", "amount", "use", "returned", "pays")


@dataclass(frozen=True)
class Heard:
    """News with its proof (`raw`, of which a provider's is rules.evidence's part only). `source` is webhook, query, refund or counter; `change` what a cashier gave back."""

    provider: str
    news: News
    raw: bytes
    source: str
    by: str
    channel: str
    change: str = ""


_ORDER = Prepared(
    lambda pk: (
        PaymentOrder.objects.select_for_update(of=("self",)).select_related("municipality").filter(pk=pk)
    ),
    int,
)
_TRIES = PaymentAttempt.objects.select_for_update(of=("order",)).select_related("order__municipality")
_TRY = {
    name: Prepared(
        lambda provider, value, name=name: _TRIES.filter(provider=provider, **{name: value})[:1], str, str
    )
    for name in ("key", "reference")
}
_CREDIT = Prepared(lambda provider, charge: Credit.objects.filter(provider=provider, charge=charge), str, str)


def locked(pk: int) -> PaymentOrder:
    """The order under lock: whoever changes it holds this."""
    [order] = _ORDER(pk)
    return order


def hear(heard: Heard, *, of: PaymentOrder | None = None) -> PaymentEvent:
    """Keep the news and do what it means, all or nothing; the same news twice changes nothing.

    `of` is the order, locked already, where no attempt leads to it: cash at a counter.
    """
    news = heard.news
    with transaction.atomic():
        attempt, order = (None, of) if of else _whose(heard.provider, news)
        event, fresh = _event(heard, attempt, order)
        if fresh:
            _mean(heard, event, attempt, order)
    return event


def _whose(provider: str, news: News) -> tuple[PaymentAttempt | None, PaymentOrder | None]:
    """The attempt that the news names, or the order that the charge is known to pay; the order comes locked."""
    for name, value in (("key", news.key), ("reference", news.reference)):
        found = _TRY[name].first(provider, value) if value else None
        if found is not None:
            return found, found.order
    known = Credit.objects.filter(provider=provider, charge=news.charge).exclude(order=None).first()
    return None, locked(known.order_id) if known and known.order_id else None


def _event(
    heard: Heard, attempt: PaymentAttempt | None, order: PaymentOrder | None
) -> tuple[PaymentEvent, bool]:
    """The row of the news, and whether it is new."""
    named = {"provider": heard.provider, "event_id": heard.news.event_id}
    try:
        with transaction.atomic():
            return PaymentEvent.objects.create(**named, **_kept(heard, attempt, order)), True
    except IntegrityError:
        return PaymentEvent.objects.get(**named), False


def _kept(heard: Heard, attempt: PaymentAttempt | None, order: PaymentOrder | None) -> dict[str, Any]:
    news = heard.news
    return {
        "order": order,
        "attempt": attempt,
        "kind": news.kind,
        "charge": news.charge,
        "amount": news.amount,
        "currency": news.currency,
        "raw": heard.raw,
        "signature_ok": True,
        "source": heard.source,
        "occurred_at": news.occurred_at,
        "received_at": timezone.now(),
    }


def _mean(
    heard: Heard, event: PaymentEvent, attempt: PaymentAttempt | None, order: PaymentOrder | None
) -> None:
    """Rules decide; credit, order, inbox and ledger follow."""
    news = heard.news
    if attempt is not None and news.kind in _OF_ATTEMPT:
        # The row was read before the order's lock was ours: what has succeeded meanwhile stays so.
        going_on = PaymentAttempt.objects.filter(pk=attempt.pk).exclude(state__in=_ENDED)
        going_on.update(state=_OF_ATTEMPT[news.kind])
    row = _CREDIT.first(heard.provider, news.charge) if news.charge else None
    owed = money.Owed(order.total, order.currency, order.expires_at, order.state) if order else None
    told = money.Told(news.kind, news.amount, news.currency, news.occurred_at)
    verdict = money.apply(owed, as_rule(row), told)
    if verdict.credit is None:
        return
    row = row or Credit(
        provider=heard.provider, charge=news.charge, attempt=attempt, currency=news.currency,
        occurred_at=news.occurred_at,
    )  # fmt: skip
    row.order = row.order or order
    carry_out(verdict, row, order, event=event, by=heard.by, channel=heard.channel, change=heard.change)


def as_rule(row: Credit | None) -> money.Credit | None:
    return money.Credit(row.amount, row.use, row.returned, row.pays) if row else None


def carry_out(
    verdict: money.Verdict, row: Credit, order: PaymentOrder | None, *, event: PaymentEvent | None, by: str,
    channel: str, change: str = "",
) -> None:  # fmt: skip
    """Store what the rules decided. A listener's Refusal leaves order as it was and the money held, with its words.

    TryLater leaves nothing at all: the same news comes again.
    """
    reason, note = verdict.reason, ""
    assert verdict.credit is not None  # noqa: S101 - callers have money in hand
    try:
        with transaction.atomic(), together():
            _put(row, verdict.credit)
            if order is not None and verdict.state != order.state:
                _move(order, verdict.state, row, by=by, channel=channel, change=change)
    except TryLater:
        raise
    except Refusal as refusal:
        if order is None:
            raise
        order.refresh_from_db()
        if row.pk and not Credit.objects.filter(pk=row.pk).exists():
            row.pk = None
        _put(row, money.Credit(row.amount, money.HELD, verdict.credit.returned))
        reason, note = "not_applied", refusal.detail[:300]
    if reason:
        hold(reason, order=order, credit=row, event=event, by=by, channel=channel, note=note)


def _put(row: Credit, credit: money.Credit) -> None:
    row.amount, row.use, row.returned, row.pays = credit.amount, credit.use, credit.returned, credit.pays
    # Of a row that is there what news says alone: whoever asks its provider meanwhile wrote so in the row.
    row.save(update_fields=_SAID if row.pk else None)


def _move(order: PaymentOrder, state: str, row: Credit, *, by: str, channel: str, change: str) -> None:
    """The order's state, its one act, and word to whoever listens."""
    [move] = [
        move for (before, move), after in states.MOVES.items() if (before, after) == (order.state, state)
    ]
    order.state = state
    if move == "pay":
        order.paid_at, order.receipt = timezone.now(), new_folio(RECEIPT, timezone.now().year)
        body = events.receipt(order, row, label=means(row), change=change)
        act = Act(events.ORDER_PAID, order.receipt, body, order.municipality)
    else:
        act = Act(events.MOVED[move], order.folio, events.moved(order, because=move), order.municipality)
    order.save(update_fields=["state", "paid_at", "receipt"])
    record(act, by=by, channel=channel)
    if move in {"pay", "reinstate"}:
        for listener in plugged.listeners:
            listener.order_paid(order)
    elif move in {"dispute", "refund"}:
        _tell_of_loss(order, row, by=by, channel=channel)


def _tell_of_loss(order: PaymentOrder, row: Credit, *, by: str, channel: str) -> None:
    """Money that went is gone whatever a listener says: its Refusal goes to the treasury instead."""
    for listener in plugged.listeners:
        try:
            with transaction.atomic():
                listener.order_disputed(order)
        except TryLater:
            raise
        except Refusal as refusal:
            hold(
                "not_told",
                order=order,
                credit=row,
                event=None,
                by=by,
                channel=channel,
                note=refusal.detail[:300],
            )


def means(row: Credit) -> str:
    """How the money came, in words."""
    if row.attempt is None:
        return "Efectivo en caja" if row.provider == "cash" else row.provider
    return METHODS.get(row.attempt.method, row.attempt.method)


def hold(
    reason: str, *, order: PaymentOrder | None, credit: Credit | None, event: PaymentEvent | None, by: str,
    channel: str, note: str = "",
) -> InboxItem:  # fmt: skip
    """Put something before the treasury, with its act."""
    town = order.municipality if order else None
    item = InboxItem.objects.create(
        municipality=town, reason=reason, order=order, credit=credit, event=event, note=note,
        opened_at=timezone.now(),
    )  # fmt: skip
    folio = order.folio if order else f"INBOX-{item.pk}"
    record(Act(events.MONEY_HELD, folio, events.held(item), town), by=by, channel=channel)
    return item
