"""Tests use their own home and engine; warnings are errors and nothing reaches the network."""

import os
import tempfile
from pathlib import Path

os.environ["ALCALDIA_HOME"] = os.environ.get("ALCALDIA_TEST_HOME") or tempfile.mkdtemp(prefix="alcaldia-test-")
os.environ.setdefault("ALCALDIA_SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")

ROOT = Path(__file__).resolve().parents[1]
