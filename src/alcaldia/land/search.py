"""One box for everything: key, address, street, neighbourhood or coordinates; typing errors forgiven."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F
from rapidfuzz import fuzz, process

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.text import fold
from alcaldia.land import key_parts
from alcaldia.land import parcels as parcel_store
from alcaldia.land.models import Feature, Parcel
from alcaldia.land.plan import Rulebook

LIMIT = 12
CUTOFF = 72
MISSPELT = 78
"""For a single word: one wrong letter in five passes ("idalgo"), two do not."""
STREET_WORDS = frozenset({"calle", "avenida", "colonia", "col", "fraccionamiento", "numero", "num"})
_COORDINATES = re.compile(r"^\s*(-?\d{1,3}\.\d+)\s*[,; ]\s*(-?\d{1,3}\.\d+)\s*$")
_NUMBER = re.compile(r"^(.*?)[\s,#]*(?:no|num|numero|n)?[\s.#]*(\d{1,6}[a-z]?)$")


@dataclass(frozen=True)
class Place:
    """A thing found. `public_id` is set for a parcel; `lon`, `lat` say where to look on the map."""

    kind: str
    label: str
    detail: str
    public_id: str | None
    lon: float | None
    lat: float | None


def search(book: Rulebook, text: str, limit: int = LIMIT) -> list[Place]:
    """Best first; empty when nothing resembles the words (the page then says how else to search)."""
    wanted = text.strip()[:120]
    if not wanted:
        return []
    found = _by_coordinates(book, wanted) or _by_key(book, wanted)
    return (found or _by_part(book, wanted, limit))[:limit]


def _by_coordinates(book: Rulebook, text: str) -> list[Place]:
    match = _COORDINATES.match(text)
    if not match:
        return []
    first, second = float(match[1]), float(match[2])
    for lon, lat in ((second, first), (first, second)):  # people copy "lat, lon" from their phone
        try:
            ids = [record.pk for record in parcel_store.at_point(book, lon, lat)]
        except NotFound:
            continue
        except Exception as refusal:
            if getattr(refusal, "code", "") == "bad_coordinates":
                continue
            raise
        return _places(Parcel.objects.filter(pk__in=ids))
    return []


def _by_key(book: Rulebook, text: str) -> list[Place]:
    version = book.parcels.version_id
    return _places(Parcel.objects.filter(version_id=version, key=text)[:LIMIT])


def _by_part(book: Rulebook, text: str, limit: int) -> list[Place]:
    """By part of a key and by address: "60 491" is both where streets have numbers for names."""
    ids = key_parts.having(book, text, limit)
    rank = {row: i for i, row in enumerate(ids)}
    rows = sorted(Parcel.objects.filter(pk__in=ids), key=lambda parcel: rank[parcel.pk])
    there = _by_address(book, text, limit)
    room = max(limit - len(there), limit // 2)
    return list(dict.fromkeys([*_places(rows)[:room], *there, *_neighbourhoods(book, text)]))


def _by_address(book: Rulebook, text: str, limit: int) -> list[Place]:
    words = fold(text)
    match = _NUMBER.match(words)
    streets = _index(book).streets
    rows = Parcel.objects.filter(version_id=book.parcels.version_id)
    whole = _closest(words, streets, limit)
    if match and match[1].strip():
        street, number = match[1].strip(), match[2]
        near = _closest(street, streets, limit)
        whole = whole or near
        exact = _places(rows.filter(search__in=near, number__iexact=number)[:limit], near)
        if exact:
            return exact
    return _places(rows.filter(search__in=whole).order_by("number")[:limit], whole)


def _closest(words: str, choices: list[str], limit: int) -> list[str]:
    """The most similar texts; a typed part of a name ("juarez" for "benito juarez") is a full match."""
    found = process.extract(words, choices, scorer=_similar, limit=limit, score_cutoff=CUTOFF)
    found = found or process.extract(words, choices, scorer=_misspelt, limit=limit, score_cutoff=MISSPELT)
    best = max((score for _, score, _ in found), default=0)
    return [choice for choice, score, _ in found if score >= best - 8]


def _similar(left: str, right: str, **_: Any) -> float:
    partial = fuzz.token_set_ratio(left, right)
    return max(float(fuzz.ratio(left, right)), 0.97 * float(partial))


def _misspelt(left: str, right: str, **_: Any) -> float:
    """The worst of the typed words, each against its nearest: "morels" is near "calle morelos", whole texts are not."""
    typed = [word for word in left.split() if len(word) > 2 and word not in STREET_WORDS]
    there = right.split()
    return min((max(fuzz.ratio(word, other) for other in there) for word in typed), default=0.0)


@dataclass(frozen=True)
class Index:
    streets: list[str]
    neighbourhoods: dict[str, tuple[str, float, float]]


_indexes: dict[int, tuple[int, Index]] = {}


def _index(book: Rulebook) -> Index:
    """Streets and neighbourhoods of the published version, in memory: some thousands of short texts."""
    key = book.municipality.pk
    kept = _indexes.get(key)
    if kept and kept[0] == book.municipality.publication:
        return kept[1]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT search FROM land_parcel WHERE version_id = %s AND search <> '' ORDER BY search",
            (book.parcels.version_id,),
        )
        streets = [row[0] for row in cursor.fetchall()]
    index = Index(streets, _named_areas(book))
    _indexes[key] = (book.municipality.publication, index)
    return index


def _named_areas(book: Rulebook) -> dict[str, tuple[str, float, float]]:
    source = book.sources.get("neighbourhoods")
    if source is None:
        return {}
    rows = Feature.objects.filter(version_id=source.version_id, minx__isnull=False).exclude(name="")
    centres = rows.annotate(lon=(F("minx") + F("maxx")) / 2, lat=(F("miny") + F("maxy")) / 2)
    return {fold(name): (name, lon, lat) for name, lon, lat in centres.values_list("name", "lon", "lat")}


def _neighbourhoods(book: Rulebook, text: str) -> list[Place]:
    areas = _index(book).neighbourhoods
    return [
        Place("neighbourhood", areas[name][0], "Colonia", None, areas[name][1], areas[name][2])
        for name in _closest(fold(text), list(areas), 3)
    ]


def _places(rows: Any, order: list[str] | None = None) -> list[Place]:
    found = list(rows)
    if order:
        rank = {street: i for i, street in enumerate(order)}
        found.sort(key=lambda parcel: rank.get(parcel.search, len(rank)))
    return [
        Place(
            "parcel",
            address(parcel) or f"Predio {parcel.key or parcel.public_id}",
            " · ".join(part for part in (parcel.neighbourhood, parcel.key) if part),
            parcel.public_id,
            None if parcel.minx is None else (parcel.minx + parcel.maxx) / 2,
            None if parcel.miny is None else (parcel.miny + parcel.maxy) / 2,
        )
        for parcel in found
    ]


def in_neighbourhood(book: Rulebook, name: str, limit: int = 60) -> list[Place]:
    """Parcels of a neighbourhood by street and number, for those who look without a map."""
    rows = Parcel.objects.filter(version_id=book.parcels.version_id, neighbourhood=name)
    return _places(rows.order_by("search", "number")[:limit])


def address(parcel: Parcel) -> str:
    """Street and number as people say them; "" where the cadastre has none."""
    return " ".join(part for part in (parcel.street, parcel.number) if part)
