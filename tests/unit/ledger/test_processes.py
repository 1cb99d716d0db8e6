"""Several processes, and one that is killed: the log stays whole and every acknowledged act is in it."""

import json
import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)

WRITER = """
import sys
from alcaldia.project import django_setup
django_setup.start()
from django.db import transaction
from alcaldia.ledger import actions
from alcaldia.ledger.events import Act
for turn in range(int(sys.argv[1])):
    with transaction.atomic():
        entry = actions.record(Act("test.act_done", f"T-{turn}", {"n": turn}), by="t", channel="cli")
    print(entry.index, flush=True)
"""


@pytest.fixture
def environment(tmp_path):
    """A home of its own; on PostgreSQL the test database, which the flush empties afterwards."""
    values = os.environ | {"ALCALDIA_HOME": str(tmp_path), "PYTHONPATH": "src"}
    if connection.vendor == "postgresql":
        found = connection.settings_dict
        user = ":".join(quote(found[key] or "", safe="") for key in ("USER", "PASSWORD")).rstrip(":")
        port = f":{found['PORT']}" if found["PORT"] else ""
        host = quote(found["HOST"] or "localhost", safe="")
        values["DATABASE_URL"] = f"postgresql://{user}@{host}{port}/{quote(found['NAME'])}"
        if found["HOST"].startswith("/"):
            values["DATABASE_URL"] = f"postgresql://{user}@{port}/{quote(found['NAME'])}?host={host}"
    run(values, "migrate")
    return values


def run(values, *words):
    command = [sys.executable, "-m", "alcaldia.project", *words]
    return subprocess.run(command, env=values, capture_output=True, text=True, check=True).stdout


def writer(values, turns):
    command = [sys.executable, "-c", WRITER, str(turns)]
    return subprocess.Popen(command, env=values, stdout=subprocess.PIPE, text=True)


def test_a_killed_writer_leaves_a_whole_log(environment):
    with writer(environment, 100_000) as process:
        acknowledged = [int(process.stdout.readline()) for _ in range(40)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    audit = json.loads(run(environment, "log", "audit", "--json"))
    assert audit["valid"]
    assert acknowledged == list(range(len(acknowledged)))
    assert len(acknowledged) <= audit["entries"] <= len(acknowledged) + 1


def test_two_writers_take_turns_without_gaps(environment):
    with writer(environment, 30) as one, writer(environment, 30) as two:
        places = [int(line) for process in (one, two) for line in process.stdout]
    audit = json.loads(run(environment, "log", "audit", "--json"))
    assert sorted(places) == list(range(60))
    assert (audit["valid"], audit["entries"], audit["types"]) == (True, 60, {"test.act_done": 60})
