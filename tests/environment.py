"""Loaded before pytest-django reads the settings: tests use a home of their own, gone afterwards."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "ALCALDIA_TEST_HOME" not in os.environ:
    home = tempfile.mkdtemp(prefix="alcaldia-test-")
    os.environ["ALCALDIA_TEST_HOME"] = home
    atexit.register(shutil.rmtree, home, ignore_errors=True)
os.environ["ALCALDIA_HOME"] = os.environ["ALCALDIA_TEST_HOME"]
os.environ.setdefault("ALCALDIA_SECRET_KEY", "only-for-tests-" + "x" * 40)
# Witnesses, authorities and providers of the tests listen on this machine.
os.environ.setdefault("ALCALDIA_PRIVATE_PEERS", "127.0.0.0/8 ::1/128")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")
(Path(os.environ["ALCALDIA_HOME"]) / "static").mkdir(parents=True, exist_ok=True)
