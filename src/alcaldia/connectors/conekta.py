"""Conekta: hosted checkout for cards, a reference for stores, a CLABE for SPEI; seven calls.

https://developers.conekta.com — their orders want a customer: it is the treasury's own contact, never the person.
"""

import base64
import binascii
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from alcaldia.connectors.asking import ask, down, from_cents, to_cents
from alcaldia.connectors.conekta_transfers import Moved, Sent, allot
from alcaldia.payments import ports
from alcaldia.payments.ports import Asked, BadSignature, Capabilities, Instructions, News, SettledRow

BASE = "https://api.conekta.io"
ACCEPT = "application/vnd.conekta-v2.1.0+json"
NEEDED = ("private_key", "webhook_public_key", "contact_email", "contact_phone")
DAY = 24 * 3600
BACK = 15 * DAY
"""How far before a transfer its transactions are looked for."""
FAILED = ("failed", "canceled", "cancelled", "rejected", "returned")
CHARGEBACKS = {"charge.chargeback.created": "disputed", "charge.chargeback.won": "reinstated"}


class Conekta:
    """Keeps `alcaldia.payments.ports.Provider`. The charge of our books is Conekta's charge, the reference its order."""

    label, is_demo = "Conekta", False

    def __init__(
        self, client: httpx.Client, secrets: Mapping[str, str], name: str = "conekta", clock: Callable[[], float] = time.time
    ) -> None:  # fmt: skip
        self.client, self.secrets, self.name, self.clock = client, secrets, name, clock

    def create(self, asked: Asked, *, idempotency_key: str) -> Instructions:
        ends = int(asked.expires_at.timestamp())
        body: dict[str, Any] = {
            "currency": asked.currency, "metadata": {"key": idempotency_key, "order": asked.order},
            "line_items": [{"name": asked.concept, "unit_price": to_cents(asked.amount), "quantity": 1}],
            "customer_info": {
                "name": "Contribuyente", "email": self.secrets.get("contact_email", ""),
                "phone": self.secrets.get("contact_phone", ""),
            },
        }  # fmt: skip
        if asked.method == "card":
            body["checkout"] = {
                "type": "HostedPayment", "allowed_payment_methods": ["card"], "expires_at": ends,
                "success_url": asked.back, "failure_url": asked.back,
            }  # fmt: skip
        else:
            kind = "cash" if asked.method == "store" else "spei"
            body["charges"] = [{"payment_method": {"type": kind, "expires_at": ends}}]
        made = self._ask("POST", "orders", json=body, headers={"Idempotency-Key": idempotency_key})
        return _instructed(asked, made)

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> News | None:
        check_signature(headers.get("digest", ""), raw, self.secrets.get("webhook_public_key", ""))
        event = json.loads(raw)
        told = CHARGEBACKS.get(event["type"])
        if told:
            return self._chargeback(event, told)
        return _event(event["id"], event["type"], event["data"]["object"], event["created_at"])

    def _chargeback(self, event: dict[str, Any], told: str) -> News | None:
        """A chargeback names its charge and no amount, so the charge is asked for."""
        named = event["data"]["object"]["charge_id"]
        page = self._ask("GET", "charges", params={"search": named})
        charge = next((one for one in page["data"] if one["id"] == named), None)
        if charge is None:
            raise down(self.label)
        return News(
            event["id"], told, named, from_cents(charge["amount"]), charge["currency"], _at(event["created_at"]),
            reference=charge.get("order_id") or "",
        )  # fmt: skip

    def query(self, reference: str, *, key: str) -> list[News]:
        if not reference:
            return []
        order = self._ask("GET", f"orders/{reference}", missing={})
        paid = [one for one in _charges(order) if one.get("paid_at")]
        found = [
            _news(f"{one['id']}:paid", "paid", order, one["id"], one["amount"], one["paid_at"])
            for one in paid
        ]
        back = order.get("amount_refunded") or 0
        if back and paid:
            first = paid[0]["id"]
            found.append(
                _news(f"{first}:refunded:{back}", "refunded", order, first, back, order["updated_at"])
            )
        if order.get("payment_status") == "expired":
            found.append(
                _news(f"{reference}:expired", "lapsed", order, "", order["amount"], order["updated_at"])
            )
        return found

    def refund(
        self, charge: str, amount: Decimal, *, currency: str, reference: str, idempotency_key: str
    ) -> News:
        body = {"reason": "requested_by_client", "amount": to_cents(amount)}
        order = self._ask(
            "POST", f"orders/{reference}/refunds", json=body, headers={"Idempotency-Key": idempotency_key}
        )
        cents = order["amount_refunded"]
        return News(
            f"{charge}:refunded:{cents}",
            "refunded",
            charge,
            from_cents(cents),
            currency,
            _at(order["updated_at"]),
        )

    def read_settlement(self, on: date) -> list[SettledRow]:
        """Rows of the day, and of its transfers; a transfer whose rows nothing proves is one row of its own."""
        start = int(datetime(on.year, on.month, on.day, tzinfo=UTC).timestamp())
        moved = {one["id"]: one for one in self._since("transactions", start - BACK) if one["type"] in _KINDS}
        sent = [
            one for one in self._since("transfers", start - BACK)
            if one["created_at"] < start + DAY and one["status"] not in FAILED
        ]  # fmt: skip
        found = {
            one["id"]: _settled(one) for one in moved.values() if start <= one["created_at"] < start + DAY
        }
        runs = allot(
            [Moved(one["id"], one["created_at"], one["net"]) for one in moved.values()],
            [Sent(one["id"], one["created_at"], one["amount"]) for one in sent],
        )
        for transfer in (one for one in sent if one["created_at"] >= start):
            rows = [_settled(moved[one.id]) for one in runs.get(transfer["id"], ())]
            named = {"payout": transfer["id"], "traced": transfer.get("statement_reference") or ""}
            found |= {row.row: replace(row, **named) for row in rows or [_lump(transfer, on)]}
        return list(found.values())

    def _since(self, path: str, oldest: int) -> Iterator[dict[str, Any]]:
        """What a list holds back to then: newest first, so that nothing follows a page that is older."""
        params: dict[str, Any] = {"limit": 250}
        while True:
            page = self._ask("GET", path, params=params)
            yield from (one for one in page["data"] if one["created_at"] >= oldest)
            if not page.get("has_more") or page["data"][-1]["created_at"] < oldest:
                return
            params = {**params, "next": page["data"][-1]["id"]}

    def capabilities(self) -> Capabilities:
        return Capabilities(("card", "store", "transfer"), largest={"store": Decimal(10_000)})

    def check(self) -> list[str]:
        missing = [name for name in NEEDED if not self.secrets.get(name)]
        return [f"Falta {name} en keys/payments.toml, sección [{self.name}]." for name in missing]

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **words: Any) -> Any:
        given = {
            "Authorization": f"Bearer {self.secrets.get('private_key', '')}",
            "Accept": ACCEPT,
            **(headers or {}),
        }
        return ask(self.client, method, f"{BASE}/{path}", label=self.label, headers=given, **words)


