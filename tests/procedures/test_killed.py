"""kill -9 at random while people send and pay: whatever was acknowledged is there, once; on both engines."""

import json
import os
import random
import subprocess
import sys

import pytest

from alcaldia.broker import process
from tests.conftest import ROOT
from tests.unit.ledger.test_processes import environment as home

assert home
pytestmark = pytest.mark.django_db(transaction=True)
DANCE = ROOT / "tests" / "samples" / "definitions" / "permiso-baile.yaml"
CASES = int(os.environ.get("ALCALDIA_KILLED_CASES", "60"))
SETUP = """
import json, shutil, sys
from alcaldia.project import django_setup
django_setup.start()
from django.db import transaction
from django.utils import timezone
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import engine, registers
from alcaldia.procedures import applying, definitions
from alcaldia.procedures.actions.paying import CasePayments
from alcaldia.procedures.models import Case, CaseEvent
"""
TOWN = """
year = timezone.localdate().year
town = Municipality.objects.create(slug="pueblo", name="Pueblo", publication=1, settings={"calendar": {"years": [year - 1, year, year + 1]}})
folder = definitions.home_of("pueblo")
folder.mkdir(parents=True)
shutil.copy(sys.argv[1], folder)
registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 9999})])
"""
SEND = """
town = Municipality.objects.get(slug="pueblo")
ASKED = {
    "ocupacion-via-publica": {"lugar": "Calle 1", "que": "mercancia", "m2": "2", "dias": "5"},
    "permiso-baile": {"personas": "50"},
}
procedure = sys.argv[3]
for at in range(int(sys.argv[1]), int(sys.argv[2])):
    case, _ = applying.apply(town=town, procedure=procedure, answers=ASKED[procedure], by="public", channel="api", key=f"k{at}")
    print("sent", case.folio, flush=True)
    with transaction.atomic():
        CasePayments().order_paid(PaymentOrder.objects.select_for_update().get(folio=case.order))
    print("paid", case.folio, flush=True)
"""
BOOKS = """
rows = list(Case.objects.select_related("municipality", "definition"))
acts = {kind: Entry.objects.filter(type=f"procedures.{kind}").count() for kind in ("case_submitted", "case_decided", "case_paid", "case_issued", "document_issued")}
replayed = sum(engine.state_of(row).state.value == row.state for row in rows)
print(json.dumps({"cases": len(rows), "folios": [row.folio for row in rows], "papers": len({row.document for row in rows if row.document}), "acts": acts, "orders": PaymentOrder.objects.count(), "replayed": replayed, "events": CaseEvent.objects.count()}))
"""


@pytest.fixture
def environment(home, tmp_path):
    """A home with the broker that opens its registers, which nobody kills here."""
    with process.running(tmp_path / "broker", "http://localhost:8000"):
        yield home


def script(values, text, *words):
    command = [sys.executable, "-c", SETUP + text, *map(str, words)]
    return subprocess.Popen(command, env=values, stdout=subprocess.PIPE, text=True)


def finished(values, text, *words):
    with script(values, text, *words) as process:
        out = process.stdout.read()
    assert process.returncode == 0
    return out


PROCEDURES = ("ocupacion-via-publica", "permiso-baile")
"""Paid before its paper, and paid before anybody has it."""


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_a_killed_city_loses_no_acknowledged_request_and_decides_nothing_twice(environment, procedure):
    finished(environment, TOWN, DANCE)
    chance, acknowledged = random.Random(11), set()
    for _ in range(4):
        with script(environment, SEND, 0, CASES, procedure) as process:
            for _ in range(chance.randrange(5, CASES // 2)):
                acknowledged.add(process.stdout.readline().split()[-1])
            process.kill()
    finished(environment, SEND, 0, CASES, procedure)
    told = json.loads(finished(environment, BOOKS))
    assert acknowledged <= set(told["folios"])
    assert (told["cases"], told["papers"], told["orders"], told["replayed"]) == (CASES, CASES, CASES, CASES)
    assert set(told["acts"].values()) == {CASES}
    assert told["events"] == 4 * CASES


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_two_who_send_the_same_at_the_same_time_send_it_once(environment, procedure):
    finished(environment, TOWN, DANCE)
    words = (0, 15, procedure)
    with script(environment, SEND, *words) as one, script(environment, SEND, *words) as two:
        said = one.stdout.read() + two.stdout.read()
    told = json.loads(finished(environment, BOOKS))
    assert "sent" in said
    assert (told["cases"], told["papers"], set(told["acts"].values())) == (15, 15, {15})


GRANTS = """
from datetime import date, timedelta
from alcaldia.procedures import forgetting
from alcaldia.procedures.actions import clocks
folder = definitions.home_of("pueblo")
folder.mkdir(parents=True, exist_ok=True)
text = open(sys.argv[1]).read().split("  nombre:")
tail = text[1].split("steps:")[1].split("tests:")[0].replace(", nombre, carta", "")
(folder / "beca-musica.yaml").write_text(text[0] + "steps:" + tail)
town = Municipality.objects.get(slug="pueblo")
"""
ASK_GRANTS = """
for at in range(40):
    applying.apply(town=town, procedure="beca-musica", answers={"instrumento": "tuba"}, by="public", channel="api", key=f"g{at}")
"""
FORGET = """
day = timezone.localdate() + timedelta(days=60)
for folio in clocks._ended(town, day):
    forgetting.carry_out(folio, on=day, by="clock", channel="worker")
    print(folio, flush=True)
"""
FORGOTTEN = """
rows = list(Case.objects.select_related("municipality", "definition"))
print(json.dumps({"cases": len(rows), "linked": sum(bool(row.code_hash) for row in rows), "waiting": sum(row.keep_until is not None for row in rows),
                  "events": CaseEvent.objects.filter(kind="data_destroyed").count(), "papers": sum(bool(row.document) for row in rows),
                  "acts": Entry.objects.filter(type="procedures.case_data_destroyed").count(),
                  "kept": sum(row.answers == {"instrumento": "tuba"} for row in rows), "replayed": sum(engine.state_of(row).destroyed for row in rows)}))
"""


def test_a_killed_clock_destroys_each_request_s_data_once(environment):
    grants = ROOT / "tests" / "samples" / "definitions" / "beca-musica.yaml"
    finished(environment, TOWN, DANCE)
    finished(environment, GRANTS + ASK_GRANTS, grants)
    chance = random.Random(7)
    for _ in range(3):
        with script(environment, GRANTS + FORGET, grants) as process:
            for _ in range(chance.randrange(1, 9)):
                process.stdout.readline()
            process.kill()
    finished(environment, GRANTS + FORGET, grants)
    told = json.loads(finished(environment, GRANTS + FORGOTTEN, grants))
    assert (told.pop("linked"), told.pop("waiting")) == (0, 0)
    assert set(told.values()) == {40}
