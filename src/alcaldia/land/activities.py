"""Finding a business activity in people's words: codes, names and synonyms, typing errors forgiven."""

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from alcaldia.kernel.text import fold
from alcaldia.land.plan import Rulebook

MIN_SCORE = 62
"""Below this, rapidfuzz's answers on the demo catalogue are noise (measured on 60 misspelt words)."""

WHOLESALE = re.compile(r"\b(por mayor|mayoreo)\b")


@dataclass(frozen=True)
class ActivityHit:
    code: str
    name: str
    group: str
    score: float


def suggest(book: Rulebook, text: str, limit: int = 10) -> list[ActivityHit]:
    """The activities that best answer these words, best first; exact code first of all."""
    wanted = fold(text)
    if not wanted:
        return []
    best: dict[str, float] = {}
    for code, phrases in _phrases(book).items():
        score = max(_score(wanted, phrase) for phrase in phrases) - _wholesale(wanted, phrases[0])
        if code == text.strip() or code.startswith(text.strip()):
            score = 100.0 + len(text)
        if score >= MIN_SCORE:
            best[code] = score
    order = sorted(best, key=lambda code: (-best[code], code))[:limit]
    rows = {code: (name, group) for code, name, group, _ in book.activity_rows}
    return [ActivityHit(code, rows[code][0], rows[code][1], best[code]) for code in order]


def _wholesale(wanted: str, name: str) -> float:
    """Who does not say "mayoreo" asks for a shop: "abarrotes" is the corner's before the warehouse's."""
    return 0.0 if WHOLESALE.search(wanted) or not WHOLESALE.search(name) else 6.0


def _score(wanted: str, phrase: str) -> float:
    if wanted == phrase:
        return 100.0
    if wanted in phrase.split():
        return 96.0 - min(len(phrase) / 20, 5)
    if len(wanted) > 3 and wanted in phrase:
        return 90.0 - min(len(phrase) / 20, 5)
    return 0.9 * float(fuzz.WRatio(wanted, phrase)) if abs(len(wanted) - len(phrase)) < 40 else 0.0


_PHRASES: dict[int, dict[str, tuple[str, ...]]] = {}


def _phrases(book: Rulebook) -> dict[str, tuple[str, ...]]:
    key = id(book.activity_rows)
    if key not in _PHRASES:
        _PHRASES.clear()
        _PHRASES[key] = {
            code: (fold(name), *(fold(word) for word in words.replace(",", ";").split(";") if word.strip()))
            for code, name, _, words in book.activity_rows
        }
    return _PHRASES[key]
