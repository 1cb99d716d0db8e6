"""A passkey in software: makes the answers that a browser would send, with an ES256 key of its own."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class SoftPasskey:
    """One authenticator with one credential. `counter` may be set back to play a cloned device."""

    def __init__(self, rp_id: str = "localhost", origin: str = "http://localhost:8000") -> None:
        self.rp_id, self.origin, self.counter = rp_id, origin, 0
        self.id = secrets.token_bytes(20)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.user_handle: str | None = None

    def create(self, options: dict[str, Any] | str) -> dict[str, Any]:
        """RegistrationResponseJSON for PublicKeyCredentialCreationOptionsJSON (attestation "none")."""
        wanted = json.loads(options) if isinstance(options, str) else options
        self.user_handle = wanted["user"]["id"]
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self.public()
        data = self._authenticator_data(PRESENT | VERIFIED | ATTESTED) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", wanted["challenge"])
        return self._answer({"clientDataJSON": to_text(client), "attestationObject": to_text(attestation)})

    def public(self) -> bytes:
        """The public key as devices tell it (COSE)."""
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        return cbor2.dumps(cose)

    def get(self, options: dict[str, Any] | str) -> dict[str, Any]:
        """AuthenticationResponseJSON for PublicKeyCredentialRequestOptionsJSON."""
        wanted = json.loads(options) if isinstance(options, str) else options
        self.counter += 1
        data = self._authenticator_data(PRESENT | VERIFIED)
        client = self._client_data("webauthn.get", wanted["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({name: to_text(value) for name, value in response.items()})

    def sign(self, challenge: bytes) -> dict[str, Any]:
        """The answer to a bare challenge, such as the hash of a grant."""
        return self.get({"challenge": to_text(challenge)})

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        if self.user_handle:
            response["userHandle"] = self.user_handle
        name = to_text(self.id)
        kind = {"type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": {}}
        return {"id": name, "rawId": name, "response": response, **kind}

    def _authenticator_data(self, flags: int) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()
