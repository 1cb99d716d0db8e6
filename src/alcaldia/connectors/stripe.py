"""Stripe: a Checkout session for cards and for OXXO; six calls. https://docs.stripe.com/api"""

import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import httpx

from alcaldia.connectors.asking import TOLERANCE, ask, from_cents, refused, to_cents
from alcaldia.payments import ports
from alcaldia.payments.ports import Asked, BadSignature, Capabilities, Instructions, News, SettledRow

BASE = "https://api.stripe.com"
VERSION = "2024-06-20"
TYPES = {"card": "card", "store": "oxxo"}
DAY = 24 * 3600


class Stripe:
    """Keeps `alcaldia.payments.ports.Provider`. The charge of our books is Stripe's payment intent."""

    label, is_demo = "Stripe", False

    def __init__(
        self, client: httpx.Client, secrets: Mapping[str, str], name: str = "stripe", clock: Callable[[], float] = time.time
    ) -> None:  # fmt: skip
        self.client, self.secrets, self.name, self.clock = client, secrets, name, clock

    def create(self, asked: Asked, *, idempotency_key: str) -> Instructions:
        now, ends = self.clock(), asked.expires_at.timestamp()
        form = {
            "mode": "payment", "client_reference_id": asked.order, "payment_method_types[0]": TYPES[asked.method],
            "line_items[0][quantity]": "1", "line_items[0][price_data][currency]": asked.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(to_cents(asked.amount)),
            "line_items[0][price_data][product_data][name]": asked.concept,
            "metadata[key]": idempotency_key, "metadata[expires]": str(int(ends)),
            "payment_intent_data[metadata][key]": idempotency_key,
            "success_url": asked.back, "cancel_url": asked.back,
            # A session lives between half an hour and a day; the order may live longer.
            "expires_at": str(int(min(max(ends, now + 1860), now + DAY - 60))),
        }  # fmt: skip
        if asked.method == "store":
            form["payment_method_options[oxxo][expires_after_days]"] = str(
                max(1, min(7, int((ends - now) // DAY)))
            )
        made = self._ask("POST", "checkout/sessions", data=form, headers={"Idempotency-Key": idempotency_key})
        return Instructions(ports.REDIRECT, made["id"], url=made["url"])

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> News | None:
        check_signature(
            headers.get("stripe-signature", ""), raw, self.secrets.get("webhook_secret", ""), self.clock()
        )
        event = json.loads(raw)
        return _event(event["id"], event["type"], event["data"]["object"], event["created"])

    def query(self, reference: str, *, key: str) -> list[News]:
        if not reference:
            return []
        params = {"expand[]": "payment_intent.latest_charge"}
        session = self._ask("GET", f"checkout/sessions/{reference}", params=params, missing={})
        if session.get("status") == "expired":
            return [
                _news(
                    f"{reference}:expired", "lapsed", session, session["amount_total"], session["expires_at"]
                )
            ]
        intent = session.get("payment_intent")
        if session.get("payment_status") != "paid" or not intent:
            return []
        charge = intent["latest_charge"]
        found = [
            _news(
                f"{reference}:paid",
                "paid",
                session,
                charge["amount"],
                _before_expiry(session, charge["created"]),
            )
        ]
        if charge.get("amount_refunded"):
            cents = charge["amount_refunded"]
            found.append(
                _news(f"{reference}:refunded:{cents}", "refunded", session, cents, charge["created"])
            )
        if charge.get("disputed"):
            found.append(
                _news(f"{reference}:disputed", "disputed", session, charge["amount"], charge["created"])
            )
        return found

    def refund(
        self, charge: str, amount: Decimal, *, currency: str, reference: str, idempotency_key: str
    ) -> News:
        form = {"payment_intent": charge, "amount": str(to_cents(amount))}
        done = self._ask("POST", "refunds", data=form, headers={"Idempotency-Key": idempotency_key})
        if done.get("status") in {"failed", "canceled"}:
            raise refused(self.label, answered=done["status"])
        return News(
            done["id"], "refunded", charge, from_cents(done["amount"]), currency, _at(done["created"])
        )

    def read_settlement(self, on: date) -> list[SettledRow]:
        start = int(datetime(on.year, on.month, on.day, tzinfo=UTC).timestamp())
        moved = self._moved({"created[gte]": start, "created[lt]": start + DAY})
        found = {row.row: row for row in moved}
        arriving = {"arrival_date[gte]": start, "arrival_date[lt]": start + DAY, "limit": 100}
        for payout in self._all("payouts", arriving):
            found |= {row.row: row for row in self._paid_out(payout, on)}
        return list(found.values())

    def _paid_out(self, payout: dict[str, Any], on: date) -> list[SettledRow]:
        """The rows of a payout. One that was asked for by hand is not told row by row: it is one row.

        Of one that failed the money came back: a row takes it out again, and the next payout has it.
        """
        named = payout["id"], (payout.get("trace_id") or {}).get("value") or ""
        rows = []
        if not payout["automatic"]:
            rows = [_lump(f"{payout['id']}:sum", payout["amount"], on)]
        elif payout.get("reconciliation_status") == "completed":
            rows = self._moved({"payout": payout["id"]})
        if rows and payout["status"] in {"failed", "canceled"}:
            rows.append(_lump(f"{payout['id']}:returned", -payout["amount"], on))
        return [replace(row, payout=named[0], traced=named[1]) for row in rows]

    def _moved(self, which: dict[str, Any]) -> list[SettledRow]:
        asked = {**which, "limit": 100, "expand[]": "data.source"}
        return [row for one in self._all("balance_transactions", asked) if (row := _settled(one))]

    def _all(self, path: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        while True:
            page = self._ask("GET", path, params=params)
            yield from page["data"]
            if not page.get("has_more"):
                return
            params = {**params, "starting_after": page["data"][-1]["id"]}

    def capabilities(self) -> Capabilities:
        return Capabilities(("card", "store"), largest={"store": Decimal(10_000)})

    def check(self) -> list[str]:
        missing = [name for name in ("secret_key", "webhook_secret") if not self.secrets.get(name)]
        return [f"Falta {name} en keys/payments.toml, sección [{self.name}]." for name in missing]

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **words: Any) -> Any:
        given = {
            "Authorization": f"Bearer {self.secrets.get('secret_key', '')}",
            "Stripe-Version": VERSION,
            **(headers or {}),
        }
        return ask(self.client, method, f"{BASE}/v1/{path}", label=self.label, headers=given, **words)


def check_signature(given: str, raw: bytes, secret: str, now: float) -> None:
    """``t=…,v1=…[,v1=…]``: HMAC-SHA256 of ``t.body``, at most five minutes old. Raises BadSignature."""
    parts = [part.partition("=") for part in given.split(",")]
    stamp = next((value for name, _, value in parts if name.strip() == "t"), "")
    if not secret or not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE:
        raise BadSignature
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + raw, sha256).hexdigest().encode()
    if not any(
        hmac.compare_digest(wanted, value.encode()) for name, _, value in parts if name.strip() == "v1"
    ):
        raise BadSignature


def _event(id: str, kind: str, about: dict[str, Any], created: int) -> News | None:
    """What one event means for us; None for the many that do not concern an order."""
    if kind in {"checkout.session.completed", "checkout.session.async_payment_succeeded"}:
        paid = about["payment_status"] == "paid"
        return (
            _news(id, "paid", about, about["amount_total"], _before_expiry(about, created)) if paid else None
        )
    if kind == "checkout.session.async_payment_failed":
        return _news(id, "failed", about, about["amount_total"], created)
    if kind == "checkout.session.expired":
        return _news(id, "lapsed", about, about["amount_total"], created)
    if kind == "charge.refunded":
        return _news(id, "refunded", about, about["amount_refunded"], created)
    # An inquiry ("warning_…") takes no money; where it does, funds_withdrawn says so.
    if kind in {"charge.dispute.created", "charge.dispute.funds_withdrawn"}:
        if about["status"].startswith("warning_"):
            return None
        return _news(id, "disputed", about, about["amount"], created)
    if kind == "charge.dispute.closed" and about["status"] == "won":
        return _news(id, "reinstated", about, about["amount"], created)
    return None


def _before_expiry(session: dict[str, Any], told: int) -> int:
    """When it was paid, at the latest: a store refuses a voucher that has expired, and Stripe tells a day after."""
    expires = str((session.get("metadata") or {}).get("expires") or "")
    return (
        min(told, int(expires))
        if expires.isdigit() and "oxxo" in session.get("payment_method_types", ())
        else told
    )


def _news(id: str, kind: str, about: dict[str, Any], cents: int, at: int) -> News:
    intent = about.get("payment_intent") or ""
    return News(
        event_id=id, kind=kind, charge=intent if isinstance(intent, str) else intent["id"], amount=from_cents(cents),
        currency=about["currency"].upper(), occurred_at=_at(at),
        reference=about["id"] if about.get("object") == "checkout.session" else "",
        key=(about.get("metadata") or {}).get("key", ""),
    )  # fmt: skip


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)


_KINDS = {
    "charge": "payment", "refund": "refund", "refund_failure": "refund", "dispute": "chargeback",
    "dispute_reversal": "chargeback",
}  # fmt: skip


def _settled(row: dict[str, Any]) -> SettledRow | None:
    """A balance transaction; a payout's own is none, for it is the sum of the others."""
    category, source = row["reporting_category"], row.get("source") or {}
    if category == "payout":
        return None
    kind = _KINDS.get(category, "other")
    charge = "" if kind == "other" else source.get("payment_intent") or source.get("id", "")
    taxes = sum(one["amount"] for one in row.get("fee_details", ()) if one["type"] == "tax")
    return SettledRow(
        row["id"], charge, kind, from_cents(row["amount"]), from_cents(row["fee"] - taxes), from_cents(taxes),
        from_cents(row["net"]), _at(row["created"]).date(),
    )  # fmt: skip


def _lump(row: str, cents: int, on: date) -> SettledRow:
    amount = from_cents(cents)
    return SettledRow(row, "", "other", amount, Decimal(0), Decimal(0), amount, on)
