"""Parcels sorted by what a land-use ruling depends on: taken once for each state of the plan, by the worker
after a publication, and kept as a file that every process reads."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.land import facts
from alcaldia.land import parcels as parcel_store
from alcaldia.land.models import Parcel
from alcaldia.land.plan import Rulebook
from alcaldia.land.queries import today
from alcaldia.land.rules.coverage import cover
from alcaldia.land.rules.types import ParcelFacts

# A progress note older than this was left by a process that died.
STALE_S = 30


@dataclass(frozen=True)
class Census:
    """`kinds[k]` stands for every parcel of kind k; `parcels`: public id, neighbourhood, kind."""

    kinds: tuple[ParcelFacts, ...]
    parcels: tuple[tuple[str, str, int], ...]


class StillCounting(Refusal):
    """Another process takes the census; `percent` of the parcels are counted."""

    status = 503

    def __init__(self, percent: int) -> None:
        detail = "Estamos revisando todos los predios con el plan que se acaba de publicar. Vuelva a preguntar en unos segundos."
        super().__init__("still_counting", detail, percent=percent)
        self.percent = percent


_kept: dict[int, tuple[str, Census]] = {}
_lock = threading.Lock()


def of(book: Rulebook) -> Census:
    """The census of this state of the plan: kept, read from its file, or taken now where nobody takes it.

    Raises StillCounting while another process is at it.
    """
    mark = _mark(book)
    with _lock:
        kept = _kept.get(book.municipality.pk)
        if kept is None or kept[0] != mark:
            kept = _kept[book.municipality.pk] = (mark, _read(book, mark) or _take_alone(book, mark))
    return kept[1]


def prepare(book: Rulebook) -> int:
    """Take the census unless its file is there; returns how many kinds of parcel there are."""
    return len(of(book).kinds)


def _mark(book: Rulebook) -> str:
    """All that the kinds depend on; the day too, where norms have dates."""
    dated = book.limited or any(zone.dated for zone in book.zones.values())
    day = today(book.municipality).isoformat() if dated else ""
    state = [book.municipality.publication, book.versions, book.municipality.settings, day]
    return hashlib.sha256(canonical(state)).hexdigest()[:16]


def _path(book: Rulebook, mark: str, suffix: str = ".json") -> Path:
    return Path(settings.HOME) / "public" / "census" / f"{book.municipality.slug}-{mark}{suffix}"


def _read(book: Rulebook, mark: str) -> Census | None:
    path = _path(book, mark)
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    examples = [parcel_store.by_public_id(book, public_id) for public_id in stored["kinds"]]
    kinds = tuple(facts.for_parcel(book, example, "", today(book.municipality)) for example in examples)
    names = stored["neighbourhoods"]
    return Census(kinds, tuple((public_id, names[n], kind) for public_id, n, kind in stored["parcels"]))


def _take_alone(book: Rulebook, mark: str) -> Census:
    note = _path(book, mark, ".progress")
    note.parent.mkdir(parents=True, exist_ok=True)
    if note.exists() and time.time() - note.stat().st_mtime < STALE_S:
        raise StillCounting(int(note.read_text() or 0))
    try:
        taken, examples = take(book, lambda percent: _write(note, str(percent)))
        names = sorted({neighbourhood for _, neighbourhood, _ in taken.parcels})
        place = {name: n for n, name in enumerate(names)}
        rows = [(public_id, place[name], kind) for public_id, name, kind in taken.parcels]
        _write(_path(book, mark), json.dumps({"kinds": examples, "neighbourhoods": names, "parcels": rows}))
    finally:
        note.unlink(missing_ok=True)
    for old in note.parent.glob(f"{book.municipality.slug}-????????????????.json"):
        if old != _path(book, mark):
            old.unlink(missing_ok=True)
    return taken


def _write(path: Path, text: str) -> None:
    """Whole or not at all: another process may be reading."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def take(book: Rulebook, progress: Callable[[int], None]) -> tuple[Census, list[str]]:
    """Every published parcel and its kind, about 0.15 ms each; and the public id of each kind's example."""
    rows = Parcel.objects.filter(version_id=book.parcels.version_id)
    names = dict(rows.values_list("pk", "neighbourhood").iterator())
    kinds: dict[Any, int] = {}
    examples: list[ParcelFacts] = []
    examples_ids: list[str] = []
    parcels: list[tuple[str, str, int]] = []
    city = facts.City(book)
    for chunk in parcel_store.every(book):
        progress(100 * len(parcels) // max(len(names), 1))
        for record, known in zip(chunk, city.facts(chunk, "", today(book.municipality)), strict=True):
            signature = _signature(book, known)
            if signature not in kinds:
                kinds[signature] = len(examples)
                examples.append(known)
                examples_ids.append(record.public_id)
            parcels.append((record.public_id, names[record.pk] or "Sin colonia", kinds[signature]))
    return Census(tuple(examples), tuple(parcels)), examples_ids


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
