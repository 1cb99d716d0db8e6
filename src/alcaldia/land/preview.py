"""What would change: the city ruled under the plan in force and under a staged one, before it is published.

Nothing is written: the staged rows take the place of the published ones in a rulebook in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import shapely
from django.db.models import Count

from alcaldia.land import facts, overlay
from alcaldia.land import parcels as parcel_store
from alcaldia.land.facts import City, Context
from alcaldia.land.importing.staging import Staged
from alcaldia.land.models import Dataset, IssuedRuling, NormRow, UseCellRow
from alcaldia.land.plan import Rulebook, Source
from alcaldia.land.queries import today
from alcaldia.land.reading import cell_table, overlay_rules, zone_infos
from alcaldia.land.rulebook import published
from alcaldia.land.rules.land_use import rule_land_use
from alcaldia.land.rules.types import LandUseQuestion, Norm, ParcelFacts

STAGED = -1
SAMPLE_ACTIVITIES = 3
WORDS = {
    "permitted": "permitido",
    "conditional": "con condiciones",
    "prohibited": "no permitido",
    "undetermined": "no se puede determinar",
}
PREVIEWED = ("zones", "norms", "use-matrix", "layer", "crosswalk")


@dataclass(frozen=True)
class Changes:
    """`changed` of `of` rulings (parcel × activity) would come out otherwise; `limits` parcels get other norms.

    `activities` are the ones compared: those people asked for most, else some of the matrix.
    """

    changed: int
    of: int
    limits: int
    parcels: int
    activities: tuple[str, ...]
    moves: dict[str, int]


def preview(staged: Staged) -> Changes | None:
    """Compare; None where the kind does not rule or the city has no parcels yet."""
    book = published(staged.municipality.slug)
    if staged.kind not in PREVIEWED or "parcels" not in book.sources:
        return None
    planned, context = _planned(book, staged)
    activities = _activities(book, planned)
    now, then = City(book), City(planned, context)
    moves: dict[str, int] = {}
    total = limits = parcels = 0
    for before, after in _pairs(book, now, then):
        parcels += 1
        limits += _limits(before) != _limits(after)
        for code in activities:
            total += 1
            old, new = _outcome(book, before, code), _outcome(planned, after, code)
            if old != new:
                move = f"{WORDS[old]} → {WORDS[new]}"
                moves[move] = moves.get(move, 0) + 1
    return Changes(sum(moves.values()), total, limits, parcels, activities, dict(sorted(moves.items())))


def _pairs(book: Rulebook, now: City, then: City) -> Iterator[tuple[ParcelFacts, ParcelFacts]]:
    day = today(book.municipality)
    for chunk in parcel_store.every(book):
        yield from zip(now.facts(chunk, "", day), then.facts(chunk, "", day), strict=True)


def _outcome(book: Rulebook, known: ParcelFacts, code: str) -> str:
    zones = tuple(replace(part, cells=book.cells_for(part.code, code)) for part in known.zones)
    question = LandUseQuestion(book.activity(code), code, None, today(book.municipality))
    return rule_land_use(replace(known, zones=zones), question, book.policy).outcome.value


def _limits(known: ParcelFacts) -> frozenset[tuple[str, str, Any, str]]:
    return frozenset(_limit(norm) for part in known.zones for norm in part.norms)


def _limit(norm: Norm) -> tuple[str, str, Any, str]:
    return norm.parameter, norm.bound, norm.value, norm.condition


def _activities(book: Rulebook, planned: Rulebook) -> tuple[str, ...]:
    asked = IssuedRuling.objects.filter(municipality=book.municipality, kind="land-use")
    rows = asked.values("question__activity").annotate(n=Count("pk")).order_by("-n")[:SAMPLE_ACTIVITIES]
    codes = [str(row["question__activity"]) for row in rows]
    every = sorted(set(book.known_codes) | set(planned.known_codes))
    spread = every[:: max(len(every) // SAMPLE_ACTIVITIES, 1)]
    return tuple(dict.fromkeys([*codes, *spread]))[:SAMPLE_ACTIVITIES]


def _planned(book: Rulebook, staged: Staged) -> tuple[Rulebook, Context]:
    """The rulebook as it would be, and the features it would rule by."""
    source = _source(book, staged)
    if staged.kind == "zones":
        return _with_zones(book, staged, source)
    if staged.kind == "layer":
        return _with_layer(book, staged, source)
    context = facts.city_context(book)
    if staged.kind == "use-matrix":
        rows = [row for row in staged.rows if isinstance(row, UseCellRow)]
        return replace(book, cells=cell_table(rows, source)), context
    if staged.kind == "crosswalk":
        table = {row.from_code: row.to_code for row in staged.rows}  # type: ignore[attr-defined]
        return replace(book, crosswalk=table), context
    return _with_norms(book, staged, source), context


def _source(book: Rulebook, staged: Staged) -> Source:
    found = Dataset.objects.filter(municipality=book.municipality, kind=staged.kind, name=staged.name).first()
    described = {k: v for k, v in staged.description.items() if k in ("title", "instrument", "rule", "theme")}
    dataset = found or Dataset(municipality=book.municipality, kind=staged.kind, name=staged.name)
    for name, value in described.items():
        setattr(dataset, name, value)
    return Source(dataset, STAGED, 0, staged.sha256, staged.validity)


def _with_zones(book: Rulebook, staged: Staged, source: Source) -> tuple[Rulebook, Context]:
    norms = book.sources.get("norms")
    table = NormRow.objects.filter(version_id=norms.version_id).order_by("pk") if norms else ()
    rows: list[Any] = list(staged.rows)
    features = [(-1 - i, row.source_row, row.code, row.name) for i, row in enumerate(rows)]
    own = [row for row in staged.extra if isinstance(row, NormRow)]
    planned = replace(
        book,
        sources={**book.sources, "zones": source},
        zones=zone_infos(features, table, own, source, norms),
    )
    context = facts.city_context(book, without=book.zone_version)
    return planned, _joined(context, rows, STAGED)


def _with_norms(book: Rulebook, staged: Staged, source: Source) -> Rulebook:
    zones = book.sources.get("zones")
    if zones is None:
        return book
    table = [row for row in staged.rows if isinstance(row, NormRow)]
    own = NormRow.objects.filter(version_id=zones.version_id).order_by("pk")
    features = [
        (pk, row, info.code, info.name)
        for (pk, info), row in zip(book.zones.items(), _rows(book), strict=True)
    ]
    return replace(book, zones=zone_infos(features, table, own, zones, source))


def _rows(book: Rulebook) -> list[int]:
    from alcaldia.land.models import Feature

    by_pk = dict(
        Feature.objects.filter(version_id=book.sources["zones"].version_id).values_list("pk", "source_row")
    )
    return [by_pk[pk] for pk in book.zones]


def _with_layer(book: Rulebook, staged: Staged, source: Source) -> tuple[Rulebook, Context]:
    old = next((v for v, s in book.layers.items() if s.dataset.name == staged.name), None)
    kept = tuple(rule for rule in book.overlay_rules if rule.source.version_id != old)
    rows: list[Any] = list(staged.rows)
    rules = overlay_rules(source)
    columns = {rule.where_column for rule in rules if rule.where_column}
    values = {-1 - i: str(row.attributes.get(column, "")) for column in columns for i, row in enumerate(rows)}
    planned = replace(
        book,
        layers={**{v: s for v, s in book.layers.items() if v != old}, STAGED: source},
        overlay_rules=(*kept, *rules),
        overlay_values={**book.overlay_values, **values},
    )
    return planned, _joined(facts.city_context(book, without=old), rows if rules else [], STAGED)


def _joined(context: Context, rows: list[Any], version: int) -> Context:
    """The context with staged shapes at its end; their ids are negative, so that none is taken for a stored one."""
    usable = [(-1 - i, row.metric) for i, row in enumerate(rows) if row.metric is not None]
    shapes = [shapely.from_wkb(bytes(metric)) for _, metric in usable]
    for shape in shapes:
        shapely.prepare(shape)
    return Context(
        [*context.ids, *(pk for pk, _ in usable)],
        [*context.versions, *([version] * len(usable))],
        overlay.as_array([*context.shapes, *shapes]),
    )
