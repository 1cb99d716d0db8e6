"""Where a value comes from: a register that signed it, or the person's own word.

A value under a source's Ed25519 proof cannot be invented by whoever can write to the database.
"""

from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from alcaldia.kernel.canonical import canonical
from alcaldia.vault.rules.text64 import to_bytes, to_text

DECLARED = "declared"
"""The source of what the person said; it carries no proof."""


@dataclass(frozen=True)
class Place:
    """Where a value lies: what its proof is bound to."""

    person: str
    group: str
    item: str
    field: str
    number: int


def stated(
    value: Any, *, source: str, date: str, place: Place, key: Ed25519PrivateKey | None
) -> dict[str, Any]:
    """The value with its provenance: `source` a register's code, `date` ISO 8601; signed where `key` is given."""
    proof = to_text(key.sign(_claim(value, source, date, place))) if key else ""
    return {"value": value, "source": source, "date": date, "proof": proof}


def proven(held: dict[str, Any], place: Place, sources: dict[str, bytes]) -> bool:
    """Did the register that the value names sign it for this place? `sources`: raw public keys by code."""
    public = sources.get(held.get("source", ""))
    if public is None or not held.get("proof"):
        return False
    claim = _claim(held["value"], held["source"], held["date"], place)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(to_bytes(held["proof"]), claim)
    except (InvalidSignature, ValueError):
        return False
    return True


def _claim(value: Any, source: str, date: str, place: Place) -> bytes:
    return canonical(["alcaldia source", value, source, date, *vars(place).values()])
