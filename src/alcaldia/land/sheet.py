"""The parcel sheet (ficha): what the city publishes of one parcel, gathered in a handful of queries."""

from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from alcaldia.land import envelope, facts
from alcaldia.land import parcels as parcel_store
from alcaldia.land.models import Dataset, Feature, Parcel
from alcaldia.land.parcels import ParcelRecord, round2
from alcaldia.land.plan import Rulebook
from alcaldia.land.queries import strictest_setback, today
from alcaldia.land.rulebook import published
from alcaldia.land.rules.parameters import BY_NAME
from alcaldia.land.rules.potential import Potential, potential
from alcaldia.land.rules.types import Norm, ParcelFacts
from alcaldia.land.search import address


@dataclass(frozen=True)
class NormLine:
    """One norm of one zone for reading: label, limit, unit, where it stands."""

    zone: str
    label: str
    norm: Norm
    unit: str | None


class LayerHit(NamedTuple):
    """A layer's feature on the parcel; `area_m2` None for points and lines."""

    theme: str
    layer: str
    title: str
    name: str
    area_m2: Decimal | None
    share: Decimal | None


@dataclass(frozen=True)
class Side:
    """One stretch of the boundary: its length in metres and what it faces (front, side, rear)."""

    length_m: Decimal
    facing: str
    line: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Sheet:
    """All that a page, the API and the PDF show; metric shapes for the sketch, WGS84 for the map."""

    parcel: Parcel
    record: ParcelRecord
    address: str
    facts: ParcelFacts
    norms: tuple[NormLine, ...]
    potential: Potential
    layers: tuple[LayerHit, ...]
    sides: tuple[Side, ...]
    buildable: BaseGeometry | None
    neighbours: tuple[BaseGeometry, ...]
    land_value: Decimal | None
    geojson: dict[str, Any]
    versions: dict[str, str]
    history: tuple[parcel_store.PastState, ...] = ()

    @property
    def buildable_m2(self) -> Decimal | None:
        return None if self.buildable is None else round2(self.buildable.area)


def sheet(slug: str, public_id: str) -> Sheet:
    """The sheet of a published parcel. Raises NotFound."""
    book = published(slug)
    parcel, record = parcel_store.whole(book, public_id)
    lying = facts.lying_on(book, record, layers=book.layers)
    known = facts.for_parcel(book, record, "", today(book.municipality), lying=lying)
    near = parcel_store.neighbours(book, record) if record.shape is not None else []
    boundary = envelope.edges(record.shape, near) if record.shape is not None else None
    setbacks = envelope.Setbacks(*(strictest_setback(known.zones, e) for e in ("front", "side", "rear")))
    free = envelope.buildable(record.shape, boundary, setbacks) if boundary and record.shape else None
    return Sheet(
        parcel=parcel,
        record=record,
        address=address(parcel),
        facts=known,
        norms=_norms(known),
        potential=potential(known, book.extra),
        layers=layer_hits(book, record, lying),
        sides=_sides(boundary) if boundary else (),
        buildable=free,
        neighbours=tuple(near),
        land_value=_value(record),
        geojson=_geojson(parcel),
        versions=book.versions,
        history=tuple(parcel_store.history(book, record.key)),
    )


def _norms(known: ParcelFacts) -> tuple[NormLine, ...]:
    order = list(BY_NAME)
    return tuple(
        NormLine(part.code, BY_NAME[norm.parameter].label, norm, BY_NAME[norm.parameter].unit)
        for part in known.zones
        for norm in sorted(part.norms, key=lambda n: order.index(n.parameter))
        if norm.parameter in BY_NAME
    )


def _value(record: ParcelRecord) -> Decimal | None:
    """Land value in currency: unit value × area, rounded once; None where there is no unit value."""
    if record.land_value_m2 is None:
        return None
    return (record.land_value_m2 * record.area_m2).quantize(Decimal("0.01"))


def layer_hits(book: Rulebook, record: ParcelRecord, lying: facts.Lying) -> tuple[LayerHit, ...]:
    """Every published layer that touches the parcel, with areas; a figure that only shares its edge is none."""
    context = lying.context
    areas: dict[int, float | None] = dict.fromkeys(lying.thin.tolist())
    areas |= {hit.feature: hit.area for hit in lying.found}
    shown = [index for index in areas if context.versions[index] in book.layers]
    # Most layers cover all of the parcel: few figures are distinct.
    figures = {measured: _figures(measured, record.area_m2) for measured in set(areas.values())}
    found = []
    for index in shown:
        layer = book.layers[context.versions[index]].dataset
        label = context.labels[index]
        found.append(LayerHit(layer.theme, layer.name, layer.title, label, *figures[areas[index]]))
    return tuple(sorted(found, key=attrgetter("theme", "title", "name")))


def _figures(measured: float | None, whole: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Area in m² and share of the parcel."""
    area = None if measured is None else round2(measured)
    return area, (area / whole).quantize(facts.SHARE) if area and whole else None


def _sides(boundary: envelope.Edges) -> tuple[Side, ...]:
    found = []
    for facing, shape in (("front", boundary.front), ("side", boundary.side), ("rear", boundary.rear)):
        if shape.is_empty:
            continue
        for line in shapely.get_parts(shapely.line_merge(shape)):
            if line.length >= 0.5:
                found.append(
                    Side(round2(line.length), facing, tuple(map(tuple, shapely.get_coordinates(line))))
                )
    return tuple(found)


def _geojson(parcel: Parcel) -> dict[str, Any]:
    if parcel.geom is None:
        return {"type": "GeometryCollection", "geometries": []}
    return dict(shapely.geometry.mapping(shapely.from_wkb(bytes(parcel.geom))))


@dataclass(frozen=True)
class LayerInfo:
    """A layer for the panel of the map."""

    name: str
    kind: str
    title: str
    theme: str
    source: str
    licence: str
    valid_from: str | None
    valid_to: str | None
    version: int
    sha256: str
    style: dict[str, Any]
    used_in_ruling: bool


def layers(slug: str) -> list[LayerInfo]:
    """What can be drawn: parcels, zones, neighbourhoods, buildings and every layer, by theme."""
    book = published(slug)
    drawn = (Dataset.Kind.PARCELS, Dataset.Kind.ZONES, Dataset.Kind.NEIGHBOURHOODS, Dataset.Kind.BUILDINGS)
    sources = [book.sources[kind] for kind in drawn if kind in book.sources] + list(book.layers.values())
    return [
        LayerInfo(
            s.dataset.name or s.dataset.kind,
            s.dataset.kind,
            s.dataset.title,
            s.dataset.theme,
            s.dataset.origin,
            s.dataset.licence,
            s.validity.texts().get("valid_from"),
            s.validity.texts().get("valid_to"),
            s.number,
            s.sha256,
            s.dataset.style,
            bool(s.dataset.rule),
        )
        for s in sources
    ]


def municipality_features(slug: str, kind: str) -> list[tuple[str, str]]:
    """Codes and names of the features of a kind (zones, neighbourhoods), for lists and legends."""
    book = published(slug)
    source = book.sources.get(kind)
    if source is None:
        return []
    rows = Feature.objects.filter(version_id=source.version_id).values_list("code", "name")
    return sorted(set(rows))
