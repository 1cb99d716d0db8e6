"""What a key that its owner has already signs before something new may open their account.

Web and broker make the same bytes, each from what it was handed; a device signs their SHA-256.
"""

from collections.abc import Sequence
from hashlib import sha256

from alcaldia.kernel.canonical import canonical


def further_key(subject: str, challenge: bytes, credential_id: bytes, public_key: bytes) -> bytes:
    """Over one more key (`public_key` COSE), which has just answered this challenge."""
    key = {"credential": credential_id.hex(), "sha256": sha256(public_key).hexdigest()}
    return canonical({"further_key": key, "subject": subject, "challenge": challenge.hex()})


RECOVERY = ("identity.recovery.begin", "identity.recovery.confirm")
"""The two acts of a recovery at the counter, each signed by another official."""


def approves(subject: str, code_hash: str) -> str:
    """What such an act says under "approves": whose account the code of that hash opens, told to nobody who lacks it."""
    return sha256(canonical({"recovery_of": subject, "code": code_hash})).hexdigest()


HALF = 16
"""Letters (80 bits) of each official's half of a recovery's code: neither of the two has the person's whole code in hand."""


def first_mark(half: str) -> str:
    """How the first official's half is kept and signed."""
    return sha256(f"alcaldia.recovery\n{half}".encode()).hexdigest()


def second_mark(first: str, half: str) -> str:
    """The same of the second official's, which counts only after the first of that mark."""
    return sha256(f"alcaldia.recovery\n{first}\n{half}".encode()).hexdigest()


def both_marks(code: str) -> tuple[str, str]:
    """Of a code as its person types it: one half after the other."""
    first = first_mark(code[:-HALF])
    return first, second_mark(first, code[-HALF:])


def printed_codes(subject: str, challenge: bytes, codes: Sequence[str]) -> bytes:
    """Over these recovery codes, in this order, of which the signature tells only the hashes."""
    marks = [sha256(one.encode()).hexdigest() for one in codes]
    return canonical({"printed_codes": marks, "subject": subject, "challenge": challenge.hex()})
