"""What would have to change: the nearest activities that this parcel takes, and the nearest zone that takes this one."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import shapely

from alcaldia.land import overlay
from alcaldia.land.parcels import ParcelRecord
from alcaldia.land.plan import Rulebook
from alcaldia.land.rules.land_use import rule_land_use
from alcaldia.land.rules.types import LandUseQuestion, Outcome, ParcelFacts
from alcaldia.land.shapes import cache

MOST = 3
TRIED = 10
"""Each is a ruling of 0.1 ms, and the whole answer has 10 ms."""
HERE = {
    Outcome.PERMITTED: "En este predio sí se permite: {}.",
    Outcome.CONDITIONAL: "En este predio se permite con condiciones: {}.",
}
ELSEWHERE = {
    "permitted": "La zona más cercana que permite este giro es {}, a {} m.",
    "conditional": "La zona más cercana que permite este giro, con condiciones, es {}, a {} m.",
}


def sentences(
    book: Rulebook, record: ParcelRecord, known: ParcelFacts, question: LandUseQuestion
) -> tuple[str, ...]:
    """Nearest activities first, then the nearest zone; () where there is neither."""
    return (*_activities(book, known, question), *_zone(book, record, known, question))


def _activities(book: Rulebook, known: ParcelFacts, question: LandUseQuestion) -> tuple[str, ...]:
    """Of the same branch, ruled here with the same area: what is named has been asked."""
    found: dict[Outcome, list[str]] = {outcome: [] for outcome in HERE}
    for code in islice(_favoured(book, known, question.activity_code), TRIED):
        activity = book.activities[code]
        zones = tuple(replace(part, cells=book.cells_for(part.code, code)) for part in known.zones)
        asked = replace(question, activity=activity, activity_code=code)
        outcome = rule_land_use(replace(known, zones=zones), asked, book.policy).outcome
        if outcome in found:
            found[outcome].append(activity.name)
        if len(found[Outcome.PERMITTED]) == MOST:
            break
    return next(
        (
            (said.format("; ".join(found[outcome][:MOST])),)
            for outcome, said in HERE.items()
            if found[outcome]
        ),
        (),
    )


def _favoured(book: Rulebook, known: ParcelFacts, code: str) -> Iterator[str]:
    """Codes of the branch, nearest first, that the matrix favours in every zone of the parcel."""
    zones = {part.code for part in known.zones}
    return (other for other in branch(book, code) if all(book.favours(zone, other) for zone in zones))


def _zone(
    book: Rulebook, record: ParcelRecord, known: ParcelFacts, question: LandUseQuestion
) -> tuple[str, ...]:
    """Another zone than the parcel's own: one that permits it, else one that does with conditions."""
    if record.shape is None:
        return ()
    own = {part.code for part in known.zones}
    for value, said in ELSEWHERE.items():
        takes = {code for code in book.zones_saying(question.activity_code, value) if code not in own}
        fitting = {code for code in takes if _fits(book, code, question)}
        away, pk = _nearest([pk for pk, zone in book.zones.items() if zone.code in fitting], record)
        if pk is not None:
            zone = book.zones[pk]
            name = f"{zone.code} ({zone.name})" if zone.name and zone.name != zone.code else zone.code
            return (said.format(name, away),)
    return ()


def _fits(book: Rulebook, zone: str, question: LandUseQuestion) -> bool:
    """Is the activity neither too large nor of too much impact for what the zone admits?"""
    cell = book.cells_for(zone, question.activity_code)[0]
    small = None in (cell.max_area_m2, question.area_m2) or question.area_m2 <= cell.max_area_m2  # type: ignore[operator]
    impact = question.activity.impact if question.activity else None
    return small and (cell.max_impact is None or (impact is not None and impact <= cell.max_impact))


def _nearest(ids: list[int], record: ParcelRecord) -> tuple[int, int | None]:
    if not ids:
        return 0, None
    metres = shapely.distance(overlay.as_array(cache.get(ids)), record.shape).tolist()  # nan where unusable
    return min(
        ((round(m), pk) for m, pk in zip(metres, ids, strict=True) if not math.isnan(m)), default=(0, None)
    )


def branch(book: Rulebook, code: str) -> list[str]:
    """Activity codes that share the longest possible prefix with this one, nearest first."""
    others = [other for other in book.activities if other != code and other[:2] == code[:2]]
    return sorted(others, key=lambda other: (-_shared_prefix(code, other), other))


def _shared_prefix(left: str, right: str) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )
