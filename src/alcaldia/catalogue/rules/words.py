"""The thesaurus: everyday words → official words. A municipality's own are merged over those of the first day."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from alcaldia.catalogue.rules.search import stems
from alcaldia.kernel.shape import Problem
from alcaldia.kernel.text import fold

MOST, MOST_OFFICIAL, MOST_STEMS, LONGEST = 1_000, 9, 3, 60
Thesaurus = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Words:
    """The shared thesaurus: everyday words (several by commas) → official words."""

    words: dict[str, tuple[str, ...]]


def split(words: Thesaurus) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each everyday word by itself: the key that it stands under, the word, what it means."""
    for key, official in words.items():
        for one in key.split(","):
            if one.strip():
                yield key, " ".join(one.split()), official


def merged(first: Thesaurus, own: Thesaurus) -> dict[str, tuple[str, ...]]:
    """The words of both. What the municipality says of a word stands in place of the first day's; nothing, takes it away."""
    said = {tuple(stems(word)) for _, word, _ in split(own)}
    found: dict[str, tuple[str, ...]] = {}
    for _, word, official in split(first):
        if tuple(stems(word)) not in said:
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *official)))
    return found | {word: official for _, word, official in split(own) if official}


def lint(given: Words) -> list[Problem]:
    """Words that say nothing, are too long to be searched or are there twice."""
    found: list[Problem] = []
    seen: set[str] = set()
    if len(given.words) > MOST:
        found.append(
            Problem(("words",), "too_many", f"son más de {MOST} renglones; junte palabras con comas")
        )
    for key, word, _ in split(given.words):
        path = ("words", key)
        if not 1 <= len(stems(word)) <= MOST_STEMS or len(word) > LONGEST:
            text = f"«{word[:LONGEST]}» lleva de 1 a {MOST_STEMS} palabras que digan algo; escriba lo que la gente busca"
            found.append(Problem(path, "bad_words", text))
        if fold(word) in seen:
            text = f"«{word}» está dos veces; déjela en un renglón con todo lo que significa"
            found.append(Problem(path, "twice", text))
        seen.add(fold(word))
    for key, official in given.words.items():
        found += _official(("words", key), official)
    return found


def _official(path: tuple[str, str], official: tuple[str, ...]) -> Iterator[Problem]:
    if len(official) > MOST_OFFICIAL:
        yield Problem(path, "too_many", f"una palabra significa hasta {MOST_OFFICIAL}; deje las principales")
    for at, one in enumerate(official):
        if not stems(one) or len(one) > LONGEST:
            text = f"«{one[:LONGEST]}» no dice nada a la búsqueda; escriba una palabra del catálogo"
            yield Problem((*path, at), "bad_words", text)


def fit(given: Words, knows: Callable[[str], bool]) -> list[Problem]:
    """Official words that no procedure says: they lead nowhere, whatever other words lead to them."""
    return [
        Problem(
            ("words", key, at),
            "unknown_word",
            f"ningún trámite dice «{one}»; escriba una palabra de su nombre, su familia o su ficha",
        )
        for key, official in given.words.items()
        for at, one in enumerate(official)
        if not knows(one)
    ]
