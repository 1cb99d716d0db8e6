"""A real city, where its files are at hand: import with audit, and every parcel ruled."""

import resource
import time
from typing import Any

from django.conf import settings

from alcaldia.land.queries import rule_city
from alcaldia.project.commands.municipality import load_folder

RECIPE = settings.MUNICIPALITIES_DIR / "comodoro-rivadavia"


def run() -> dict[str, Any]:
    """Seconds and megabytes; {} when the folder of real data is absent."""
    if not (settings.DATA_DIR / "land" / "comodoro-rivadavia-ar").exists():
        return {}
    start = time.perf_counter()
    slug = load_folder(RECIPE)
    imported = time.perf_counter() - start
    start = time.perf_counter()
    count = sum(1 for _ in rule_city(slug, "722515"))
    ruled = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "import_s": round(imported, 1),
        "parcels": count,
        "rule_all_s": round(ruled, 1),
        "peak_mb": round(peak),
    }
