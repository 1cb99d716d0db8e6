"""A kiosk in software: the key that its browser would hold, and what it signs."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alcaldia.vault.rules.grant import Send
from alcaldia.vault.rules.text64 import to_text


class SoftKiosk:
    """`id` is its account once it is enrolled."""

    def __init__(self) -> None:
        self._key, self.id = generate_private_key(SECP256R1()), ""

    def public(self) -> str:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return to_text(point)

    def sign(self, what: bytes | str) -> str:
        """As WebCrypto gives it: two halves of 32 bytes."""
        data = what.encode() if isinstance(what, str) else what
        halves = decode_dss_signature(self._key.sign(data, ECDSA(SHA256())))
        return to_text(b"".join(one.to_bytes(32) for one in halves))

    def enrolling(self, code: str) -> dict[str, str]:
        return {
            "code": code,
            "public": self.public(),
            "signature": self.sign(f"alcaldia kiosk key {code}"),
        }

    def trying(self, code: str) -> dict[str, str]:
        """What it sends to learn whose code was typed."""
        return {"kiosk": self.id, "code": code, "signature": self.sign(f"alcaldia kiosk code {code}")}

    def giving(self, send: Send, code: str) -> dict[str, Any]:
        return {
            "kiosk": self.id, "send": send.body(), "code": code, "signature": self.sign(send.challenge())
        }  # fmt: skip
