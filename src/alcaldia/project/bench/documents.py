"""From an act to its signed PDF with proof: time of one, and how many two processes make a second."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from alcaldia.project import django_setup
from alcaldia.project.bench.clock import tail

SAMPLES = 60
PROCESSES = 2


def run(parcel_count: int = 20_000) -> dict[str, Any]:
    """Needs the generated city; makes it small when it is not there."""
    from alcaldia.kernel.models import Municipality
    from alcaldia.project.bench import city

    if not Municipality.objects.filter(slug=city.SLUG).exists():
        city.build(parcel_count, zones=100, layers=10)
    keys = [f"P{i:07d}" for i in range(0, 10_000, 7)]
    figures: dict[str, Any] = {"act_to_pdf": tail(issue, keys[:SAMPLES], warm=5)}
    share = SAMPLES * 2
    # typst hangs in a forked child, so each worker starts afresh and warms up before the clock.
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=_ready) as pool:
        list(pool.map(_many, (keys[-5:], keys[-10:-5])))
        start = time.perf_counter()
        list(pool.map(_many, (keys[SAMPLES : SAMPLES + share], keys[SAMPLES + share : SAMPLES + 2 * share])))
        figures["documents_per_second"] = round(2 * share / (time.perf_counter() - start), 1)
    return figures


def issue(key: str) -> None:
    from alcaldia.procedures import actions
    from alcaldia.project.bench import city

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


def _ready() -> None:
    django_setup.start()
