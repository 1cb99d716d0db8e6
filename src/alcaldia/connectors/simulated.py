"""The adapter of the bank that does not exist: it speaks HTTP to it, in this process, through no port."""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx

from alcaldia.connectors.asking import TOLERANCE, ask, from_cents, to_cents
from alcaldia.connectors.simulated_bank.signing import HEADER, signature
from alcaldia.payments import ports
from alcaldia.payments.ports import Asked, BadSignature, Capabilities, Instructions, News, SettledRow

INSIDE = "http://banco.invalid"


class SimulatedBank:
    """Keeps `alcaldia.payments.ports.Provider`. `prefix`: where the bank's pages are, on our own site."""

    name, label, is_demo = "simulated", "Banco de prueba", True

    def __init__(
        self, client: httpx.Client, secret: str, prefix: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.client, self.secret, self.prefix, self.clock = client, secret, prefix, clock

    def create(self, asked: Asked, *, idempotency_key: str) -> Instructions:
        told = self._ask("POST", "charges", json={
            "key": idempotency_key, "method": asked.method, "cents": to_cents(asked.amount), "currency": asked.currency,
            "concept": asked.concept, "order": asked.order, "expires": asked.expires_at.timestamp(), "back": asked.back,
            "notify": asked.notify,
        })  # fmt: skip
        url, reference = f"{self.prefix}/pagar/{told['id']}", told["reference"]
        if asked.method == "card":
            return Instructions(ports.REDIRECT, told["id"], url=url)
        if asked.method == "terminal":
            return Instructions(
                ports.TERMINAL, told["id"], url=url, shown={"Terminal": "Caja 1", "Operación": told["id"]}
            )
        label = "CLABE" if asked.method == "transfer" else "Referencia"
        barcode = reference if asked.method == "store" else ""
        return Instructions(
            ports.SHOW_REFERENCE, told["id"], url=url, shown={label: reference}, barcode=barcode,
            expires_at=asked.expires_at,
        )  # fmt: skip

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> News | None:
        given = headers.get(HEADER, "")
        stamp = given.partition(",")[0].removeprefix("t=")
        if not stamp.isascii() or not stamp.isdigit() or abs(self.clock() - int(stamp)) > TOLERANCE:
            raise BadSignature
        if not hmac.compare_digest(signature(self.secret, int(stamp), raw).encode(), given.encode()):
            raise BadSignature
        return _news(json.loads(raw))

    def query(self, reference: str, *, key: str) -> list[News]:
        return [
            _news(one)
            for one in self._ask("GET", f"charges/{reference or key}", missing={"news": []})["news"]
        ]

    def refund(
        self, charge: str, amount: Decimal, *, currency: str, reference: str, idempotency_key: str
    ) -> News:
        asked = {"payment": charge, "cents": to_cents(amount), "key": idempotency_key}
        done = self._ask("POST", "refunds", json=asked)
        at = datetime.fromtimestamp(done["at"], UTC)
        returned = done["returned"]
        return News(f"{charge}:refunded-{returned}", "refunded", charge, from_cents(returned), currency, at)

    def read_settlement(self, on: date) -> list[SettledRow]:
        return [_settled(row) for row in self._ask("GET", f"settlement/{on.isoformat()}")["rows"]]

    def capabilities(self) -> Capabilities:
        # Stores in Mexico take at most 10,000 pesos at once.
        return Capabilities(("card", "store", "transfer", "terminal"), largest={"store": Decimal(10_000)})

    def check(self) -> list[str]:
        return ["Es un banco de prueba: no mueve dinero. No lo deje puesto en un municipio de verdad."]

    def _ask(self, method: str, path: str, **words: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}"}
        return ask(self.client, method, f"{INSIDE}/api/{path}", label=self.label, headers=headers, **words)


def _news(told: dict[str, Any]) -> News:
    return News(
        event_id=told["event"], kind=told["kind"], charge=told["payment"], amount=from_cents(told["cents"]),
        currency=told["currency"], occurred_at=datetime.fromtimestamp(told["at"], UTC), reference=told["charge"],
        key=told["key"],
    )  # fmt: skip


def _settled(row: dict[str, Any]) -> SettledRow:
    gross, fee, tax, net = (from_cents(row[name]) for name in ("gross", "fee", "tax", "net"))
    return SettledRow(
        row["row"],
        row["charge"],
        row["kind"],
        gross,
        fee,
        tax,
        net,
        date.fromisoformat(row["on"]),
        row["payout"],
    )
