"""Gather what the rules may know of parcels: one code path for a click and for a whole city."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import shapely

from alcaldia.land import geostore, overlay
from alcaldia.land.models import Feature
from alcaldia.land.overlay import Hit
from alcaldia.land.parcels import ParcelRecord, round2
from alcaldia.land.plan import OverlayRule, Rulebook
from alcaldia.land.rules.types import Capacity, Citation, Incentive, Overlay, ParcelFacts, ZonePart
from alcaldia.land.shapes import cache

SHARE = Decimal("0.0001")
METRES_PER_DEGREE = 80_000  # generous at any Latin-American latitude: the query box is only a superset


@dataclass(frozen=True)
class Context:
    """The features that may matter, their versions, metric shapes and what people call them, in one order."""

    ids: list[int]
    versions: list[int]
    shapes: Any
    labels: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Nearby:
    """A feature of a layer whose rule is about nearness, `metres` away from the parcel (0: on it)."""

    version: int
    id: int
    metres: float


@dataclass(frozen=True)
class Lying:
    """What lies on one parcel: features around it, areas covered, points and lines on it, the near ones."""

    context: Context
    found: list[Hit]
    thin: Any
    near: list[Nearby]


def lying_on(
    book: Rulebook, parcel: ParcelRecord, *, layers: Iterable[int] = (), replay: bool = False
) -> Lying:
    """Features of the ruled versions, and of `layers` besides, on one parcel: one query, two where a rule
    is about nearness. `replay` reads superseded versions."""
    if parcel.box is None or parcel.shape is None:
        return Lying(Context([], [], []), [], np.array([], dtype=int), [])
    find = geostore.scan if replay else geostore.candidates
    box = _padded(parcel.box, geostore.EDGE_SAG_DEGREES)
    context = _context(find("land_feature", box, geostore.INDEXED, {*_versions(book), *layers}))
    if not context.ids:
        return Lying(context, [], np.array([], dtype=int), _near(book, parcel, find))
    surfaces = shapely.get_dimensions(context.shapes) == 2
    solid, thin = np.flatnonzero(surfaces), np.flatnonzero(~surfaces)
    pairs = (np.zeros(len(solid), dtype=int), solid)
    found = overlay.hits(overlay.as_array([parcel.shape]), context.shapes, pairs).get(0, [])
    touching = thin[shapely.intersects(context.shapes[thin], parcel.shape)]
    return Lying(context, found, touching, _near(book, parcel, find))


def _padded(box: geostore.Box, pad: float) -> geostore.Box:
    minx, miny, maxx, maxy = box
    return minx - pad, miny - pad, maxx + pad, maxy + pad


def _near(book: Rulebook, parcel: ParcelRecord, find: Any) -> list[Nearby]:
    if not book.reach_m or parcel.box is None:
        return []
    box = _padded(parcel.box, book.reach_m / METRES_PER_DEGREE + geostore.EDGE_SAG_DEGREES)
    close = _context(find("land_feature", box, geostore.INDEXED, book.near_versions))
    metres = shapely.distance(close.shapes, parcel.shape).tolist() if close.ids else []
    return [Nearby(*item) for item in zip(close.versions, close.ids, metres, strict=True)]


def for_parcel(
    book: Rulebook,
    parcel: ParcelRecord,
    activity_code: str,
    on: date,
    *,
    replay: bool = False,
    lying: Lying | None = None,
) -> ParcelFacts:
    """Facts of one parcel. Pass what lies on it where that is already known; `replay` reads old versions."""
    known = lying or lying_on(book, parcel, replay=replay)
    return _facts(book, parcel, known.found, known.context, known.near, activity_code, on)


class City:
    """All features of the rulebook indexed once, for rulings of every parcel of a city."""

    def __init__(self, book: Rulebook, context: Context | None = None) -> None:
        self.book = book
        self.context = context or city_context(book)
        self.tree = shapely.STRtree(self.context.shapes)
        self.nearby = np.flatnonzero([version in book.near_versions for version in self.context.versions])
        self.near_tree = shapely.STRtree(self.context.shapes[self.nearby])

    def facts(self, parcels: list[ParcelRecord], activity_code: str, on: date) -> Iterable[ParcelFacts]:
        """Facts of these parcels, in their order."""
        shapes = overlay.as_array([parcel.shape for parcel in parcels])
        pairs = self.tree.query(shapes, predicate="intersects")
        order = np.lexsort((pairs[1], pairs[0]))
        found = overlay.hits(shapes, self.context.shapes, (pairs[0][order], pairs[1][order]))
        near = self._near(shapes)
        for index, parcel in enumerate(parcels):
            yield _facts(
                self.book, parcel, found.get(index, []), self.context, near[index], activity_code, on
            )

    def zones(self, parcels: list[ParcelRecord]) -> Iterable[list[ZonePart]]:
        """The zone codes of these parcels with area and share, the largest first; no norms."""
        shapes = overlay.as_array([parcel.shape for parcel in parcels])
        pairs = self.tree.query(shapes, predicate="intersects")
        zones = np.array([version == self.book.zone_version for version in self.context.versions], dtype=bool)
        pairs = pairs[:, zones[pairs[1]]] if len(zones) else pairs
        found = overlay.hits(shapes, self.context.shapes, pairs)
        for index, parcel in enumerate(parcels):
            by_code: dict[str, list[Hit]] = defaultdict(list)
            for hit in found.get(index, []):
                by_code[self.book.zones[self.context.ids[hit.feature]].code].append(hit)
            parts = [_bare_part(parcel, code, overlay.union_area(hits)) for code, hits in by_code.items()]
            yield sorted((p for p in parts if p.area_m2 > 0), key=lambda p: (-p.area_m2, p.code))

    def _near(self, shapes: Any) -> dict[int, list[Nearby]]:
        """By parcel, the features within reach of the layers whose rules are about nearness."""
        found: dict[int, list[Nearby]] = defaultdict(list)
        if not len(self.nearby):
            return found
        parcels, close = self.near_tree.query(shapes, predicate="dwithin", distance=self.book.reach_m)
        features = self.nearby[close]
        distances = shapely.distance(shapes[parcels], self.context.shapes[features])
        versions, ids = self.context.versions, self.context.ids
        for parcel, feature, metres in zip(
            parcels.tolist(), features.tolist(), distances.tolist(), strict=True
        ):
            found[parcel].append(Nearby(versions[feature], ids[feature], metres))
        return found


def city_context(book: Rulebook, without: int | None = None) -> Context:
    """Every ruled feature of the city (but those of version `without`)."""
    wanted = [version for version in _versions(book) if version != without]
    rows = Feature.objects.filter(version_id__in=wanted, metric__isnull=False).order_by("pk")
    return _context(rows.values_list("pk", "version_id"))


def _bare_part(parcel: ParcelRecord, code: str, measured: float) -> ZonePart:
    area = round2(measured)
    share = (area / parcel.area_m2).quantize(SHARE) if parcel.area_m2 else Decimal(0)
    return ZonePart(code, code, area, share)


def _versions(book: Rulebook) -> list[int]:
    zones = [] if book.zone_version is None else [book.zone_version]
    return [*zones, *{rule.source.version_id for rule in book.overlay_rules}, *book.infrastructure]


def _context(rows: Iterable[tuple[int, int]]) -> Context:
    pairs = list(rows)
    drawn = cache.drawn([pk for pk, _ in pairs])
    usable = [(*pair, one) for pair, one in zip(pairs, drawn, strict=True) if one and one.shape is not None]
    shapes = overlay.as_array([one.shape for _, _, one in usable])
    labels = [one.label for _, _, one in usable]
    return Context([pk for pk, _, _ in usable], [version for _, version, _ in usable], shapes, labels)


def _facts(
    book: Rulebook,
    parcel: ParcelRecord,
    found: list[Hit],
    context: Context,
    near: list[Nearby],
    activity_code: str,
    on: date,
) -> ParcelFacts:
    in_zones = [hit for hit in found if context.versions[hit.feature] == book.zone_version]
    zones, covered, claimed = _zone_parts(book, parcel, in_zones, context, activity_code, on)
    total = float(shapely.area(parcel.shape)) if parcel.shape is not None else 0.0
    return ParcelFacts(
        key=parcel.key,
        municipality=book.municipality.slug,
        area_m2=parcel.area_m2,
        documented_area_m2=parcel.documented_area_m2,
        zones=zones,
        uncovered_m2=round2(max(total - covered, 0.0)),
        overlap_m2=round2(max(claimed - covered, 0.0)),
        overlays=(
            *_overlays(book, parcel, found, near, context),
            *_doubtful_overlays(book, parcel),
            *_out_of_force(book, on),
        ),
        doubtful_zones=tuple(
            broken.code or "sin clave"
            for broken in book.broken
            if parcel.box and broken.version_id == book.zone_version and broken.may_touch(parcel.box)
        ),
        front_m=parcel.front_m,
        street_class=parcel.street_class,
        existing_footprint_m2=parcel.footprint_m2,
        existing_built_m2=parcel.built_m2,
        existing_levels=parcel.levels,
        land_value_m2=parcel.land_value_m2,
        capacity=_capacity(book, found, context),
        incentives=_incentives(book, found, context, total, on),
    )


def _zone_parts(
    book: Rulebook, parcel: ParcelRecord, found: list[Hit], context: Context, activity_code: str, on: date
) -> tuple[tuple[ZonePart, ...], float, float]:
    """Parts (same code and same norms are one), the area they cover together, and the sum they claim."""
    groups: dict[int, list[Hit]] = defaultdict(list)
    for hit in found:
        groups[book.zones[context.ids[hit.feature]].part].append(hit)
    areas = [overlay.union_area(hits) for hits in groups.values()]
    claimed = sum(areas)
    covered = claimed if len(groups) < 2 else overlay.union_area(found)
    parts = []
    for hits, measured in zip(groups.values(), areas, strict=True):
        zone = book.zones[context.ids[hits[0].feature]]
        area = round2(measured)
        share = (area / parcel.area_m2).quantize(SHARE) if parcel.area_m2 else Decimal(0)
        if area > 0:
            cells = book.cells_for(zone.code, activity_code) if activity_code else ()
            parts.append(ZonePart(zone.code, zone.name, area, share, zone.norms_on(on), cells, zone.citation))
    parts.sort(key=lambda part: (-part.area_m2, part.code))
    return tuple(parts), covered, claimed


def _overlays(
    book: Rulebook, parcel: ParcelRecord, found: list[Hit], near: list[Nearby], context: Context
) -> tuple[Overlay, ...]:
    by_version: dict[int, list[Hit]] = defaultdict(list)
    for hit in found:
        by_version[context.versions[hit.feature]].append(hit)
    result = [
        made
        for rule in book.overlay_rules
        if (made := _overlay(book, parcel, rule, by_version, near, context)) is not None
    ]
    result += [
        Overlay(name, title, "informs", "", health="failed", citation=Citation(source=f"layer/{name}"))
        for name, title in sorted(book.unhealthy.items())
    ]
    return tuple(result)


def _out_of_force(book: Rulebook, on: date) -> list[Overlay]:
    """What rulings rely on and is not in force that day: unknown, whatever it says."""
    return [
        Overlay(
            source.dataset.name or source.dataset.kind,
            source.dataset.title,
            "informs",
            source.validity.why_not(on),
            health="out_of_force",
            citation=Citation(source.dataset.instrument, source=source.label),
        )
        for source in book.limited
        if not source.validity.covers(on)
    ]


def _doubtful_overlays(book: Rulebook, parcel: ParcelRecord) -> list[Overlay]:
    """Layers of which an unusable figure may lie on this parcel: unknown, never "no hit"."""
    versions = {
        broken.version_id
        for broken in book.broken
        if parcel.box and broken.version_id != book.zone_version and broken.may_touch(parcel.box)
    }
    sources = sorted((book.layers[version] for version in versions), key=lambda source: source.label)
    return [
        Overlay(
            s.dataset.name, s.dataset.title, "informs", "", health="failed", citation=Citation(source=s.label)
        )
        for s in sources
    ]


def _overlay(
    book: Rulebook,
    parcel: ParcelRecord,
    rule: OverlayRule,
    by_version: dict[int, list[Hit]],
    near: list[Nearby],
    context: Context,
) -> Overlay | None:
    area, distance = Decimal(0), None
    if rule.distance_m:
        close = [n.metres for n in near if n.metres < rule.distance_m and _says(book, rule, n.version, n.id)]
        if not close:
            return None
        distance = round2(min(close))
    else:
        version = rule.source.version_id
        pieces = [h for h in by_version[version] if _says(book, rule, version, context.ids[h.feature])]
        area = round2(overlay.union_area(pieces))
        share = area / parcel.area_m2 if parcel.area_m2 else Decimal(0)
        if not pieces or (share < book.policy.sliver_share and area < book.policy.sliver_m2):
            return None
    dataset = rule.source.dataset
    return Overlay(
        layer=dataset.name,
        title=dataset.title,
        effect=rule.effect,
        text=rule.text,
        area_m2=area,
        share=(area / parcel.area_m2).quantize(SHARE) if parcel.area_m2 else Decimal(0),
        distance_m=distance,
        limit_m=None if rule.distance_m is None else Decimal(str(rule.distance_m)),
        activities=rule.activities,
        agency=rule.agency,
        applies_to=rule.applies_to,
        citation=Citation(dataset.instrument, rule.article, source=rule.source.label),
        theme=dataset.theme,
    )


def _says(book: Rulebook, rule: OverlayRule, version: int, pk: int) -> bool:
    if version != rule.source.version_id:
        return False
    return not rule.where_column or book.overlay_values.get(pk) in rule.where_values


def _incentives(
    book: Rulebook, found: list[Hit], context: Context, total: float, on: date
) -> tuple[Incentive, ...]:
    """Of the special districts in force, those that hold the whole parcel but for slivers."""
    whole = total * float(1 - book.policy.sliver_share)
    held = (context.ids[hit.feature] for hit in found if hit.area >= whole)
    known = [book.incentives[pk] for pk in sorted(held) if pk in book.incentives]
    return tuple(one for one in known if one.until is None or on <= one.until)


def _capacity(book: Rulebook, found: list[Hit], context: Context) -> tuple[Capacity, ...]:
    """Of each network, the sector that holds most of the parcel."""
    if not book.infrastructure:
        return ()
    best: dict[int, Hit] = {}
    for hit in found:
        version = context.versions[hit.feature]
        if version in book.infrastructure and hit.area > (best[version].area if version in best else 0.0):
            best[version] = hit
    return tuple(
        book.capacities[context.ids[hit.feature]]
        for _, hit in sorted(best.items())
        if context.ids[hit.feature] in book.capacities
    )
