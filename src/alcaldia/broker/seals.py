"""The broker's own seal over permits whose giver it recognised by the code of their request."""

from typing import Any

from cryptography.exceptions import InvalidSignature

from alcaldia.broker.core import Broker
from alcaldia.vault.rules.grant import Send
from alcaldia.vault.rules.text64 import to_bytes, to_text


def seal(broker: Broker, send: Send) -> dict[str, Any]:
    """What stands in place of a passkey's assertion."""
    return {"code": to_text(broker.seal.sign(_claim(send)))}


def sealed_here(broker: Broker, send: Send, assertion: dict[str, Any]) -> bool:
    """Whether the broker itself noted that the code of this request was presented."""
    try:
        broker.seal.public_key().verify(to_bytes(str(assertion["code"])), _claim(send))
    except (InvalidSignature, ValueError):
        return False
    return True


def _claim(send: Send) -> bytes:
    return b"alcaldia coded permit " + send.challenge()
