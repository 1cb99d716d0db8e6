"""What a person's passkey signs to have their vault destroyed."""

from hashlib import sha256

from alcaldia.kernel.canonical import canonical


def erasure(person: str, challenge: bytes) -> bytes:
    """The 32 bytes for the device; `challenge` is one that the broker made for this, so they serve once."""
    return sha256(canonical({"erase": person, "challenge": challenge.hex()})).digest()
