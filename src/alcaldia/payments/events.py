"""What payments announces to the ledger: names of acts and the body of each. Nobody is named in any but a cashier whose till another closed."""

from typing import Any

from alcaldia.payments.models import CashierShift, Credit, InboxItem, PaymentOrder

ORDER_ISSUED = "payments.order_issued"
ORDER_PAID = "payments.order_paid"
ORDER_EXPIRED = "payments.order_expired"
ORDER_CANCELLED = "payments.order_cancelled"
ORDER_DISPUTED = "payments.order_disputed"
ORDER_REINSTATED = "payments.order_reinstated"
ORDER_REFUNDED = "payments.order_refunded"
MONEY_HELD = "payments.money_held"
MONEY_RESOLVED = "payments.money_resolved"
SHIFT_OPENED = "payments.shift_opened"
SHIFT_CLOSED = "payments.shift_closed"
STATEMENT_READ = "payments.statement_read"

MOVED = {
    "expire": ORDER_EXPIRED,
    "cancel": ORDER_CANCELLED,
    "dispute": ORDER_DISPUTED,
    "reinstate": ORDER_REINSTATED,
    "refund": ORDER_REFUNDED,
}
"""Move of an order → its act; `pay` has a body of its own, the receipt."""


def order_issued(order: PaymentOrder) -> dict[str, Any]:
    return {
        "kind": "payment-order",
        "subject": order.subject,
        "lines": order.lines,
        "total": f"{order.total:.2f}",
        "currency": order.currency,
        "expires_at": order.expires_at,
    }


def receipt(order: PaymentOrder, credit: Credit, *, label: str, change: str = "") -> dict[str, Any]:
    """Body of the act that pays an order: the receipt that its PDF prints."""
    body = {
        "kind": "receipt",
        "order": order.folio,
        "subject": order.subject,
        "lines": order.lines,
        "total": f"{order.total:.2f}",
        "received": f"{credit.amount:.2f}",
        "currency": order.currency,
        "means": label,
        "charge": credit.charge,
        "issued_at": order.paid_at,
    }
    return {**body, "change": change} if change else body


def moved(order: PaymentOrder, *, because: str) -> dict[str, Any]:
    return {"order": order.folio, "state": order.state, "total": f"{order.total:.2f}", "because": because}


def held(item: InboxItem) -> dict[str, Any]:
    credit = item.credit
    return {
        "item": item.pk,
        "reason": item.reason,
        "order": item.order.folio if item.order else "",
        "amount": f"{credit.amount:.2f}" if credit else "",
        "charge": credit.charge if credit else "",
    }


def resolved(item: InboxItem) -> dict[str, Any]:
    return {**held(item), "resolution": item.resolution, "because": item.because}


def shift_closed(shift: CashierShift, *, by: str) -> dict[str, Any]:
    assert shift.counted is not None and shift.expected is not None  # noqa: S101, PT018 - a constraint says so
    body = {
        "expected": f"{shift.expected:.2f}",
        "counted": f"{shift.counted:.2f}",
        "difference": f"{shift.counted - shift.expected:.2f}",
    }
    return body if by == shift.cashier else {**body, "cashier": shift.cashier}


def statement(sha256: str, fresh: int, known: int, others: int) -> dict[str, Any]:
    """A bank statement that was read: the file by its hash, and how many deposits it held; no line of it."""
    return {"kind": "bank-statement", "sha256": sha256, "fresh": fresh, "known": known, "others": others}
