"""How easily a Spanish text reads: INFLESZ (Barrio-Cantalejo 2008), over Szigriszt-Pazos's formula (1993)."""

import re
import unicodedata
from decimal import Decimal

NORMAL = Decimal(55)
"""Below it a text is rather hard; 65 and more is fairly easy."""
ENOUGH_WORDS = 30
"""In fewer words the figure means nothing."""
_WORD = re.compile(r"[a-záéíóúüñ]+")
_STRONG, _ACCENTED_WEAK = set("aeoáéó"), set("íú")
_VOWELS = re.compile(r"[aeiouáéíóúü]+")


def syllables(word: str) -> int:
    """Syllables of a lower-case Spanish word: one a group of vowels, one more at each hiatus."""
    bare = re.sub(r"([gq])u(?=[eiéí])", r"\1", word)
    bare = re.sub(r"y\b", "i", bare)
    count = 0
    for group in _VOWELS.findall(bare):
        count += 1
        for left, right in zip(group, group[1:], strict=False):
            count += (
                (left in _STRONG and right in _STRONG) or left in _ACCENTED_WEAK or right in _ACCENTED_WEAK
            )
    return max(count, 1)


def inflesz(text: str) -> Decimal | None:
    """The score of a text, 0 to 100 and beyond; None under 30 words."""
    plain = unicodedata.normalize("NFC", text).lower()
    words = _WORD.findall(plain)
    if len(words) < ENOUGH_WORDS:
        return None
    sentences = max(len([one for one in re.split(r"[.:;?!]+", plain) if _WORD.search(one)]), 1)
    total = sum(syllables(word) for word in words)
    score = 206.835 - 62.3 * total / len(words) - len(words) / sentences
    return Decimal(str(round(score, 1)))
