"""One spelling for each address and number, so that the same person is found however they type it."""

import re

_MAIL = re.compile(r"[^@\s]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
_DIGITS = re.compile(r"\+?[0-9]{10,15}")


def normal(text: str) -> str | None:
    """E-mail in lower case, or a telephone in digits (ten are read as national); None where it is neither."""
    bare = text.strip().lower()
    if len(bare) <= 254 and _MAIL.fullmatch(bare):
        return bare
    number = re.sub(r"[\s().-]", "", bare)
    return number if _DIGITS.fullmatch(number) else None
