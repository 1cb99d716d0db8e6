"""What senders over HTTP share: the answers that mean later, and those that mean never."""

from collections.abc import Mapping
from typing import Any

import httpx

from alcaldia.notices.ports import BadAddress, NotSent

MEXICO = "52"


def post(
    client: httpx.Client, url: str, body: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, Any]:
    """The JSON answer. Raises BadAddress where the gateway says so (400, 404, 422), NotSent for everything else."""
    try:
        answer = client.post(url, json=body, headers=dict(headers))
        told = answer.json() if answer.content else {}
    except (httpx.HTTPError, ValueError) as error:
        raise NotSent(type(error).__name__) from error
    if answer.status_code in (400, 404, 422):
        raise BadAddress(str(answer.status_code))
    if answer.status_code >= 300 or not isinstance(told, dict):
        raise NotSent(str(answer.status_code))
    return told


def international(phone: str, country: str = MEXICO) -> str:
    """Digits with the country first, without the plus sign (E.164). Ten digits are of this country."""
    digits = "".join(c for c in phone if c.isdigit())
    if not 10 <= len(digits) <= 15:
        raise BadAddress("not a number")
    return country + digits if len(digits) == 10 else digits
