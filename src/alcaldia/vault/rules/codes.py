"""Codes that people read aloud, type or carry on paper: one spelling, and the hash by which they are known."""

from hashlib import sha256

_CONFUSED = str.maketrans("ILO", "110")


def spelled(code: str) -> str:
    """The code in its one spelling, however it was typed."""
    return code.upper().replace("-", "").replace(" ", "").translate(_CONFUSED)


def mark(code: str) -> str:
    """Hexadecimal hash of a code: what is kept and signed in its place."""
    return sha256(b"alcaldia code " + spelled(code).encode()).hexdigest()
