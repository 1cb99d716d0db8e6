"""Where a value comes from: a register that signed it, or the person's own word.

A value under a source's Ed25519 proof cannot be invented by whoever can write to the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from alcaldia.kernel.canonical import canonical
from alcaldia.vault.rules.text64 import to_bytes, to_text

DECLARED = "declared"
"""The source of what the person said; it carries no proof."""


@dataclass(frozen=True)
class Place:
    """Where a value lies: what its proof is bound to. `field` is "" for the whole record."""

    person: str
    group: str
    item: str
    field: str
    number: int


def stated(
    values: dict[str, Any], *, source: str, date: str, record: Place, key: Ed25519PrivateKey | None
) -> dict[str, dict[str, Any]]:
    """The values of one record with their provenance: `source` a register's code, `date` ISO 8601.

    With `key` the register signs all of them at once: each carries the signature and the hashes of the others,
    so that each is proven alone.
    """
    held = {
        name: {"value": value, "source": source, "date": date, "proof": ""} for name, value in values.items()
    }
    if key is None:
        return held
    hashes = {name: _hash(held[name], replace(record, field=name)) for name in held}
    signature = to_text(key.sign(_together(hashes.values())))
    for name, one in held.items():
        others = [to_text(value) for other, value in hashes.items() if other != name]
        one["proof"] = ".".join([signature, *others])
    return held


def proven(held: dict[str, Any], place: Place, sources: dict[str, bytes]) -> bool:
    """Did the register that the value names sign it for this place? `sources`: raw public keys by code."""
    public = sources.get(held.get("source", ""))
    signature, *others = str(held.get("proof") or "").split(".")
    if public is None or not signature:
        return False
    try:
        signed = _together([_hash(held, place), *map(to_bytes, others)])
        Ed25519PublicKey.from_public_bytes(public).verify(to_bytes(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _hash(held: dict[str, Any], place: Place) -> bytes:
    claim = ["alcaldia source", held["value"], held["source"], held["date"], *vars(place).values()]
    return sha256(canonical(claim)).digest()


def _together(hashes: Iterable[bytes]) -> bytes:
    """What is signed; every part has 32 bytes, so no two lists of hashes read the same."""
    parts = sorted(hashes)
    if any(len(part) != 32 for part in parts):
        raise ValueError("not hashes")
    return b"alcaldia record" + b"".join(parts)
