"""Mercado Pago: Checkout Pro, where the person chooses card, wallet or store; five calls.

https://www.mercadopago.com.mx/developers — a message names a payment and no more, so it is asked for.
"""

import hmac
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import httpx

from alcaldia.connectors.asking import TOLERANCE, ask, money
from alcaldia.kernel.small_json import read_object
from alcaldia.kernel.text import whole_number
from alcaldia.payments import ports
from alcaldia.payments.ports import Asked, BadSignature, Capabilities, Instructions, News, SettledRow

BASE = "https://api.mercadopago.com"
# Method → types that the checkout leaves out.
EXCLUDED = {
    "wallet": (),
    "card": ("ticket", "bank_transfer", "atm"),
    "store": ("credit_card", "debit_card", "prepaid_card", "bank_transfer"),
}
PAGE = 100


class MercadoPago:
    """Keeps `alcaldia.payments.ports.Provider`. The charge of our books is Mercado Pago's payment."""

    label, is_demo = "Mercado Pago", False

    def __init__(
        self, client: httpx.Client, secrets: Mapping[str, str], name: str = "mercadopago", clock: Callable[[], float] = time.time
    ) -> None:  # fmt: skip
        self.client, self.secrets, self.name, self.clock = client, secrets, name, clock

    def create(self, asked: Asked, *, idempotency_key: str) -> Instructions:
        body = {
            "items": [{
                "id": asked.order, "title": asked.concept, "quantity": 1, "currency_id": asked.currency,
                # Their format takes a number; two decimals survive as a JSON number.
                "unit_price": float(asked.amount),
            }],
            "external_reference": idempotency_key, "notification_url": asked.notify,
            "back_urls": {"success": asked.back, "pending": asked.back, "failure": asked.back},
            "expires": True, "expiration_date_to": asked.expires_at.isoformat(timespec="milliseconds"),
            "payment_methods": {"excluded_payment_types": [{"id": one} for one in EXCLUDED[asked.method]]},
        }  # fmt: skip
        made = self._ask(
            "POST", "checkout/preferences", json=body, headers={"X-Idempotency-Key": idempotency_key}
        )
        return Instructions(ports.REDIRECT, made["id"], url=made["init_point"])

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> News | None:
        try:
            told = read_object(raw)
            about = str(told["data"]["id"])
        except (ValueError, KeyError, TypeError) as error:
            raise BadSignature from error
        check_signature(headers, about, self.secrets.get("webhook_secret", ""), self.clock())
        if told.get("type") != "payment" or whole_number(about) is None:
            return None
        found = news_of(self._ask("GET", f"v1/payments/{about}"))
        return found[-1] if found else None

    def query(self, reference: str, *, key: str) -> list[News]:
        found = self._ask(
            "GET",
            "v1/payments/search",
            params={"external_reference": key, "sort": "date_created", "criteria": "asc"},
        )
        return [news for payment in found["results"] for news in news_of(payment)]

    def refund(
        self, charge: str, amount: Decimal, *, currency: str, reference: str, idempotency_key: str
    ) -> News:
        done = self._ask(
            "POST", f"v1/payments/{charge}/refunds", json={"amount": float(amount)},
            headers={"X-Idempotency-Key": idempotency_key},
        )  # fmt: skip
        return News(
            f"refund:{done['id']}",
            "refunded",
            charge,
            money(done["amount"]),
            currency,
            _at(done["date_created"]),
        )

    def read_settlement(self, on: date) -> list[SettledRow]:
        """Payments whose money was released on that day; it goes to the account there, without a payout's name."""
        day = {
            "range": "money_release_date",
            "begin_date": f"{on}T00:00:00.000Z",
            "end_date": f"{on}T23:59:59.999Z",
        }
        rows: list[dict[str, Any]] = []
        while True:
            page = self._ask(
                "GET",
                "v1/payments/search",
                params={**day, "status": "approved", "limit": PAGE, "offset": len(rows)},
            )
            rows += page["results"]
            if not page["results"] or len(rows) >= page["paging"]["total"]:
                return [_settled(row, on) for row in rows]

    def capabilities(self) -> Capabilities:
        return Capabilities(("card", "wallet", "store"), largest={"store": Decimal(10_000)})

    def check(self) -> list[str]:
        missing = [name for name in ("access_token", "webhook_secret") if not self.secrets.get(name)]
        return [f"Falta {name} en keys/payments.toml, sección [{self.name}]." for name in missing]

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **words: Any) -> Any:
        given = {"Authorization": f"Bearer {self.secrets.get('access_token', '')}", **(headers or {})}
        return ask(self.client, method, f"{BASE}/{path}", label=self.label, headers=given, **words)


def check_signature(headers: Mapping[str, str], about: str, secret: str, now: float) -> None:
    """``x-signature: ts=…,v1=…``: HMAC-SHA256 of ``id:…;request-id:…;ts:…;``. Raises BadSignature.

    The id is written in lower case; `ts` counts seconds or milliseconds.
    """
    parts = dict(part.strip().partition("=")[::2] for part in headers.get("x-signature", "").split(","))
    stamp, given = parts.get("ts", ""), parts.get("v1", "")
    if not secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 16:
        raise BadSignature
    seconds = int(stamp) / (1000 if len(stamp) > 11 else 1)
    manifest = f"id:{about.lower()};request-id:{headers.get('x-request-id', '')};ts:{stamp};"
    wanted = hmac.new(secret.encode(), manifest.encode(), sha256).hexdigest()
    if abs(now - seconds) > TOLERANCE or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise BadSignature


def news_of(payment: dict[str, Any]) -> list[News]:
    """All that a payment says, oldest first; the last is what it is now."""
    status, id = payment["status"], str(payment["id"])
    gross, back = money(payment["transaction_amount"]), money(payment.get("transaction_amount_refunded") or 0)
    found: list[News] = []

    def say(kind: str, amount: Decimal, at: str, named: str) -> None:
        found.append(
            News(
                f"{id}:{named}",
                kind,
                id,
                amount,
                payment["currency_id"],
                _at(at),
                key=payment.get("external_reference") or "",
            )
        )

    last = payment.get("date_last_updated") or payment["date_created"]
    if payment.get("date_approved"):
        say("paid", gross, payment["date_approved"], "paid")
    elif status in {"rejected", "cancelled"}:
        say("lapsed" if payment.get("status_detail") == "expired" else "failed", gross, last, status)
    if back > 0:
        say("refunded", back, last, f"refunded:{back}")
    if status == "charged_back":
        say("disputed", gross, last, "disputed")
        if payment.get("status_detail") == "reimbursed":
            say("reinstated", gross, last, "reinstated")
    return found


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _settled(payment: dict[str, Any], on: date) -> SettledRow:
    gross, net = (
        money(payment["transaction_amount"]),
        money(payment["transaction_details"]["net_received_amount"]),
    )
    id = str(payment["id"])
    return SettledRow(f"{id}:payment", id, "payment", gross, gross - net, Decimal(0), net, on)
