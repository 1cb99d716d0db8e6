"""Thematic maps: classes computed once per publication, so that map, legend and table agree."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from alcaldia.kernel.errors import NotFound
from alcaldia.land.models import Feature, Parcel
from alcaldia.land.plan import Rulebook
from alcaldia.land.rulebook import published

# Sequential: light to dark, told apart without colour vision. Qualitative: Okabe and Ito, softened.
SEQUENCE = ("#f6eed3", "#e3cf94", "#c9a25a", "#9c6b34", "#5e3a1c")
CATEGORIES = ("#8fb8dc", "#e6a04c", "#7dbb9c", "#d98f8f", "#b6a3d4", "#d8cf6a", "#9aa5ab", "#c9a27e")
MISSING = "#ececec"
MAX_LEVELS = 4


@dataclass(frozen=True)
class Bin:
    """One class: `low` ≤ value < `high`, or exactly `value` for categories. `parcels` counts them."""

    label: str
    colour: str
    low: float | None
    high: float | None
    value: str | None
    parcels: int


@dataclass(frozen=True)
class Theme:
    """`attribute` is the tile attribute that decides; `missing` counts parcels without the figure."""

    name: str
    attribute: str
    unit: str
    bins: tuple[Bin, ...]
    missing: int


NUMERIC = {"land_value": ("land_value_m2", "value", "MXN/m²"), "year": ("year_built", "year", "")}
NAMES = ("zone", "use", "land_value", "year", "levels")


def theme(slug: str, name: str) -> Theme:
    """The classes of one theme for the published parcels. Raises NotFound for a theme we do not draw."""
    book = published(slug)
    if name not in NAMES:
        raise NotFound("unknown_theme", f"No hay un mapa temático «{name[:40]}». Elija uno de la lista.")
    key = (book.municipality.pk, name)
    kept = _kept.get(key)
    if kept is None or kept[0] != book.municipality.publication:
        kept = _kept[key] = (book.municipality.publication, _compute(book, name))
    return kept[1]


_kept: dict[tuple[int, str], tuple[int, Theme]] = {}


def _compute(book: Rulebook, name: str) -> Theme:
    if name == "zone":
        return _zones(book)
    if name == "use":
        return _uses(book)
    if name == "levels":
        return _levels(book)
    return _quantiles(book, name)


def _values(book: Rulebook, column: str) -> list[Any]:
    return list(Parcel.objects.filter(version_id=book.parcels.version_id).values_list(column, flat=True))


def _zones(book: Rulebook) -> Theme:
    """Zones are features, not parcels: their class counts polygons."""
    source = book.sources.get("zones")
    if source is None:
        return Theme("zone", "code", "", (), 0)
    rows = Feature.objects.filter(version_id=source.version_id).values_list("code", "name")
    names, counts = dict(rows), Counter(code for code, _ in rows)
    given = source.dataset.style.get("colours", {})
    bins = [
        Bin(f"{code} · {names[code]}" if names[code] else code, given.get(code, CATEGORIES[i % len(CATEGORIES)]),
            None, None, code, counts[code])
        for i, code in enumerate(sorted(counts))
    ]  # fmt: skip
    return Theme("zone", "code", "", tuple(bins), 0)


def _uses(book: Rulebook) -> Theme:
    counts = Counter(_values(book, "current_use"))
    missing = counts.pop("", 0)
    common = counts.most_common(len(CATEGORIES) - 1)
    bins = [Bin(use, CATEGORIES[i], None, None, use, n) for i, (use, n) in enumerate(common)]
    rest = sum(counts.values()) - sum(n for _, n in common)
    if rest:
        bins.append(Bin("Otros", CATEGORIES[-1], None, None, None, rest))
    return Theme("use", "use", "", tuple(bins), missing)


def _levels(book: Rulebook) -> Theme:
    values = _values(book, "levels")
    counts = Counter(min(v, MAX_LEVELS) for v in values if v is not None)
    bins = [
        Bin(f"{level} o más" if level == MAX_LEVELS else str(level), SEQUENCE[min(level, 4)],
            float(level), None if level == MAX_LEVELS else level + 1.0, None, counts[level])
        for level in range(MAX_LEVELS + 1) if counts[level]
    ]  # fmt: skip
    return Theme("levels", "levels", "", tuple(bins), values.count(None))


def _quantiles(book: Rulebook, name: str) -> Theme:
    column, attribute, unit = NUMERIC[name]
    values = _values(book, column)
    known = np.array([float(v) for v in values if v is not None])
    if not known.size:
        return Theme(name, attribute, unit, (), len(values))
    edges = np.unique(np.quantile(known, np.linspace(0, 1, len(SEQUENCE) + 1), method="nearest"))
    edges = edges if edges.size > 1 else np.array([edges[0], edges[0] + 1])
    bins = []
    for i, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        last = i == edges.size - 2
        inside = int(((known >= low) & ((known <= high) if last else (known < high))).sum())
        label = f"{low:,.0f} a {high:,.0f}" if unit else f"{low:.0f} a {high:.0f}"
        bins.append(Bin(label, SEQUENCE[i], float(low), None if last else float(high), None, inside))
    return Theme(name, attribute, unit, tuple(bins), len(values) - known.size)


def extent(slug: str) -> tuple[float, float, float, float] | None:
    """The WGS84 box of the middle 90 % of parcels: a lone far-away parcel does not shrink the map."""
    book = published(slug)
    key = book.municipality.pk
    kept = _extents.get(key)
    if kept is None or kept[0] != book.municipality.publication:
        rows = Parcel.objects.filter(version_id=book.parcels.version_id, minx__isnull=False)
        boxes = np.array(list(rows.values_list("minx", "miny", "maxx", "maxy")), dtype=float)
        box = None
        if boxes.size:
            low, high = np.quantile(boxes[:, :2], 0.05, axis=0), np.quantile(boxes[:, 2:], 0.95, axis=0)
            box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        kept = _extents[key] = (book.municipality.publication, box)
    return kept[1]


_extents: dict[int, tuple[int, tuple[float, float, float, float] | None]] = {}


def labels(slug: str) -> list[tuple[str, float, float]]:
    """Neighbourhood names with the middle of their box, for the map."""
    source = published(slug).sources.get("neighbourhoods")
    if source is None:
        return []
    rows = Feature.objects.filter(version_id=source.version_id, minx__isnull=False)
    boxes: Any = rows.values_list("name", "minx", "miny", "maxx", "maxy")
    return [(name, (minx + maxx) / 2, (miny + maxy) / 2) for name, minx, miny, maxx, maxy in boxes]
