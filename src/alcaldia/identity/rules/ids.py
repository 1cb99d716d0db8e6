"""How public ids and codes are spelled and read back."""

import re

_CONFUSED = str.maketrans("ILO", "110")
_SUBJECT = re.compile(r"[po]_[A-Za-z0-9_-]{22}")
RECOVERY_LETTERS = 26
"""26 letters of 5 bits: 130 bits, more than anybody can try."""
ONE_TIME_LETTERS = 8


def is_subject(text: str) -> bool:
    """`p_` (person) or `o_` (official) and 22 url-safe characters."""
    return _SUBJECT.fullmatch(text) is not None


def read_code(text: str) -> str:
    """The code as it was made from what a person typed: any case, spaces, hyphens, O for 0."""
    return re.sub(r"[^A-Z0-9]", "", text.upper()).translate(_CONFUSED)


def spell_code(code: str) -> str:
    """In groups of four letters, as it is printed."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
