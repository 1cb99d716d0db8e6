"""Idempotency: the same order, amount and try is the same request, however often it is sent."""

from decimal import Decimal
from hashlib import sha256


def idempotency_key(order: str, amount: Decimal, number: int) -> str:
    """Hexadecimal SHA-256 of folio, amount in cents and number of the attempt."""
    return sha256(f"{order}\n{amount:.2f}\n{number}".encode()).hexdigest()
