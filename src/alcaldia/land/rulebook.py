"""The rulebook in force of each municipality, kept in memory until something is published."""

import threading
import time
from collections.abc import Iterable

from django.db import connection

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.kernel.text import sentence
from alcaldia.land.models import Dataset, Version
from alcaldia.land.plan import Rulebook, Source
from alcaldia.land.reading import load
from alcaldia.land.rules.validity import Validity

_cache: dict[str, tuple[tuple[int, int], Rulebook]] = {}
_asked: dict[str, float] = {}
LATELY = 1.0
"""Seconds."""
_lock = threading.Lock()
_MUNICIPALITY = Prepared(lambda slug: Municipality.objects.filter(slug=slug), str)


def municipality_of(slug: str) -> Municipality:
    """The municipality, or a refusal that names the ones there are."""
    found = _MUNICIPALITY.first(slug)
    if found is None:
        names = ", ".join(Municipality.objects.values_list("slug", flat=True)[:10]) or "ninguno todavía"
        detail = sentence(
            "No hay un municipio «%(slug)s». Los que hay: %(names)s.", slug=slug[:60], names=names
        )
        raise NotFound("unknown_municipality", detail)
    return found


def published(slug: str) -> Rulebook:
    """The rulebook in force. One query when nothing was published since the last call."""
    now, kept = time.monotonic(), _cache.get(slug)
    if kept is None or kept[0] != _mark(slug):
        municipality = municipality_of(slug)
        with _lock:
            book = load(municipality, _current(municipality))
            kept = _cache[slug] = ((municipality.pk, municipality.publication), book)
    _asked[slug] = now
    return kept[1]


def lately(slug: str) -> Rulebook:
    """The rulebook as it was in force at most `LATELY` ago: for tiles, of which a window asks for thirty."""
    kept = _cache.get(slug)
    if kept and time.monotonic() - _asked.get(slug, -LATELY) < LATELY:
        return kept[1]
    return published(slug)


def _mark(slug: str) -> tuple[int, int] | None:
    """Which municipality and which publication are in force: asked at every request, so without the ORM."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, publication FROM kernel_municipality WHERE slug = %s", (slug,))
        found: tuple[int, int] | None = cursor.fetchone()
    return found


def forget() -> None:
    """Drop what this process keeps (tests reuse database ids; a restored backup might too)."""
    _cache.clear()
    _asked.clear()


def at_versions(municipality: Municipality, labels: Iterable[str]) -> Rulebook:
    """The rulebook of the dataset versions an issued ruling cites (replay), published or superseded.

    The municipality carries the settings to use: those of the day of the ruling.
    """
    wanted = {}
    for label in labels:
        name, _, number = label.rpartition("@")
        if name:
            wanted[name] = int(number)
    sources = []
    for version in Version.objects.filter(dataset__municipality=municipality).select_related("dataset"):
        dataset = version.dataset
        name = f"layer/{dataset.name}" if dataset.kind == "layer" else dataset.kind
        if wanted.get(name) == version.number:
            sources.append(_source(dataset, version))
    if len(sources) != len(wanted):
        raise NotFound("versions_gone", "Alguna versión que usó este dictamen ya no está guardada.")
    return load(municipality, sources)


def _current(municipality: Municipality) -> list[Source]:
    datasets = Dataset.objects.filter(municipality=municipality, current__isnull=False).select_related(
        "current"
    )
    return [_source(d, d.current) for d in datasets if d.current]


def _source(dataset: Dataset, version: Version) -> Source:
    period = Validity(version.valid_from, version.valid_to)
    return Source(dataset, version.pk, version.number, version.sha256, period)
