"""What every connector that asks over HTTP shares: one way to fail, one way to read money."""

from decimal import Decimal
from typing import Any

import httpx

from alcaldia.kernel.errors import Refusal

CENT = Decimal("0.01")
TOLERANCE = 300
"""Seconds that a signature may be old: what Stripe's own libraries allow."""


def ask(client: httpx.Client, method: str, url: str, *, label: str, missing: Any = None, **words: Any) -> Any:
    """The JSON answer; `missing` where the thing does not exist and a value for that was given. Raises Refusal("provider_down") where there is none, ("provider_refused") where it says no."""
    try:
        answer = client.request(method, url, **words)
        body = answer.json() if answer.content else {}
    except (httpx.HTTPError, ValueError) as error:
        detail = f"{label} no responde. Espere un momento y vuelva a intentar, o elija otra forma de pago."
        raise Refusal("provider_down", detail, status=503) from error
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Refusal(
            "provider_down", f"{label} no responde. Espere un momento y vuelva a intentar.", status=503
        )
    if answer.status_code == 404 and missing is not None:
        return missing
    if answer.status_code >= 400:
        raise Refusal(
            "provider_refused", f"{label} no aceptó la operación. Elija otra forma de pago o avise a la tesorería.",
            status=502, answered=answer.status_code,
        )  # fmt: skip
    return body


def from_cents(cents: Any) -> Decimal:
    return (Decimal(int(cents)) / 100).quantize(CENT)


def to_cents(amount: Decimal) -> int:
    return int(amount * 100)


def money(value: Any) -> Decimal:
    """An amount that the provider writes as a JSON number: by its digits, never by its binary fraction."""
    return Decimal(str(value)).quantize(CENT)
