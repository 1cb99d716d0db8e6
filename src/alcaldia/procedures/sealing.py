"""A draft's personal answers under a key that only its code makes; the code is kept by the person, never here.

AES-256-GCM under HKDF-SHA256 of the code, salted with the draft's public id (RFC 5869, NIST SP 800-38D).
"""

import json
import secrets
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import ALPHABET, spelled_groups

GROUPS, LETTERS, NONCE = 4, 4, 12


def new_code() -> str:
    """80 random bits in letters that are read aloud, such as ``7K3M-9QXF-04TC-AB12``."""
    return spelled_groups(GROUPS, LETTERS)


def spelled(code: str) -> str:
    """A code as typed by a person: any case, with or without hyphens, O for 0."""
    return "".join(c for c in code.upper().translate(str.maketrans("ILO", "110")) if c in ALPHABET)


def code_hash(code: str) -> str:
    """By which a code is recognised; 80 random bits need no slow hash."""
    return sha256(b"alcaldia case code " + spelled(code).encode()).hexdigest()


def seal(values: dict[str, Any], *, code: str, draft: str) -> bytes:
    """The values as bytes that only the code opens; b"" for no values."""
    if not values:
        return b""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_key(code, draft)).encrypt(nonce, json.dumps(values).encode(), draft.encode())


def unseal(sealed: bytes, *, code: str, draft: str) -> dict[str, Any]:
    """The values. Raises Refusal where the code is another's or the bytes were changed."""
    if not sealed:
        return {}
    try:
        text = AESGCM(_key(code, draft)).decrypt(sealed[:NONCE], sealed[NONCE:], draft.encode())
    except InvalidTag:
        raise Refusal(
            "wrong_code", "Ese código no abre este borrador. Revíselo letra por letra.", status=403
        ) from None
    found: dict[str, Any] = json.loads(text)
    return found


def _key(code: str, draft: str) -> bytes:
    derive = HKDF(SHA256(), 32, salt=draft.encode(), info=b"alcaldia draft")
    return derive.derive(spelled(code).encode())
