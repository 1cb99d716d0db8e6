"""Canonical JSON (RFC 8785): the bytes that are hashed, signed and compared."""

import hashlib
from decimal import Decimal
from typing import Any

import rfc8785


def plain(value: Any) -> Any:
    """The same value with only JSON types.

    Decimals become the shortest JSON number; dates become ISO 8601; tuples become lists.
    RFC 8785 serialises numbers as IEEE doubles, so a Decimal of more than 15 significant
    digits would change silently; such a value raises ValueError.
    """
    if isinstance(value, Decimal):
        if value == value.to_integral_value() and abs(value) < 2**53:
            return int(value)
        number = float(value)
        if Decimal(repr(number)) != value.normalize():
            raise ValueError(f"{value} does not survive as a JSON number")
        return number
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of any value that `plain` understands."""
    return rfc8785.dumps(plain(value))


def digest(value: Any) -> str:
    """Lower-case hexadecimal SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()
