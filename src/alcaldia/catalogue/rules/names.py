"""Keys that stand in addresses, and words that fit where they are shown."""

import re

from alcaldia.kernel.shape import Path, Problem, Text

LONGEST_KEY, LONGEST = 60, 60
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def key_of(path: Path, key: str) -> list[Problem]:
    """A key is lower-case words of ASCII joined by hyphens."""
    if isinstance(key, str) and _KEY.match(key) and len(key) <= LONGEST_KEY:
        return []
    text = f"la clave «{str(key)[:LONGEST_KEY]}» va en la dirección de una página: minúsculas sin acentos, números y guiones, hasta {LONGEST_KEY}"
    return [Problem(path, "bad_key", text)]


def short(path: Path, text: Text | str, most: int = LONGEST) -> list[Problem]:
    """Words that are there and fit."""
    said = dict(text.words).values() if isinstance(text, Text) else (text,)
    if all(one.strip() and len(one) <= most for one in said):
        return []
    return [Problem(path, "too_long", f"aquí va un texto de 1 a {most} letras")]
