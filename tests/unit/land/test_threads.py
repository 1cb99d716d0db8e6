"""Several threads of one process rule at once: a shared prepared geometry crashed the server under load."""

import os
import subprocess
import sys

from tests.conftest import ROOT

CHILD = """
from alcaldia.project import django_setup; django_setup.start(migrate=True)
from concurrent.futures import ThreadPoolExecutor
from alcaldia.land import queries
from alcaldia.project.bench import city
made = city.build(parcels=2000, zones=6, layers=20)
def ask(n):
    return queries.land_use_ruling(city.SLUG, made.keys[n % 400], city.ACTIVITIES[n % 100], 40)["outcome"]
with ThreadPoolExecutor(4) as pool:
    together = list(pool.map(ask, range(1200)))
assert together == [ask(n) for n in range(1200)]
"""


def test_rulings_in_four_threads_are_those_of_one(tmp_path):
    environment = {
        **os.environ,
        "DATABASE_URL": "",
        "ALCALDIA_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT / "src"),
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr[-500:]) == (0, "")
