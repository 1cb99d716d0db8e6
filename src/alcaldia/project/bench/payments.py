"""From an order to its payment through a signed message, in one process; and that the books agree afterwards."""

import time
from datetime import timedelta
from typing import Any

from alcaldia.project import environment
from alcaldia.project.bench.clock import percentile
from alcaldia.project.runtime import settle

ORDERS, WARM = 1_000, 50
LINES = [
    {"concept": "Licencia de giro", "account": "4143-01", "amount": "812.40", "legal_basis": "Ley de Ingresos, art. 20"},
    {"concept": "Descuento por pago en línea", "account": "4143-02", "amount": "-12.40", "legal_basis": "Ley de Ingresos, art. 21"},
]  # fmt: skip


def run() -> dict[str, Any]:
    """Orders issued, tried at the simulated bank, told by a signed message and paid: how many a second."""
    from alcaldia.payments import queries
    from alcaldia.payments.models import PaymentOrder

    made, times = _town(), []
    for number in range(ORDERS + WARM):
        if number == WARM:
            settle()
        times.append(_one(made, number))
    whole, told = ([one[part] * 1000 for one in times[WARM:]] for part in (0, 1))
    books, paid = queries.money_in(), PaymentOrder.objects.filter(state="paid").count()
    return {
        "orders_paid_per_s": round(ORDERS * 1000 / sum(whole)),
        "p50_ms": percentile(whole, 50),
        "p99_ms": percentile(whole, 99),
        "messages_per_s": round(ORDERS * 1000 / sum(told)),
        "message_p50_ms": percentile(told, 50),
        "message_p99_ms": percentile(told, 99),
        "paid": paid,
        "books_agree": int(books["in"] == books["applied"] + books["held"] + books["returned"] == 800 * paid),
    }


def _town() -> Any:
    from alcaldia.connectors.simulated import SimulatedBank
    from alcaldia.connectors.simulated_bank.app import application
    from alcaldia.connectors.simulated_bank.bank import Bank
    from alcaldia.kernel import outbound
    from alcaldia.kernel.models import Municipality
    from alcaldia.payments.ports import plugged

    bank = Bank(environment.home() / "bank", "a secret")
    plugged.providers = {
        "simulated": SimulatedBank(outbound.inside(application(bank, "/b")), bank.secret, "/b")
    }
    return bank, Municipality.objects.create(slug="bench", name="Bench")


def _one(made: Any, number: int) -> tuple[float, float]:
    """Seconds from nothing to paid, without what the bank does for itself; and those of the message alone."""
    from django.utils import timezone

    from alcaldia.connectors.simulated_bank.signing import HEADER, signature
    from alcaldia.payments import actions

    bank, town = made
    start = time.perf_counter()
    order = actions.issue_order(
        municipality=town, subject=f"account:{number}", lines=LINES, expires_at=timezone.now() + timedelta(days=3),
        by="citizen", channel="bench",
    )  # fmt: skip
    attempt = actions.start_attempt(order=order, provider="simulated", by="citizen", channel="bench")
    ours = time.perf_counter() - start
    bank.pay(bank.find(attempt.reference), "none")
    body = bytes(bank.store.one("SELECT body FROM outbox ORDER BY seq DESC LIMIT 1")["body"])
    stamp = {HEADER: signature(bank.secret, int(bank.clock()), body)}
    start = time.perf_counter()
    actions.receive_webhook(provider="simulated", headers=stamp, raw=body)
    told = time.perf_counter() - start
    return ours + told, told
