"""Search by people's words: stems, shared thesaurus, typing errors, never an empty answer.

BM25 over weighted fields with OR (AND finds nothing in whole sentences), with a share for common
character 3-grams; a word that nobody wrote is mended by rapidfuzz first. In memory, made again on publish.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import snowballstemmer
from rapidfuzz import fuzz, process

from alcaldia.kernel.text import fold

K1, B = 1.2, 0.4
FUZZY_SHARE = 0.35
MEND_AT = 78
WEIGHTS = {"plain": 5.0, "aliases": 4.0, "family": 3.0, "official": 2.0, "text": 0.7}
THESAURUS_WEIGHT, IN_A_PHRASE = 0.7, 0.4
"""What the thesaurus says of a word counts less than a word that was said; a word of a phrase that means something else
("licencia de manejar"), still less."""
MOST_TOGETHER = 12
"""Words of which each two are looked up as a phrase; whoever writes more tells a story, and its beginning says enough."""
STOP = frozenset(
    """
    a aca ahi ahora ahorita ai aki al algo alla ante antes aqui asi ayuda ayuntamiento bien buen buenas bueno
    cada como con cual cuales cuando cuantas cuanto cuantos d dan dar de debe deben debo del desde deseo despues
    dias dice dicen diga dijeron dijo donde el ella ellos en entre era es esa esas ese eso esos esta este esto
    estoy favor fue gracias gustaria ha hace hacen hacer hacerle hago han hasta hay hice hizo hola info
    informacion ir k ke kiero la las le les lo los luego mas me mero mi mis municipal municipio muy nada
    necesito ni no nomas nos nuestra nuestro o obtener ocupo otra otro pa papel para pedir pero pide piden
    pidieron pido poder por porque pq puede puedo q que queremos quien quienes quiere quieren quiero quisiera
    saber sacar se sea ser si sigue sin sobre solicitar solicitud solo son soy su sus tambien tardes te tenemos
    tener tengo tiene tienen toda todas todo todos tramitar tramite tramites tu tus un una uno unos usted
    ustedes va ver vez voy x xq y ya yo

    am an and application apply are at be by can do does for from get has have how i in is it my need of on or
    our should that the there this to want we what when where which who will with would you your
    """.split()  # noqa: SIM905 - a hundred quoted lines are no easier to read
)
"""Words that say nothing of what is wanted: Spanish, also as people write it on a phone, and English."""
_stemmer = snowballstemmer.stemmer("spanish")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Snowball's Spanish stem of a folded word."""
    found: str = _stemmer.stemWord(word)
    return fold(found).replace(" ", "")


def stems(text: str) -> list[str]:
    """Stems of the words that say something."""
    return [stem(word) for word in fold(text).split() if word not in STOP]


@dataclass(frozen=True)
class Entry:
    """What is searched of one procedure."""

    procedure: str
    name: str
    family: str
    plain: str
    aliases: tuple[str, ...] = ()
    official: str = ""
    family_words: str = ""
    text: str = ""
    prior: float = 0.0


@dataclass(frozen=True)
class Hit:
    """A found procedure; `nearest` when nothing matched and these are only the closest."""

    procedure: str
    name: str
    family: str
    score: float
    nearest: bool = False


