"""Text as people write it: folded for comparison, never for display."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9ñ]+")


def fold(text: str) -> str:
    """Lower case without accents, punctuation as single spaces; ñ is a letter of its own and stays."""
    kept = text.lower().replace("\0", " ").replace("ñ", "\0")
    bare = "".join(c for c in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", bare.replace("\0", "ñ")).strip()


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, for names of layers and files."""
    return fold(text).replace("ñ", "n").replace(" ", "-")
