"""Key pairs of persons by HPKE suite (RFC 9180); every stored key and wrap names its pair.

A pair's name is its suite, and since it was renewed within one suite also a generation: "x25519", "x25519~3". Wherever
a suite is asked for, the name of a pair will do.

Secrets and public halves travel as raw bytes: X25519 is 32 and 32 bytes, the hybrid 96 (ML-KEM seed
of 64, then X25519) and 1,216.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

X25519 = "x25519"
HYBRID = "mlkem768x25519"
DEFAULT = X25519
_SEED = 64
_ENCAPSULATION = 1184


class CannotOpen(ValueError):
    """The bytes were not sealed to this key for this use, or have changed since."""


def _fresh_x25519() -> tuple[bytes, bytes]:
    secret = X25519PrivateKey.generate()
    return secret.private_bytes_raw(), secret.public_key().public_bytes_raw()


def _fresh_hybrid() -> tuple[bytes, bytes]:
    lattice, curve = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    secret = lattice.private_bytes_raw() + curve.private_bytes_raw()
    return secret, lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def _hybrid_secret(raw: bytes) -> MLKEM768X25519PrivateKey:
    curve = X25519PrivateKey.from_private_bytes(raw[_SEED:])
    return MLKEM768X25519PrivateKey(MLKEM768PrivateKey.from_seed_bytes(raw[:_SEED]), curve)


def _hybrid_public(raw: bytes) -> MLKEM768X25519PublicKey:
    lattice = MLKEM768PublicKey.from_public_bytes(raw[:_ENCAPSULATION])
    return MLKEM768X25519PublicKey(lattice, X25519PublicKey.from_public_bytes(raw[_ENCAPSULATION:]))


def _hybrid_half(raw: bytes) -> bytes:
    lattice = MLKEM768PrivateKey.from_seed_bytes(raw[:_SEED]).public_key().public_bytes_raw()
    return lattice + X25519PrivateKey.from_private_bytes(raw[_SEED:]).public_key().public_bytes_raw()


@dataclass(frozen=True)
class _Kind:
    suite: Suite
    fresh: Callable[[], tuple[bytes, bytes]]
    secret: Callable[[bytes], Any]
    public: Callable[[bytes], Any]
    half: Callable[[bytes], bytes]


SUITES: dict[str, _Kind] = {
    X25519: _Kind(
        Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
        _fresh_x25519,
        X25519PrivateKey.from_private_bytes,
        X25519PublicKey.from_public_bytes,
        lambda raw: X25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw(),
    ),
    HYBRID: _Kind(
        Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
        _fresh_hybrid,
        _hybrid_secret,
        _hybrid_public,
        _hybrid_half,
    ),
}


_NAME = re.compile(r"([a-z0-9]+)(?:~([1-9][0-9]{0,8}))?")


def pair_name(suite: str, generation: int) -> str:
    """The name of a pair of that generation; 0 is that of the first pairs, which name none."""
    return f"{suite}~{generation}" if generation else suite


def read_name(pair: str) -> tuple[str, int]:
    """(suite, generation) of a pair's name. KeyError where there is no such suite."""
    found = _NAME.fullmatch(pair)
    if found is None or found[1] not in SUITES:
        raise KeyError(pair)
    return found[1], int(found[2] or 0)


def known(pair: str) -> bool:
    """Is this the name of a pair of a suite that there is?"""
    try:
        return bool(read_name(pair))
    except KeyError:
        return False


def _kind(pair: str) -> _Kind:
    return SUITES[read_name(pair)[0]]


def fresh_pair(suite: str = DEFAULT) -> tuple[bytes, bytes]:
    """A new secret and its public half, raw. KeyError for an unknown suite."""
    return _kind(suite).fresh()


def public_half(suite: str, secret: bytes) -> bytes:
    """The public half of a raw secret. Raises CannotOpen for what is no secret of the suite."""
    if not known(suite):
        raise CannotOpen(f"unknown suite {suite}")
    try:
        return _kind(suite).half(secret)
    except ValueError as error:
        raise CannotOpen("not a secret of this suite") from error


@lru_cache(maxsize=256)
def _public(suite: str, raw: bytes) -> Any:
    return _kind(suite).public(raw)


def seal(suite: str, public: bytes, plain: bytes, info: bytes) -> bytes:
    """Encrypt to whoever holds the secret of `public`; `info` says for what and must be the same on opening."""
    return _kind(suite).suite.encrypt(plain, _public(suite, public), info)


def open_sealed(suite: str, secret: bytes, sealed: bytes, info: bytes) -> bytes:
    """The bytes that `seal` was given. Raises CannotOpen."""
    if not known(suite):
        raise CannotOpen(f"unknown suite {suite}")
    kind = _kind(suite)
    try:
        return kind.suite.decrypt(sealed, kind.secret(secret), info)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("not sealed to this key") from error
