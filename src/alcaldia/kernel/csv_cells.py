"""Cells of a CSV that a spreadsheet opens: a text must not become a formula (OWASP, CSV injection)."""

import re

_FORMULA = re.compile(r"^(?:\s*[=@+\-＝＠＋－\0]|[\t\r\n])")
_NUMERIC = re.compile(r"^\s*[+\-]?[\d.,\s]+$")


def csv_safe(text: str) -> str:
    """The text for a CSV cell: what a spreadsheet would run as a formula gets a leading apostrophe."""
    return "'" + text if _FORMULA.match(text) and not _NUMERIC.match(text) else text


def csv_plain(text: str) -> str:
    """The inverse of `csv_safe`, for reading our own exports back."""
    return text[1:] if text.startswith("'") and csv_safe(text[1:]) == text else text
