"""How the bank signs what it tells: HMAC-SHA256 over time and body, as the real ones do."""

import hmac
from hashlib import sha256

HEADER = "banco-firma"


def signature(secret: str, at: int, body: bytes) -> str:
    """``t=…,v1=…`` for a body told at that second."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={mac}"
