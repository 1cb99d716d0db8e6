"""The inverse question: where may I open this? Every parcel ruled, by kinds of parcel instead of one by one."""

from collections import Counter
from dataclasses import dataclass, replace

from alcaldia.land import census
from alcaldia.land.plan import Rulebook
from alcaldia.land.queries import known_activity, today
from alcaldia.land.rulebook import published
from alcaldia.land.rules.land_use import rule_land_use
from alcaldia.land.rules.types import LandUseQuestion, ParcelFacts

OUTCOMES = ("permitted", "conditional", "undetermined", "prohibited")
FAVOURABLE = ("permitted", "conditional")


@dataclass(frozen=True)
class Count:
    """How many parcels of a neighbourhood have each outcome."""

    neighbourhood: str
    permitted: int
    conditional: int
    undetermined: int
    prohibited: int


def where(slug: str, activity: str) -> tuple[list[Count], dict[str, list[str]]]:
    """Counts by neighbourhood, and the public ids of the favourable parcels.

    A city has some hundreds of kinds of parcel: after the census each activity is a few milliseconds.
    Raises census.StillCounting while another process takes the census.
    """
    book = published(slug)
    code = known_activity(book, activity)
    taken = census.of(book)
    outcomes = [_outcome(book, kind, code) for kind in taken.kinds]
    counts: dict[str, Counter[str]] = {}
    ids: dict[str, list[str]] = {name: [] for name in FAVOURABLE}
    for public_id, neighbourhood, kind in taken.parcels:
        outcome = outcomes[kind]
        counts.setdefault(neighbourhood, Counter())[outcome] += 1
        if outcome in ids:
            ids[outcome].append(public_id)
    return [Count(name, *(row[k] for k in OUTCOMES)) for name, row in sorted(counts.items())], ids


def _outcome(book: Rulebook, kind: ParcelFacts, code: str) -> str:
    zones = tuple(replace(part, cells=book.cells_for(part.code, code)) for part in kind.zones)
    question = LandUseQuestion(book.activity(code), code, None, today(book.municipality))
    return rule_land_use(replace(kind, zones=zones), question, book.policy).outcome.value