def check_signature(given: str, raw: bytes, public_key: str) -> None:
    """``DIGEST``: base64 of the RSA (PKCS #1 v1.5, SHA-256) signature of the body. Raises BadSignature.

    It carries no time: an old message sent again is known by its event, and changes nothing.
    """
    try:
        key = serialization.load_pem_public_key(public_key.encode())
        if not isinstance(key, rsa.RSAPublicKey):
            raise BadSignature
        key.verify(base64.b64decode(given, validate=True), raw, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError) as error:
        raise BadSignature from error


def _instructed(asked: Asked, order: dict[str, Any]) -> Instructions:
    if asked.method == "card":
        return Instructions(ports.REDIRECT, order["id"], url=order["checkout"]["url"])
    [charge] = _charges(order)
    how = charge["payment_method"]
    if asked.method == "store":
        shown = {"Referencia": how["reference"]}
        return Instructions(
            ports.SHOW_REFERENCE,
            order["id"],
            shown=shown,
            barcode=how["reference"],
            expires_at=_at(how["expires_at"]),
        )
    shown = {"CLABE": how["clabe"], "Banco": how.get("bank") or how.get("receiving_account_bank") or "STP"}
    return Instructions(ports.SHOW_REFERENCE, order["id"], shown=shown, expires_at=asked.expires_at)


def _charges(order: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (order.get("charges") or {}).get("data", [])
    return found


def _event(id: str, kind: str, about: dict[str, Any], created: int) -> News | None:
    """What one event means for us; None for the many that do not concern an order."""
    charge = next((one for one in _charges(about) if one.get("paid_at")), {})
    if kind == "order.paid" and charge:
        return _news(id, "paid", about, charge["id"], charge["amount"], charge["paid_at"])
    if kind in {"order.refunded", "order.partially_refunded"} and charge:
        return _news(id, "refunded", about, charge["id"], about["amount_refunded"], created)
    if kind in {"order.expired", "order.canceled", "order.declined"}:
        return _news(
            id, "failed" if kind == "order.declined" else "lapsed", about, "", about["amount"], created
        )
    if kind == "order.charged_back" and charge:
        return _news(id, "disputed", about, charge["id"], charge["amount"], created)
    return None


def _news(id: str, kind: str, order: dict[str, Any], charge: str, cents: int, at: int) -> News:
    return News(
        event_id=id, kind=kind, charge=charge, amount=from_cents(cents), currency=order["currency"], occurred_at=_at(at),
        reference=order["id"], key=(order.get("metadata") or {}).get("key", ""),
    )  # fmt: skip


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


_KINDS = {
    "capture": "payment", "refund": "refund", "refund_reversal": "refund", "chargeback": "chargeback",
    "chargeback_reversal": "chargeback", "won_chargeback": "chargeback", "capture_reversal": "other",
    "rounding_adjustment": "other",
}  # fmt: skip
"""Of the types that Conekta names, those that change what is the town's; a payout is the sum of others."""


def _settled(row: dict[str, Any]) -> SettledRow:
    kind = _KINDS[row["type"]]
    return SettledRow(
        row["id"], (row["charge"] or "") if kind != "other" else "", kind, from_cents(row["amount"]),
        from_cents(row["fee"]), Decimal(0), from_cents(row["net"]), _at(row["created_at"]).date(),
    )  # fmt: skip


def _lump(transfer: dict[str, Any], on: date) -> SettledRow:
    amount = from_cents(transfer["amount"])
    return SettledRow(f"{transfer['id']}:sum", "", "other", amount, Decimal(0), Decimal(0), amount, on)
