"""Mercado Pago: Checkout Pro, where the person chooses card, wallet or store; nine calls.

https://www.mercadopago.com.mx/developers — a message names a payment and no more, so it is asked for.
"""

import hmac
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import httpx

from alcaldia.connectors import mercadopago_releases as releases
from alcaldia.connectors.asking import TOLERANCE, ask, ask_file, money, refused
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.small_json import read_object
from alcaldia.kernel.text import sentence, whole_number
from alcaldia.payments import ports
from alcaldia.payments.ports import Asked, BadSignature, Capabilities, Instructions, News, SettledRow

BASE = "https://api.mercadopago.com"
# Method → types that the checkout leaves out.
EXCLUDED = {
    "wallet": (),
    "card": ("ticket", "bank_transfer", "atm"),
    "store": ("credit_card", "debit_card", "prepaid_card", "bank_transfer"),
}
REPORT = "v1/account/release_report"
BACK = timedelta(days=7)
"""How far before a day its report begins: whoever withdraws at least weekly has every row in it."""
CONFIG = {
    "file_name_prefix": "alcaldia-liberaciones", "columns": [{"key": one} for one in releases.COLUMNS],
    "frequency": {"hour": 0, "type": "monthly", "value": 1}, "display_timezone": "GMT-06",
    "include_withdrawal_at_end": True,
}  # fmt: skip
READY = (None, "processed", "available", "enabled")
FILE_NAME = re.compile(r"\w[\w.-]{0,199}")
# Statuses of a payment whose money came, also where it went back since.
CAME = ("approved", "refunded", "charged_back", "in_mediation")


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
        if done.get("status") in {"rejected", "cancelled"}:
            raise refused(self.label, answered=done["status"])
        return News(
            f"refund:{done['id']}",
            "refunded",
            charge,
            money(done["amount"]),
            currency,
            _at(done["date_created"]),
        )

    def read_settlement(self, on: date) -> list[SettledRow]:
        """From the report of releases, which Mercado Pago makes when asked. Raises Refusal("report_to_come") until it has."""
        name = self._report(on)
        data = ask_file(self.client, f"{BASE}/{REPORT}/{name}", label=self.label, headers=self._headers())
        try:
            return releases.settled(*releases.read(data), on)
        except releases.BadReport as error:
            detail = sentence(
                "El reporte de Liberaciones del %(day)s no se pudo leer (%(what)s). Revise sus columnas en Mercado Pago.",
                day=f"{on:%d/%m/%Y}", what=str(error),
            )  # fmt: skip
            raise Refusal("bad_report", detail, status=502) from error

    def _report(self, on: date) -> str:
        """The file of the report that ends with that day; where there is none, it is asked for."""
        begin, end = f"{on - BACK}T00:00:00Z", f"{on}T23:59:59Z"
        span = _at(begin), _at(end)
        made = [
            one for one in self._ask("GET", f"{REPORT}/list")
            if (_at(one["begin_date"]), _at(one["end_date"])) == span and _at(one["date_created"]) > span[1]
        ]  # fmt: skip
        ready = [one["file_name"] for one in made if one.get("file_name") and one.get("status") in READY]
        if ready and FILE_NAME.fullmatch(ready[0]):
            return str(ready[0])
        if not made:
            if not self._ask("GET", f"{REPORT}/config", missing={}):
                self._ask("POST", f"{REPORT}/config", json=CONFIG)
            self._ask("POST", REPORT, json={"begin_date": begin, "end_date": end})
        detail = sentence(
            "Mercado Pago prepara el reporte del %(day)s. Vuelva a leerlo en unos minutos.",
            day=f"{on:%d/%m/%Y}",
        )
        raise Refusal("report_to_come", detail, status=503)

    def capabilities(self) -> Capabilities:
        return Capabilities(("card", "wallet", "store"), largest={"store": Decimal(10_000)})

    def check(self) -> list[str]:
        missing = [name for name in ("access_token", "webhook_secret") if not self.secrets.get(name)]
        return [f"Falta {name} en keys/payments.toml, sección [{self.name}]." for name in missing]

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets.get('access_token', '')}"}

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **words: Any) -> Any:
        given = {**self._headers(), **(headers or {})}
        return ask(self.client, method, f"{BASE}/{path}", label=self.label, headers=given, **words)


def check_signature(headers: Mapping[str, str], about: str, secret: str, now: float) -> None:
    """``x-signature: ts=…,v1=…``: HMAC-SHA256 of ``id:…;request-id:…;ts:…;``. Raises BadSignature.

    The id is written in lower case; without a request's id its part is left out; `ts` counts seconds or milliseconds.
    """
    parts = dict(part.strip().partition("=")[::2] for part in headers.get("x-signature", "").split(","))
    stamp, given = parts.get("ts", ""), parts.get("v1", "")
    if not secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 16:
        raise BadSignature
    seconds = int(stamp) / (1000 if len(stamp) > 11 else 1)
    request = headers.get("x-request-id", "")
    manifest = f"id:{about.lower()};" + (f"request-id:{request};" if request else "") + f"ts:{stamp};"
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
    if payment.get("date_approved") and status in CAME:
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
