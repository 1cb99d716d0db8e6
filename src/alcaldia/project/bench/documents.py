"""From an act to its signed PDF with proof: time of one, and how many two processes make a second."""

import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from alcaldia.procedures import actions
from alcaldia.project.bench import city
from alcaldia.project.bench.clock import tail

SAMPLES = 60
PROCESSES = 2


def run(parcel_count: int = 20_000) -> dict[str, Any]:
    """Needs the generated city; makes it small when it is not there."""
    from alcaldia.kernel.models import Municipality

    if not Municipality.objects.filter(slug=city.SLUG).exists():
        city.build(parcel_count, zones=100, layers=10)
    keys = [f"P{i:07d}" for i in range(0, 10_000, 7)]
    figures: dict[str, Any] = {"act_to_pdf": tail(issue, keys[:SAMPLES], warm=5)}
    share = SAMPLES * 2
    start = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES, initializer=_fresh) as pool:
        list(pool.map(_many, (keys[SAMPLES : SAMPLES + share], keys[SAMPLES + share : SAMPLES + 2 * share])))
    figures["documents_per_second"] = round(2 * share / (time.perf_counter() - start), 1)
    return figures


def issue(key: str) -> None:
    actions.issue_land_use_ruling(
        municipality=city.SLUG,
        parcel=key,
        activity=city.ACTIVITIES[0],
        area_m2=40,
        by="bench",
        channel="bench",
    )


def _many(keys: list[str]) -> None:
    for key in keys:
        issue(key)


def _fresh() -> None:
    """A forked worker must not share its parent's database connection."""
    from django.db import connections

    connections.close_all()
