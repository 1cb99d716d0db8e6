"""What is done with orders: issued, tried, told about, expired, cancelled, given back, reconciled."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

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
from alcaldia.payments.hearing import Heard, as_rule, carry_out, hear, locked
from alcaldia.payments.models import Credit, InboxItem, PaymentAttempt, PaymentEvent, PaymentOrder
from alcaldia.payments.ports import Asked, BadSignature, Instructions, News, plugged
from alcaldia.payments.rules import evidence, money, states
from alcaldia.payments.rules.amounts import BadLines, read_lines
from alcaldia.payments.rules.keys import idempotency_key

PREFIX = "PAG"
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
    with transaction.atomic():
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

    A wrong signature is kept as such and changes nothing. Raises NotFound for a provider that is not plugged in.
    """
    adapter = queries.provider(provider)
    try:
        news = adapter.verify_webhook({name.lower(): value for name, value in headers.items()}, raw)
    except BadSignature:
        return _unsigned(provider, raw)
    return hear(Heard(provider, news, evidence.kept(raw), "webhook", provider, "webhook")) if news else None


def _unsigned(provider: str, raw: bytes) -> PaymentEvent:
    event, _ = PaymentEvent.objects.get_or_create(
        provider=provider, event_id=f"unsigned:{sha256(raw).hexdigest()}",
        defaults={
            "kind": "unsigned", "raw": evidence.kept(raw), "signature_ok": False, "source": "webhook",
            "received_at": timezone.now(),
        },
    )  # fmt: skip
    return event


def refresh(attempt: PaymentAttempt) -> PaymentAttempt:
    """Ask the provider what became of an attempt: webhooks get lost. The browser's return does this and no more.

    Raises Refusal where the provider does not answer.
    """
    adapter = queries.provider(attempt.provider)
    for news in adapter.query(attempt.reference, key=attempt.key):
        hear(Heard(attempt.provider, news, b"", "query", attempt.provider, "query"))
    PaymentAttempt.objects.filter(pk=attempt.pk).update(asked_at=timezone.now())
    return queries.attempt_of(attempt.order, attempt.number)


def refresh_waiting(*, older_than: timedelta, limit: int = 50) -> int:
    """Ask about attempts that wait, those first about which nobody asked for longest; how many were asked about.

    A provider that does not answer is not asked again in this round: its silence costs the others one time limit.
    """
    now = timezone.now()
    waiting = PaymentAttempt.objects.filter(state="waiting", created_at__lte=now - older_than)
    waiting = waiting.exclude(asked_at__gt=now - older_than).order_by("asked_at")
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
    """Expire what nobody paid in time, after the grace that late news needs; how many there were."""
    due = PaymentOrder.objects.filter(state=states.ISSUED, expires_at__lt=timezone.now() - GRACE)
    return sum(
        _leave(pk, "expire", by=by, channel=channel) for pk in due.values_list("pk", flat=True)[:limit]
    )


def cancel_order(*, order: PaymentOrder, by: str, channel: str) -> bool:
    """An order that is not wanted any more; False where it was paid or over already."""
    return _leave(order.pk, "cancel", by=by, channel=channel)


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
    return True


def refund(*, order: PaymentOrder, because: str, by: str, channel: str) -> PaymentOrder:
    """Give back what paid an order, by the way it came. Raises Refusal where it was not paid or cannot go back."""
    credit = queries.paying_credit(order)
    if credit is None or credit.use != money.APPLIED:
        raise Refusal("not_paid", "Esta orden no tiene un pago que devolver.", status=409)
    _give_back(credit, by=by, channel=channel)
    order.refresh_from_db()
    return order


def _give_back(credit: Credit, *, by: str, channel: str) -> None:
    amount = credit.amount - credit.returned
    if credit.provider == queries.CASH:
        news = News(
            f"return:{credit.charge}",
            money.REFUNDED,
            credit.charge,
            credit.amount,
            credit.currency,
            timezone.now(),
        )
        hear(Heard(queries.CASH, news, b"", "refund", by, channel))
        return
    adapter = queries.provider(credit.provider)
    if not adapter.capabilities().refunds:
        detail = "Este proveedor no devuelve pagos desde aquí. Devuélvalo desde su panel y márquelo como devuelto a mano."
        raise Refusal("no_refunds", detail)
    key = sha256(f"refund\n{credit.provider}\n{credit.charge}\n{amount}".encode()).hexdigest()
    news = adapter.refund(
        credit.charge, amount, currency=credit.currency, idempotency_key=key,
        reference=credit.attempt.reference if credit.attempt else "",
    )  # fmt: skip
    # With what went back before, the whole of it has.
    hear(Heard(credit.provider, replace(news, amount=credit.amount), b"", "refund", by, channel))


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
    credit = item.credit
    if how == GIVE_BACK:
        if credit is None or credit.use != money.HELD:
            raise Refusal("not_held", "Aquí no hay dinero retenido que devolver.", status=409)
        # Outside the transaction: the provider is asked with a key that makes asking twice harmless.
        _give_back(credit, by=by, channel=channel)
    with transaction.atomic():
        order = locked(item.order_id) if item.order_id else None
        found = (
            InboxItem.objects.select_for_update(of=("self",))
            .select_related("order", "credit")
            .get(pk=item.pk)
        )
        if found.resolved_at is not None:
            raise Refusal("resolved_already", "Otra persona ya lo resolvió.", status=409)
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


def _decide(how: str, item: InboxItem, order: PaymentOrder | None, *, by: str, channel: str) -> None:
    row = item.credit
    rule = as_rule(row)
    if how == APPLY:
        owed = money.Owed(order.total, order.currency, order.expires_at, order.state) if order else None
        verdict = money.accept(owed, rule) if owed and rule else None
        if verdict is None or row is None:
            detail = "Sólo se aplica dinero retenido que alcance a pagar una orden pendiente o vencida. Devuélvalo."
            raise Refusal("cannot_apply", detail, status=409)
        carry_out(verdict, row, order, event=None, by=by, channel=channel)
        if row.use != money.APPLIED:
            raise Refusal(
                "cannot_apply", "El trámite no acepta este pago. Devuélvalo o avise al área.", status=409
            )
    elif how == BY_HAND and row is not None and rule is not None and rule.use == money.HELD:
        row.use, row.returned = money.RETURNED, row.amount
        row.save(update_fields=["use", "returned"])
    elif row is not None and row.use == money.HELD:
        raise Refusal("money_held", "Hay dinero retenido: aplíquelo o devuélvalo.", status=409)


def paid_total(order: PaymentOrder) -> Decimal:
    """What is applied to an order now."""
    credit = queries.paying_credit(order)
    return credit.amount - credit.returned if credit and credit.use == money.APPLIED else Decimal(0)
