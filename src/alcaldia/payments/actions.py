"""What is done with orders: issued, tried, told about, expired, cancelled. What persons decide: resolving.py."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.payments import events, queries
from alcaldia.payments.hearing import Heard, hear, hold, locked
from alcaldia.payments.models import PaymentAttempt, PaymentEvent, PaymentOrder
from alcaldia.payments.ports import Asked, BadSignature, Instructions, plugged
from alcaldia.payments.rules import evidence, money, states
from alcaldia.payments.rules.amounts import BadLines, read_lines
from alcaldia.payments.rules.keys import idempotency_key

PREFIX = "PAG"
log = structlog.get_logger()
GRACE = timedelta(hours=36)
"""A store tells its provider, and the provider tells us, up to a day and a half later (vouchers)."""


def issue_order(
    *, municipality: Municipality, subject: str, lines: Iterable[Mapping[str, Any]], expires_at: datetime, by: str,
    channel: str, back: str = "", currency: str = "MXN",
) -> PaymentOrder:  # fmt: skip
    """What is owed for a subject such as ``case:FOLIO``, ready to be paid. Raises Refusal("bad_lines", …)."""
    now = timezone.now()
    try:
        kept, total = read_lines(lines)
    except BadLines as error:
        raise Refusal("bad_lines", str(error)) from error
    if expires_at <= now:
        raise Refusal("bad_expiry", "La orden vencería antes de existir. Indique una fecha futura.")
    if back and (not back.startswith("/") or back.startswith("//") or "\\" in back):
        raise ValueError(f"{back!r} is not a path of ours")
    # Inside of a case's transaction no savepoint: what fails here fails the whole of it.
    with transaction.atomic(savepoint=False):
        order = PaymentOrder.objects.create(
            municipality=municipality, folio=new_folio(PREFIX, now.year), subject=subject, lines=kept, total=total,
            currency=currency, issued_at=now, expires_at=expires_at, back=back,
        )  # fmt: skip
        act = Act(events.ORDER_ISSUED, order.folio, events.order_issued(order), municipality)
        record(act, by=by, channel=channel)
    return order


def start_attempt(
    *, order: PaymentOrder, provider: str, by: str, channel: str, method: str = ""
) -> PaymentAttempt:
    """Instructions to pay with a provider; the open attempt of the same kind is given again, never a second one.

    Raises Refusal: the order cannot be paid (any more), the provider does not answer or does not take so much.
    """
    adapter = queries.provider(provider)
    chosen = method or adapter.capabilities().methods[0]
    if (adapter, chosen) not in queries.ways_to_pay(order):
        raise Refusal("method_unfit", "Con esa forma de pago no se puede pagar esta orden. Elija otra.")
    attempt = _opened(order.pk, provider, chosen, by=by, channel=channel)
    if attempt.state != PaymentAttempt.State.STARTED:
        return attempt
    told = adapter.create(_asked(order, attempt), idempotency_key=attempt.key)
    return _instructed(attempt, told)


def _opened(pk: int, provider: str, method: str, *, by: str, channel: str) -> PaymentAttempt:
    with transaction.atomic():
        order = locked(pk)
        check_payable(order, timezone.now())
        tries = queries.attempts_of(order)
        for one in tries:
            if (one.provider, one.method) == (provider, method) and one.state in {"started", "waiting"}:
                return one
        number = len(tries) + 1
        return PaymentAttempt.objects.create(
            order=order, number=number, provider=provider, method=method, by=by, channel=channel, amount=order.total,
            key=idempotency_key(order.folio, order.total, number), created_at=timezone.now(),
        )  # fmt: skip


def check_payable(order: PaymentOrder, now: datetime) -> None:
    """Raises Refusal unless the order waits for money now."""
    if order.state in {states.PAID, states.DISPUTED, states.REFUNDED}:
        raise Refusal("already_paid", "Esta orden ya está pagada. Descargue su recibo.", status=409)
    if order.state != states.ISSUED or now > order.expires_at:
        detail = "Esta orden ya venció o se canceló. No la pague: pida una orden nueva en el trámite."
        raise Refusal("order_not_payable", detail, status=409)


def _asked(order: PaymentOrder, attempt: PaymentAttempt) -> Asked:
    site = plugged.public_url or settings.PUBLIC_URL
    return Asked(
        order=order.folio, concept=order.lines[0]["concept"], amount=order.total, currency=order.currency,
        method=attempt.method, expires_at=order.expires_at,
        back=f"{site}/pagar/{order.folio}/intento/{attempt.number}/",
        notify=f"{site}/pagos/aviso/{attempt.provider}/",
    )  # fmt: skip


def _instructed(attempt: PaymentAttempt, told: Instructions) -> PaymentAttempt:
    """Keep the instructions; the webhook may have been faster, so only a fresh attempt begins to wait."""
    attempt.reference = told.reference
    attempt.instructions = {
        "kind": told.kind, "url": told.url, "shown": told.shown, "barcode": told.barcode,
        "expires_at": told.expires_at.isoformat() if told.expires_at else "",
    }  # fmt: skip
    begins = Case(When(state="started", then=Value("waiting")), default=F("state"))
    PaymentAttempt.objects.filter(pk=attempt.pk).update(
        reference=attempt.reference, instructions=attempt.instructions, state=begins
    )
    return queries.attempt_of(attempt.order, attempt.number)


def receive_webhook(*, provider: str, headers: Mapping[str, str], raw: bytes) -> PaymentEvent | None:
    """A provider's message: kept and done when this returns; None where it does not concern us.

    A wrong signature changes nothing: each is a line of the log, the first of a day a row. Raises NotFound for a provider that is not plugged in.
    """
    adapter = queries.provider(provider)
    try:
        news = adapter.verify_webhook({name.lower(): value for name, value in headers.items()}, raw)
    except BadSignature:
        return _unsigned(provider, raw)
    return hear(Heard(provider, news, evidence.kept(raw), "webhook", provider, "webhook")) if news else None


def _unsigned(provider: str, raw: bytes) -> PaymentEvent:
    """The day's row of a provider: whoever has no key cannot fill with theirs a table that forgets nothing."""
    now = timezone.now()
    log.warning("payment_unsigned", provider=provider, size=len(raw), sha256=sha256(raw).hexdigest())
    event, _ = PaymentEvent.objects.get_or_create(
        provider=provider, event_id=f"unsigned:{now.astimezone(UTC).date()}",
        defaults={
            "kind": "unsigned", "raw": evidence.kept(raw), "signature_ok": False, "source": "webhook",
            "received_at": now,
        },
    )  # fmt: skip
    return event


