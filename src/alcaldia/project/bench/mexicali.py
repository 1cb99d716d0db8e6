"""A real use matrix, where its files are at hand: 21,814 cells, densities and land values imported with audit."""

import time
from typing import Any

from django.conf import settings

from alcaldia.land.models import NormRow, UseCellRow
from alcaldia.project.commands.municipality import load_folder


def run() -> dict[str, Any]:
    """Seconds and what was loaded; {} when the folder of real data is absent."""
    if not (settings.DATA_DIR / "land" / "mexicali-mx").exists():
        return {}
    start = time.perf_counter()
    slug = load_folder(settings.MUNICIPALITIES_DIR / "mexicali")
    spent = time.perf_counter() - start
    cells = UseCellRow.objects.filter(version__dataset__municipality__slug=slug)
    norms = NormRow.objects.filter(version__dataset__municipality__slug=slug)
    return {
        "import_s": round(spent, 1),
        "cells": cells.count(),
        "blank_cells": cells.filter(value="").count(),
        "norms": norms.count(),
    }
