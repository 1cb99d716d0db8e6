"""Text as people write it, folded for comparison; and sentences that a page may say in another language."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from alcaldia.kernel.shape import Text

_NOT_WORD = re.compile(r"[^a-z0-9ñ]+")


def fold(text: str) -> str:
    """Lower case without accents, punctuation as single spaces; ñ is a letter of its own and stays."""
    kept = text.lower().replace("\0", " ").replace("ñ", "\0")
    bare = "".join(c for c in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", bare.replace("\0", "ñ")).strip()


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, for names of layers and files."""
    return fold(text).replace("ñ", "n").replace(" ", "-")


def whole_number(text: str, *, digits: int = 18) -> int | None:
    """A number typed with the digits 0 to 9; None for anything else: "²" and "٣" are digits too, and an int is bounded nowhere."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


class Sentence(str):
    """Spanish words that remember how they were made, for a page in another language (web/components/wording).

    `text` and `many` are what a catalogue knows ("Quedan %(n)s días."), `facts` their values; `words` by language code
    stand for what came with its own translations.
    """

    text: str
    many: str
    facts: Mapping[str, Any]
    words: Mapping[str, str]


def sentence(text: str, many: str = "", **facts: Any) -> Sentence:
    """`text % facts`; with `many`, which of both is said depends on the fact `n`."""
    made = Sentence((many if many and facts["n"] != 1 else text) % facts)
    made.text, made.many, made.facts, made.words = text, many, facts, {}
    return made


def named(text: Text) -> Sentence:
    """The Spanish of a definition's text, with what the definition says in other languages."""
    made = Sentence(text.es)
    made.text, made.many, made.facts, made.words = (
        text.es,
        "",
        {},
        {code: word for code, word in text.words if word.strip()},
    )
    return made


def listed(parts: Sequence[str]) -> str:
    """The parts with commas."""
    return _chained("%(a)s, %(b)s", parts)


def spaced(parts: Sequence[str]) -> str:
    """The parts one behind the other."""
    return _chained("%(a)s %(b)s", parts)


def either(parts: Sequence[str]) -> str:
    """The parts with "o" between."""
    return _chained("%(a)s o %(b)s", parts)


def _chained(link: str, parts: Sequence[str]) -> str:
    return reduce(lambda a, b: sentence(link, a=a, b=b), parts) if parts else ""