class Index:
    """The entries ready to be searched. Makes nothing while searching but lists."""

    def __init__(
        self, entries: Iterable[Entry], thesaurus: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.entries = tuple(entries)
        self._postings: dict[str, dict[int, float]] = defaultdict(dict)
        self._lengths: list[float] = []
        for at, entry in enumerate(self.entries):
            self._add(at, entry)
        self._mean = sum(self._lengths) / max(len(self._lengths), 1) or 1.0
        self._meaning = _meanings(thesaurus or {})
        self._everyday = {term for key in self._meaning for term in key}
        self._vocabulary = sorted({*self._postings, *self._everyday})
        self._phrases = [self._names(entry) for entry in self.entries]
        self._grams = [_grams(" ".join(names)) for names in self._phrases]

    def _names(self, entry: Entry) -> list[str]:
        return [fold(text) for text in (entry.plain, entry.name, *entry.aliases)]

    def _add(self, at: int, entry: Entry) -> None:
        fields = {"plain": entry.plain, "aliases": " ".join(entry.aliases), "family": entry.family_words,
                  "official": entry.official or entry.name, "text": entry.text}  # fmt: skip
        length = 0.0
        for name, text in fields.items():
            counts = Counter(stems(text))
            for term, count in counts.items():
                many = min(count, 3)
                self._postings[term][at] = self._postings[term].get(at, 0.0) + WEIGHTS[name] * many
            length += sum(counts.values()) * (WEIGHTS[name] > 1)
        self._lengths.append(length)

    def search(self, words: str, limit: int = 10) -> list[Hit]:
        """At most `limit` hits, best first; the nearest ones where nothing matched; [] only for an empty index."""
        terms = self._terms(words[:300])
        exact = self._bm25(terms)
        fuzzy = self._trigrams(fold(words[:300]))
        ranked = self._fused(exact, fuzzy)
        if not ranked:
            ranked = [(at, entry.prior) for at, entry in enumerate(self.entries)]
            ranked.sort(key=lambda pair: -pair[1])
        nearest = not exact
        return [self._hit(at, score, nearest) for at, score in ranked[:limit]]

    def _hit(self, at: int, score: float, nearest: bool) -> Hit:
        entry = self.entries[at]
        return Hit(entry.procedure, entry.name, entry.family, round(score, 5), nearest)

    def knows(self, words: str) -> bool:
        """Is each of these a word of the catalogue or of its thesaurus? Somebody's name seldom is."""
        return all(term in self._postings or (term,) in self._meaning for term in stems(words))

    def says(self, words: str) -> bool:
        """Is each of these a word of some procedure, the thesaurus aside?"""
        return all(term in self._postings for term in stems(words))

    def _terms(self, words: str) -> dict[str, float]:
        """Stems with a weight: said 1, by thesaurus a little less, mended by how near."""
        said = stems(words)
        weights: dict[str, float] = {}
        known = []
        for term in said:
            if term in self._postings or term in self._everyday:
                known.append(term)
                weights[term] = 1.0
            elif mended := self._mend(term):
                known.append(mended)
                weights[mended] = max(weights.get(mended, 0), 0.8)
        for phrase in _together(known):
            meant = self._meaning.get(phrase, ())
            if meant and len(phrase) > 1:
                weights |= {term: min(weights[term], IN_A_PHRASE) for term in phrase}
            for term in meant:
                weights[term] = max(weights.get(term, 0.0), THESAURUS_WEIGHT)
        return weights

    def _mend(self, term: str) -> str | None:
        if len(term) < 4 or term.isdigit():
            return None
        found = process.extractOne(term, self._vocabulary, scorer=fuzz.ratio, score_cutoff=MEND_AT)
        return found[0] if found else None

    def _bm25(self, terms: Mapping[str, float]) -> dict[int, float]:
        scores: dict[int, float] = defaultdict(float)
        count = len(self.entries)
        for term, weight in terms.items():
            posting = self._postings.get(term)
            if not posting:
                continue
            rare = math.log(1 + (count - len(posting) + 0.5) / (len(posting) + 0.5))
            for at, often in posting.items():
                long = 1 - B + B * self._lengths[at] / self._mean
                scores[at] += weight * rare * often * (K1 + 1) / (often + K1 * 3 * long)
        return scores

    def _trigrams(self, words: str) -> dict[int, float]:
        wanted = _grams(words)
        if not wanted:
            return {}
        found = {}
        for at, grams in enumerate(self._grams):
            common = len(wanted & grams)
            if common * 4 >= len(wanted):
                found[at] = common / len(wanted)
        return found

    def _fused(self, exact: Mapping[int, float], fuzzy: Mapping[int, float]) -> list[tuple[int, float]]:
        best = max(exact.values(), default=0.0) or 1.0
        scores: dict[int, float] = {at: score / best for at, score in exact.items()}
        for at, score in fuzzy.items():
            scores[at] = scores.get(at, 0.0) + FUZZY_SHARE * score
        for at in scores:
            scores[at] += self.entries[at].prior * 0.03
        return sorted(scores.items(), key=lambda pair: (-pair[1], self.entries[pair[0]].procedure))


def _together(terms: list[str]) -> Iterator[tuple[str, ...]]:
    """Each word, each two of them in their order with whatever lies between, and each three side by side."""
    yield from zip(terms)
    yield from combinations(terms[:MOST_TOGETHER], 2)
    yield from zip(terms, terms[1:], terms[2:], strict=False)


def _grams(text: str) -> set[str]:
    return {
        word[at : at + 3]
        for word in (f" {w} " for w in text.split() if w not in STOP)
        for at in range(len(word) - 2)
    }


def _meanings(thesaurus: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Everyday words (one to three stems) → stems of the official ones."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for everyday, official in thesaurus.items():
        meant = tuple(dict.fromkeys(term for text in official for term in stems(text)))
        for one in everyday.split(","):
            key = tuple(stems(one))[:3]
            if key:
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), *meant)))
    return found
