"""Orders to pay and the simulated bank to pay them at, with a clock that the test moves."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
from django.db import transaction
from django.utils import timezone

from alcaldia.connectors.simulated import SimulatedBank
from alcaldia.connectors.simulated_bank.app import application
from alcaldia.connectors.simulated_bank.bank import Bank
from alcaldia.connectors.simulated_bank.delivery import deliver
from alcaldia.kernel import outbound
from alcaldia.kernel.models import Municipality
from alcaldia.payments import actions
from alcaldia.payments.hearing import Heard, hear, locked
from alcaldia.payments.models import PaymentOrder
from alcaldia.payments.ports import News
from alcaldia.payments.rules.money import PAID

SECRET, PREFIX = "a secret of the tests", "/banco-de-prueba"
LINES = (
    {
        "concept": "Licencia de giro",
        "account": "4143-01",
        "amount": "812.40",
        "legal_basis": "Ley de Ingresos, art. 20",
    },
)


def town() -> Municipality:
    return Municipality.objects.get_or_create(slug="pueblo", defaults={"name": "Pueblo", "publication": 1})[0]


def order(total: str = "812.40", *, days: float = 3, **words) -> PaymentOrder:
    lines = [LINES[0] | {"amount": total}]
    given = {"municipality": town(), "subject": "case:LIC-1", "by": "citizen", "channel": "portal", **words}
    return actions.issue_order(lines=lines, expires_at=timezone.now() + timedelta(days=days), **given)


@dataclass
class City:
    """The bank and what it has told: `listen()` carries its messages to our door, as the postman would."""

    folder: Path
    shift: float = 0
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bank = Bank(self.folder, SECRET, self.clock)
        self.adapter = SimulatedBank(
            outbound.inside(application(self.bank, PREFIX)), SECRET, PREFIX, self.clock
        )

    def clock(self) -> float:
        return time.time() + self.shift

    def pay(self, attempt, chaos: str = "none") -> str:
        return self.bank.pay(self.bank.find(attempt.reference), chaos)

    def listen(self) -> int:
        with httpx.Client(transport=httpx.MockTransport(self._door)) as postman:
            return deliver(self.bank, postman)

    def _door(self, request: httpx.Request) -> httpx.Response:
        event = actions.receive_webhook(
            provider="simulated", headers=dict(request.headers), raw=request.content
        )
        self.answers.append(200 if event is None or event.signature_ok else 400)
        return httpx.Response(self.answers[-1])


def started(owed: PaymentOrder, method: str = "card"):
    return actions.start_attempt(
        order=owed, provider="simulated", method=method, by="citizen", channel="portal"
    )


def total(order_: PaymentOrder) -> Decimal:
    return order_.total


def paid_by(order: PaymentOrder, charge: str = "") -> None:
    """The whole of an order, as a message from a bank that the test need not run."""
    named = charge or f"c-{order.folio}"
    news = News(f"e-{named}", PAID, named, order.total, order.currency, timezone.now())
    with transaction.atomic():
        hear(Heard("test", news, b"", "query", "test", "test"), of=locked(order.pk))
