"""The inverse question: where may I open this? Every parcel ruled, by kinds of parcel instead of one by one."""

import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from alcaldia.land import facts
from alcaldia.land import parcels as parcel_store
from alcaldia.land.models import Parcel
from alcaldia.land.plan import Rulebook
from alcaldia.land.queries import known_activity, today
from alcaldia.land.rulebook import published
from alcaldia.land.rules.coverage import cover
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


@dataclass(frozen=True)
class Census:
    """Parcels sorted by what a land-use ruling depends on; `kinds[k]` stands for every parcel of kind k."""

    kinds: tuple[ParcelFacts, ...]
    parcels: tuple[tuple[str, str, int], ...]


def where(slug: str, activity: str) -> tuple[list[Count], dict[str, list[str]]]:
    """Counts by neighbourhood, and the public ids of the favourable parcels.

    A city has some hundreds of kinds of parcel: after the census each activity is a few milliseconds.
    """
    book = published(slug)
    code = known_activity(book, activity)
    census = _census(book)
    outcomes = [_outcome(book, kind, code) for kind in census.kinds]
    counts: dict[str, Counter[str]] = {}
    ids: dict[str, list[str]] = {name: [] for name in FAVOURABLE}
    for public_id, neighbourhood, kind in census.parcels:
        outcome = outcomes[kind]
        counts.setdefault(neighbourhood, Counter())[outcome] += 1
        if outcome in ids:
            ids[outcome].append(public_id)
    return [Count(name, *(row[k] for k in OUTCOMES)) for name, row in sorted(counts.items())], ids


def _outcome(book: Rulebook, kind: ParcelFacts, code: str) -> str:
    zones = tuple(replace(part, cells=book.cells_for(part.code, code)) for part in kind.zones)
    question = LandUseQuestion(book.activity(code), code, None, today(book.municipality))
    return rule_land_use(replace(kind, zones=zones), question, book.policy).outcome.value


_kept: dict[int, tuple[tuple[int, Any], Census]] = {}
_lock = threading.Lock()


def _census(book: Rulebook) -> Census:
    """Made once for each publication and day (norms have dates), about 0.2 ms a parcel."""
    mark = (book.municipality.publication, today(book.municipality))
    with _lock:
        kept = _kept.get(book.municipality.pk)
        if kept is None or kept[0] != mark:
            kept = _kept[book.municipality.pk] = (mark, take_census(book))
    return kept[1]


def take_census(book: Rulebook) -> Census:
    """Every published parcel and its kind."""
    rows = Parcel.objects.filter(version_id=book.parcels.version_id)
    names = dict(rows.values_list("pk", "neighbourhood").iterator())
    kinds: dict[Any, int] = {}
    examples: list[ParcelFacts] = []
    parcels = []
    city = facts.City(book)
    for chunk in parcel_store.every(book):
        for record, known in zip(chunk, city.facts(chunk, "", today(book.municipality)), strict=True):
            signature = _signature(book, known)
            if signature not in kinds:
                kinds[signature] = len(examples)
                examples.append(known)
            parcels.append((record.public_id, names[record.pk] or "Sin colonia", kinds[signature]))
    return Census(tuple(examples), tuple(parcels))


def _signature(book: Rulebook, known: ParcelFacts) -> Any:
    """All that decides an outcome without an area: zone parts by weight, doubts of coverage, overlays."""
    coverage = cover(known, book.policy)
    return (
        tuple((part.code, part.norms) for part in coverage.major),
        tuple((part.code, part.norms) for part in sorted(coverage.minor, key=lambda part: part.code)),
        tuple((line.label, line.result) for line in coverage.lines),
        tuple(
            sorted((o.layer, o.effect, o.text, o.activities, o.health, o.applies_to) for o in known.overlays)
        ),
    )
