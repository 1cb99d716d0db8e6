"""Addresses sealed to the postman: anybody may seal, only the worker opens (ADR 36).

A sealed box: an ephemeral X25519 key, HKDF-SHA256, AES-256-GCM. The plain text is padded, so that the length of a box
tells nothing of the address. The private key is keys/postman, mode 0600, and is made with the first seal; while it is
renewed, the one before lies behind it and opens what is not sealed anew yet.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from alcaldia.kernel.keyfiles import made_once, write_whole

INFO = b"alcaldia/postman/1"
PADDED = 256
# A key is used for one box only, so its nonce may be fixed (RFC 9180 does the same).
NONCE = bytes(12)


class Unreadable(Exception):
    """The box was made for another key, or changed."""


def seal(address: str) -> bytes:
    """A box that only the postman opens. Raises ValueError for more than 254 bytes."""
    plain = address.encode()
    if len(plain) >= PADDED - 1:
        raise ValueError("an address has at most 254 bytes")
    padded = bytes([len(plain)]) + plain + bytes(PADDED - 1 - len(plain))
    mine, theirs = X25519PrivateKey.generate(), _public()
    begin = mine.public_key().public_bytes_raw()
    key = _key(mine.exchange(X25519PublicKey.from_public_bytes(theirs)), begin, theirs)
    return begin + AESGCM(key).encrypt(NONCE, padded, INFO)


def unseal(box: bytes) -> str:
    """The address in a box; the worker's. Raises Unreadable."""
    for raw in _privates():
        padded = _opened(box, X25519PrivateKey.from_private_bytes(raw))
        if padded is not None:
            return padded[1 : 1 + padded[0]].decode()
    raise Unreadable("the box does not open")


def _opened(box: bytes, private: X25519PrivateKey) -> bytes | None:
    begin, sealed = box[:32], box[32:]
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(begin))
        key = _key(shared, begin, private.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(NONCE, sealed, INFO)
    except (InvalidTag, ValueError):
        return None


def pack(addresses: Mapping[str, str]) -> bytes:
    """Addresses by kind ("email", "phone"), each sealed on its own: which kinds there are can be read, what they say not."""
    return _packed({kind: seal(text) for kind, text in sorted(addresses.items()) if text})


def unpack(packed: bytes) -> dict[str, bytes]:
    """The boxes of `pack` by kind; none of empty bytes."""
    return {kind: bytes.fromhex(text) for kind, text in json.loads(packed).items()} if packed else {}


def joined(before: bytes, after: bytes) -> bytes:
    """Both, the second in place of the first where they are of one kind."""
    return _packed({**unpack(before), **unpack(after)})


def _packed(boxes: Mapping[str, bytes]) -> bytes:
    texts = {kind: box.hex() for kind, box in boxes.items()}
    return json.dumps(texts, separators=(",", ":")).encode() if texts else b""


def packed_anew(packed: bytes) -> bytes:
    """The same addresses under the key in force. Raises Unreadable."""
    return pack({kind: unseal(box) for kind, box in unpack(packed).items()})


def renew() -> None:
    """A new key for whatever is sealed from now on; the ones before open until `forget_old`."""
    made = X25519PrivateKey.generate()
    write_whole(_folder() / "postman", b"".join((made.private_bytes_raw(), *_privates())), mode=0o600)
    write_whole(_folder() / "postman.pub", made.public_key().public_bytes_raw())


def forget_old() -> None:
    """Everything is sealed to the key in force: the ones before are destroyed."""
    write_whole(_folder() / "postman", _privates()[0], mode=0o600)


def _key(shared: bytes, begin: bytes, theirs: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=begin + theirs, info=INFO).derive(shared)


def _folder() -> Path:
    return Path(settings.HOME) / "keys"


def _privates() -> list[bytes]:
    """The key in force, then those before it."""
    data = made_once(_folder() / "postman", lambda: X25519PrivateKey.generate().private_bytes_raw())
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def _public() -> bytes:
    path = _folder() / "postman.pub"
    if path.exists():
        return path.read_bytes()
    return made_once(
        path, lambda: X25519PrivateKey.from_private_bytes(_privates()[0]).public_key().public_bytes_raw()
    )
