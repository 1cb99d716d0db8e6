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
    answer = _answered(client, method, url, label=label, **words)
    if answer.status_code == 404 and missing is not None:
        return missing
    try:
        body = answer.json() if answer.content else {}
    except ValueError as error:
        raise down(label) from error
    _accepted(answer, label)
    return body


def ask_file(client: httpx.Client, url: str, *, label: str, **words: Any) -> bytes:
    """A file that the provider made. Raises what `ask` raises."""
    answer = _answered(client, "GET", url, label=label, **words)
    _accepted(answer, label)
    return answer.content


def down(label: str) -> Refusal:
    """What is said of a provider that gives no answer that can be read."""
    detail = f"{label} no responde. Espere un momento y vuelva a intentar, o elija otra forma de pago."
    return Refusal("provider_down", detail, status=503)


def _answered(client: httpx.Client, method: str, url: str, *, label: str, **words: Any) -> httpx.Response:
    try:
        answer = client.request(method, url, **words)
    except httpx.HTTPError as error:
        raise down(label) from error
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Refusal(
            "provider_down", f"{label} no responde. Espere un momento y vuelva a intentar.", status=503
        )
    return answer


def _accepted(answer: httpx.Response, label: str) -> None:
    if answer.status_code >= 400:
        raise refused(label, answered=answer.status_code)


def refused(label: str, **more: Any) -> Refusal:
    """What is said where the provider answers that it will not."""
    detail = f"{label} no aceptó la operación. Elija otra forma de pago o avise a la tesorería."
    return Refusal("provider_refused", detail, status=502, **more)


def from_cents(cents: Any) -> Decimal:
    return (Decimal(int(cents)) / 100).quantize(CENT)


def to_cents(amount: Decimal) -> int:
    return int(amount * 100)


def money(value: Any) -> Decimal:
    """An amount that the provider writes as a JSON number: by its digits, never by its binary fraction."""
    return Decimal(str(value)).quantize(CENT)
