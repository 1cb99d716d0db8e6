"""Folios: public names of acts that nobody can guess and everybody can spell aloud."""

import re
import secrets

# Crockford's base 32 without I, L, O, U: no letter is taken for a digit on paper or by telephone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CONFUSED = str.maketrans("ILO", "110")
PATTERN = re.compile(r"^[A-Z]{2,6}-\d{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$")


def new_folio(prefix: str, year: int) -> str:
    """A folio such as ``DUS-2026-7K3M-9QXF-04TC``: 60 random bits, so it cannot be enumerated."""
    return f"{prefix}-{year}-{spelled_groups(3, 4)}"


def spelled_groups(groups: int, letters: int) -> str:
    """Random letters in groups such as ``7K3M-9QXF``: 5 bits a letter (32 divides 256, so each is as likely)."""
    made = "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(groups * letters))
    return "-".join(made[at : at + letters] for at in range(0, len(made), letters))


def read_folio(text: str) -> str | None:
    """The folio a person typed (any case, spaces or hyphens anywhere, O for 0); None where it is none."""
    letters = re.sub(r"[^A-Z0-9]", "", text.upper())
    prefix, digits = letters[:-16], letters[-16:].translate(_CONFUSED)
    spelled = "-".join((prefix, *(digits[at : at + 4] for at in range(0, 16, 4))))
    return spelled if PATTERN.match(spelled) else None
