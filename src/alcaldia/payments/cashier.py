"""Cash: a till is opened with what is in it, takes money for orders, and is closed by counting."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.payments import events, queries
from alcaldia.payments.actions import check_payable
from alcaldia.payments.hearing import Heard, hear, locked
from alcaldia.payments.models import CashierShift, CashReceipt, Credit, PaymentOrder
from alcaldia.payments.permissions import check_close
from alcaldia.payments.ports import News
from alcaldia.payments.rules import money
from alcaldia.payments.rules.amounts import BadLines, counted

PREFIX = "CAJ"


def open_shift(*, municipality: Municipality, float_amount: Decimal, by: str, channel: str) -> CashierShift:
    """Open the till of `by`. Raises Refusal where it is open already."""
    if not 0 <= float_amount <= 100_000:
        raise Refusal("bad_float", "El fondo de caja va de 0 a 100,000.")
    with transaction.atomic():
        try:
            with transaction.atomic():
                shift = CashierShift.objects.create(
                    municipality=municipality, folio=new_folio(PREFIX, timezone.now().year), cashier=by,
                    opened_at=timezone.now(), float_amount=float_amount,
                )  # fmt: skip
        except IntegrityError:
            # Also where the button was pressed twice at once: the constraint has the last word.
            detail = "Su caja ya está abierta. Ciérrela antes de abrir otra."
            raise Refusal("shift_open", detail, status=409) from None
        body = {"float": f"{float_amount:.2f}"}
        record(Act(events.SHIFT_OPENED, shift.folio, body, municipality), by=by, channel=channel)
    return shift


def pay_cash(
    *, order: PaymentOrder, shift: CashierShift, tendered: Decimal, by: str, channel: str,
    pieces: Mapping[str, int] | None = None,
) -> CashReceipt:  # fmt: skip
    """Take cash for an order; the change is `receipt.change`. Raises Refusal; then nothing was taken."""
    given = _given(tendered, pieces)
    with transaction.atomic():
        held = CashierShift.objects.select_for_update().get(pk=shift.pk)
        if held.closed_at is not None or held.cashier != by or held.municipality_id != order.municipality_id:
            raise Refusal(
                "no_open_shift", "Esa caja no está abierta por usted. Abra la suya y vuelva a cobrar."
            )
        owed = locked(order.pk)
        check_payable(owed, timezone.now())
        if given < owed.total:
            raise Refusal("not_enough", f"Faltan {owed.total - given:,.2f} para cubrir {owed.total:,.2f}.")
        change = given - owed.total
        _told(owed, held, change, pieces, by=by, channel=channel)
        credit = Credit.objects.get(provider=queries.CASH, charge=owed.folio)
        if credit.use != money.APPLIED:
            raise Refusal(
                "not_applied", "El trámite no acepta este pago ahora. No reciba el dinero y avise al área."
            )
        return CashReceipt.objects.create(
            shift=held, credit=credit, tendered=given, change=change, pieces=dict(pieces or {})
        )


def _given(tendered: Decimal, pieces: Mapping[str, int] | None) -> Decimal:
    """What was put on the counter; where notes were counted they must add up to it."""
    try:
        if pieces and counted(pieces) != tendered:
            raise Refusal("bad_count", "Los billetes y monedas no suman lo recibido. Cuéntelos otra vez.")
    except BadLines as error:
        raise Refusal("bad_count", str(error)) from error
    return tendered


def _told(
    order: PaymentOrder, shift: CashierShift, change: Decimal, pieces: Mapping[str, int] | None, *, by: str, channel: str
) -> None:  # fmt: skip
    # The charge is the order itself: a second cash payment of the same order cannot even be written.
    news = News(
        event_id=f"cash:{order.folio}", kind=money.PAID, charge=order.folio, amount=order.total,
        currency=order.currency, occurred_at=timezone.now(),
    )  # fmt: skip
    raw = canonical({"shift": shift.folio, "pieces": dict(pieces or {}), "change": f"{change:.2f}"})
    hear(Heard(queries.CASH, news, raw, "counter", by, channel, change=f"{change:.2f}"), of=order)


def close_shift(
    *, shift: CashierShift, pieces: Mapping[str, int], by: str, channel: str, note: str = ""
) -> CashierShift:
    """Close by counting notes and coins; a difference is recorded, never hidden, and wants a note.

    One's own, or that of a cashier who lost the post, where one may reconcile; the act tells whose it was.
    """
    try:
        found = counted(pieces)
    except BadLines as error:
        raise Refusal("bad_count", str(error)) from error
    with transaction.atomic():
        held = CashierShift.objects.select_for_update().get(pk=shift.pk)
        if held.closed_at is not None:
            raise Refusal("shift_closed", "Esa caja ya está cerrada.", status=409)
        check_close(held, by, _today(held.municipality))
        held.expected = queries.expected_in(held)
        if found != held.expected and not note.strip():
            detail = f"Contó {found:,.2f} y debería haber {held.expected:,.2f}. Cuente otra vez o explique la diferencia."
            raise Refusal("difference", detail)
        held.counted, held.pieces, held.note = found, dict(pieces), note.strip()[:300]
        held.closed_at = timezone.now()
        held.save()
        body = events.shift_closed(held, by=by)
        record(Act(events.SHIFT_CLOSED, held.folio, body, held.municipality), by=by, channel=channel)
    return held


def _today(town: Municipality) -> date:
    return timezone.localdate(timezone=ZoneInfo(town.timezone))
