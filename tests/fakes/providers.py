"""Providers that answer from recordings, and sign their messages as the real ones do."""

import base64
import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from alcaldia.connectors.conekta import Conekta
from alcaldia.connectors.mercadopago import MercadoPago
from alcaldia.connectors.stripe import Stripe

RECORDINGS = Path(__file__).resolve().parents[1] / "payments" / "recordings"
SECRET = "a secret shared with the provider"


@dataclass
class Recorded:
    """`adapter` speaks to the recording of `name`; `sent` keeps what it asked. It may be `down`, or say no to everything."""

    name: str
    down: bool = False
    refuses: bool = False
    sent: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tape: dict[str, Any] = json.loads((RECORDINGS / f"{self.name}.json").read_text())
        self.rsa = rsa.generate_private_key(65537, 2048)
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.adapter = KINDS[self.name](client, self._secrets(), clock=lambda: self.tape["at"])

    def _secrets(self) -> dict[str, str]:
        pem = self.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        shared = {
            "secret_key": "sk_test",
            "access_token": "TEST-1",
            "private_key": "key_test",
            "webhook_secret": SECRET,
        }
        return {
            **shared,
            "webhook_public_key": pem.decode(),
            "contact_email": "tesoreria@pueblo.example",
            "contact_phone": "+523300000000",
        }

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        if self.down:
            raise httpx.ConnectTimeout("no answer")
        if self.refuses:
            return _error(self.tape["errors"]["refused"])
        for one in self.tape["exchanges"]:
            if (one["method"], one["path"]) == (request.method, request.url.path) and _asks(one, request):
                body = (
                    {"json": one["answer"]} if "answer" in one else {"text": "\n".join(one["lines"]) + "\n"}
                )
                return httpx.Response(one.get("status", 200), **body)
        return _error(self.tape["errors"]["missing"])

    def message(self, kind: str, *, age: int = 0) -> tuple[dict[str, str], bytes]:
        """Headers and body of a recorded message, signed `age` seconds ago."""
        raw = json.dumps(self.tape["webhooks"][kind]).encode()
        return SIGN[self.name](self, raw, self.tape["at"] - age), raw


def _error(one: dict[str, Any]) -> httpx.Response:
    return httpx.Response(one["status"], json=one["answer"])


def _asks(one: dict[str, Any], request: httpx.Request) -> bool:
    """Whether the request is the one recorded: `when` in its body, `query` among its parameters."""
    asked = request.url.params
    given = all(asked.get(name) == value for name, value in one.get("query", {}).items())
    return given and one.get("when", "").encode() in request.content


def _stripe(_one: Recorded, raw: bytes, at: int) -> dict[str, str]:
    mac = hmac.new(SECRET.encode(), f"{at}.".encode() + raw, sha256).hexdigest()
    return {"stripe-signature": f"t={at},v0=x,v1={'0' * 64},v1={mac}"}


def _mercadopago(_one: Recorded, raw: bytes, at: int) -> dict[str, str]:
    manifest = f"id:{json.loads(raw)['data']['id']};request-id:r-1;ts:{at * 1000};"
    mac = hmac.new(SECRET.encode(), manifest.encode(), sha256).hexdigest()
    return {"x-signature": f"ts={at * 1000},v1={mac}", "x-request-id": "r-1"}


def _conekta(one: Recorded, raw: bytes, _at: int) -> dict[str, str]:
    return {"digest": base64.b64encode(one.rsa.sign(raw, padding.PKCS1v15(), hashes.SHA256())).decode()}


KINDS = {"stripe": Stripe, "mercadopago": MercadoPago, "conekta": Conekta}
SIGN = {"stripe": _stripe, "mercadopago": _mercadopago, "conekta": _conekta}