def refresh(attempt: PaymentAttempt) -> PaymentOrder:
    """Ask the provider what became of an attempt: webhooks get lost. The browser's return does this and no more.

    Returns the order as it is now. Raises Refusal where the provider does not answer.
    """
    adapter, order = queries.provider(attempt.provider), None
    for news in adapter.query(attempt.reference, key=attempt.key):
        event = hear(Heard(attempt.provider, news, b"", "query", attempt.provider, "query"))
        order = event.order
    attempt.asked_at = timezone.now()
    attempt.save(update_fields=["asked_at"])
    return order or attempt.order


def refresh_waiting(*, older_than: timedelta, limit: int = 50) -> int:
    """Ask about attempts that wait, those first about which nobody asked for longest; how many were asked about.

    A provider that does not answer is not asked again in this round: its silence costs the others one time limit.
    """
    now = timezone.now()
    waiting = PaymentAttempt.objects.filter(state="waiting", created_at__lte=now - older_than)
    waiting = (
        waiting.exclude(asked_at__gt=now - older_than)
        .select_related("order")
        .order_by(F("asked_at").asc(nulls_first=True))
    )
    asked, down = 0, set[str]()
    for attempt in waiting.filter(order__expires_at__gte=now - GRACE * 4)[:limit]:
        if attempt.provider in plugged.providers and attempt.provider not in down:
            try:
                refresh(attempt)
            except Refusal as refusal:
                if refusal.code == "provider_down":
                    down.add(attempt.provider)
                # It is asked again in the next round, after the others.
                PaymentAttempt.objects.filter(pk=attempt.pk).update(asked_at=now)
            asked += 1
    return asked


def expire_due(*, by: str = "worker", channel: str = "worker", limit: int = 500) -> int:
    """Expire what nobody paid in time, after the grace that late news needs; how many there were.

    An order whose listener refuses stays as it is until the next round and holds up no other.
    """
    due = PaymentOrder.objects.filter(state=states.ISSUED, expires_at__lt=timezone.now() - GRACE)
    count = 0
    for pk, folio in due.values_list("pk", "folio")[:limit]:
        try:
            count += _leave(pk, "expire", by=by, channel=channel)
        except Refusal as refusal:
            log.warning("order_not_expired", folio=folio, code=refusal.code)
    return count


def cancel_order(*, order: PaymentOrder, by: str, channel: str) -> bool:
    """An order that is not wanted any more; False where it was paid or over already."""
    return _leave(order.pk, "cancel", by=by, channel=channel)


def unwanted(folio: str, *, by: str, channel: str) -> None:
    """Its matter was withdrawn: an unpaid order is cancelled; of a paid one a person decides what goes back.

    In the caller's transaction, before the row of the matter is held.
    """
    order = PaymentOrder.objects.only("pk").get(folio=folio)
    if _leave(order.pk, "cancel", by=by, channel=channel):
        return
    held = locked(order.pk)
    credit = queries.paying_credit(held)
    if credit is not None and credit.use == money.APPLIED:
        hold(WITHDRAWN, order=held, credit=credit, event=None, by=by, channel=channel)


WITHDRAWN = "withdrawn"


def _leave(pk: int, move: str, *, by: str, channel: str) -> bool:
    with transaction.atomic():
        order = locked(pk)
        state = states.after(order.state, move)
        if state is None:
            return False
        order.state = state
        order.save(update_fields=["state"])
        act = Act(events.MOVED[move], order.folio, events.moved(order, because=move), order.municipality)
        record(act, by=by, channel=channel)
        if move == "expire":
            for listener in plugged.listeners:
                listener.order_expired(order)
    return True


def paid_total(order: PaymentOrder) -> Decimal:
    """What is applied to an order now."""
    credit = queries.paying_credit(order)
    return credit.amount - credit.returned if credit and credit.use == money.APPLIED else Decimal(0)
