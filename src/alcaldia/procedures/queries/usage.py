"""How procedures are used: which ones most, how many people finish, how long it takes. Counted anew every ten minutes."""

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.db.models import Avg, Count, F, Q
from django.utils import timezone

from alcaldia.kernel.models import Municipality
from alcaldia.procedures.models import Case, Draft

LEAST = 10
"""Fewer are not told: a share of three is no share."""
SECONDS, DAYS = 600, 30


@dataclass(frozen=True)
class Use:
    """`finished` in per cent of who began, `days` mean from sending to closing; None until enough people did."""

    finished: int | None
    days: int | None


def of(town: Municipality, procedure: str) -> Use:
    """The last thirty days of a procedure."""
    return _of(town.pk, procedure, int(time.time() // SECONDS))


@lru_cache(maxsize=1024)
def _of(town: int, procedure: str, moment: int) -> Use:
    since = timezone.now() - timedelta(days=DAYS)
    drafts = Draft.objects.filter(municipality=town, procedure=procedure, created_at__gte=since)
    begun = drafts.aggregate(all=Count("pk"), sent=Count("pk", filter=~Q(folio="")))
    closed = Case.objects.filter(
        municipality=town, procedure=procedure, submitted_at__gte=since, closed_at__isnull=False
    )
    took = closed.aggregate(count=Count("pk"), mean=Avg(F("closed_at") - F("submitted_at")))
    finished = round(100 * begun["sent"] / begun["all"]) if begun["all"] >= LEAST else None
    return Use(finished, took["mean"].days if took["count"] >= LEAST else None)


def most_used(town: Municipality, limit: int = 6) -> tuple[str, ...]:
    """Keys of the procedures that people sent most in the last thirty days."""
    return _most_used(town.pk, limit, int(time.time() // SECONDS))


@lru_cache(maxsize=64)
def _most_used(town: int, limit: int, moment: int) -> tuple[str, ...]:
    since = timezone.now() - timedelta(days=DAYS)
    rows = Case.objects.filter(municipality=town, submitted_at__gte=since).values("procedure")
    return tuple(row["procedure"] for row in rows.annotate(n=Count("pk")).order_by("-n", "procedure")[:limit])
