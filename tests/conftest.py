"""Tests use their own home and engine; warnings are errors and nothing reaches the network."""

import os
import tempfile
from pathlib import Path

import pytest

os.environ["ALCALDIA_HOME"] = os.environ.get("ALCALDIA_TEST_HOME") or tempfile.mkdtemp(
    prefix="alcaldia-test-"
)
os.environ.setdefault("ALCALDIA_SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests():
    """Rolled-back tests reuse database ids, which real life does not."""
    from alcaldia.land import inverse, rulebook, search, shapes

    rulebook.forget()
    shapes.cache.clear()
    search._indexes.clear()
    inverse._where.clear()
