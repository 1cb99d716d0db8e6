"""The inverse questions: where may I open this, and what would have to change here?"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from alcaldia.land.models import Parcel
from alcaldia.land.queries import known_activity, rule_city, today
from alcaldia.land.rulebook import published


@dataclass(frozen=True)
class Count:
    """How many parcels of a neighbourhood have each outcome."""

    neighbourhood: str
    permitted: int
    conditional: int
    undetermined: int
    prohibited: int


def where(slug: str, activity: str) -> tuple[list[Count], dict[str, list[str]]]:
    """Where may I open this? Counts by neighbourhood, and the public ids of the favourable parcels.

    Rules every parcel of the city: the same code as one ruling, about 0.2 ms a parcel; cached by publication and day.
    """
    book = published(slug)
    code = known_activity(book, activity)
    key = (book.municipality.pk, code)
    kept, on = _where.get(key), today(book.municipality)
    if kept and kept[0] == (book.municipality.publication, on):
        return kept[1]
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    ids: dict[str, list[str]] = {"permitted": [], "conditional": []}
    names = dict(
        Parcel.objects.filter(version_id=book.parcels.version_id)
        .values_list("pk", "neighbourhood")
        .iterator()
    )
    for record, ruling in rule_city(slug, code, on):
        counts[names[record.pk] or "Sin colonia"][ruling.outcome.value] += 1
        if ruling.outcome.value in ids:
            ids[ruling.outcome.value].append(record.public_id)
    table = [Count(name, *(row[k] for k in _OUTCOMES)) for name, row in sorted(counts.items())]
    if len(_where) > 32:
        _where.clear()
    _where[key] = ((book.municipality.publication, on), (table, ids))
    return table, ids


_OUTCOMES = ("permitted", "conditional", "undetermined", "prohibited")
_where: dict[tuple[int, str], tuple[tuple[int, date], tuple[list[Count], dict[str, list[str]]]]] = {}
