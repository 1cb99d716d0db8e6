"""The query set searched again: whatever changes the search is tried on it before it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass

from alcaldia.catalogue import files
from alcaldia.catalogue.rules.search import Index
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.procedures import definitions
from alcaldia.procedures.models import Alias, SearchWords

FIRST = 3
OFTEN, MOST = 3, 300
"""A search counts as the town's own phrase once its result was opened so often; the most frequent ones."""


@dataclass(frozen=True)
class Trial:
    """How many of the query set find their procedure among the first three, before and after; what changed."""

    queries: int
    before: int
    after: int
    worse: tuple[str, ...]
    better: tuple[str, ...] = ()


def phrases(town: Municipality, *, without: str = "") -> list[tuple[str, str]]:
    """Procedure and words: the query set, and what is the town's own of people's words, of its definitions and of searches.

    `without` are words that are about to mean something else.
    """
    aliases = Alias.objects.filter(municipality=town).exclude(words=without)
    searched = SearchWords.objects.filter(municipality=town, opened__gte=OFTEN).exclude(words="")
    own = [
        *aliases.values_list("procedure", "words"),
        *searched.order_by("-opened", "words").values_list("procedure", "words")[:MOST],
        *_also_called(town),
    ]
    known = definitions.paths(town.slug)
    found = {fold(words): (key, words) for key, words in own if key in known and fold(words) != without}
    return [*files.queries(), *found.values()]


def _also_called(town: Municipality) -> Iterable[tuple[str, str]]:
    """How people call the procedures that the town wrote itself."""
    first = definitions.paths()
    for key, path in definitions.paths(town.slug).items():
        if first.get(key) != path:
            for words in definitions.program_of(path).definition.sheet.also_called:
                yield key, words


def compare(now: Index, then: Index, tried: Iterable[tuple[str, str]]) -> Trial:
    """Each phrase searched in both."""
    found = [(words, _finds(now, words, key), _finds(then, words, key)) for key, words in tried]
    return Trial(
        len(found),
        sum(before for _, before, _ in found),
        sum(after for _, _, after in found),
        tuple(words for words, before, after in found if before and not after),
        tuple(words for words, before, after in found if after and not before),
    )


def _finds(index: Index, words: str, procedure: str) -> bool:
    return procedure in [hit.procedure for hit in index.search(words)[:FIRST]]
