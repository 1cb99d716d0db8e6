"""A foreign verifier and a foreign witness (PyPI aics-tlog, aics-witness; Python ≥ 3.12) accept our log."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import httpx
import pytest
from django.db import transaction

from alcaldia.ledger import actions, keys, queries, witnessing
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import WitnessState
from alcaldia.ledger.rules import policy, receipt
from alcaldia.ledger.tilefolder import publish
from tests.conftest import ROOT, missing

pytestmark = pytest.mark.django_db
VENV = ROOT / ".venv-aics"
PACKAGES = ("aics-tlog==0.2.1", "aics-witness==0.1.0")
NAMES = ("python3.12", "python3.13", "python3.14")


def interpreters():
    """Python ≥ 3.12 on the path, and pyenv's, whose shims may point nowhere."""
    found = [shutil.which(name) for name in NAMES]
    return [one for one in found if one] + sorted(
        map(str, Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python"))
    )


def make_venv():
    for python in interpreters():
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([python, "-m", "venv", VENV], capture_output=True, check=False).returncode == 0
        install = [VENV / "bin" / "python", "-m", "pip", "install", "-q", *PACKAGES]
        if made and subprocess.run(install, capture_output=True, check=False).returncode == 0:
            return
    shutil.rmtree(VENV, ignore_errors=True)


@pytest.fixture(scope="module")
def programs():
    """The folder of their commands: made once in .venv-aics; ALCALDIA_AICS names another."""
    given = os.environ.get("ALCALDIA_AICS")
    if given:
        return Path(given)
    with (ROOT / "pyproject.toml").open() as shared:
        fcntl.flock(shared, fcntl.LOCK_EX)  # the tests on the other engine want it in the same minute
        if not (VENV / "bin" / "aics-witness").exists():
            make_venv()
    if not (VENV / "bin" / "aics-witness").exists():
        if interpreters():
            missing("aics-tlog y aics-witness no se pudieron instalar")
        pytest.skip("aics-tlog pide Python ≥ 3.12, que aquí no hay")
    return VENV / "bin"


@pytest.fixture
def log(tmp_path):
    with transaction.atomic():
        for turn in range(300):
            actions.record(Act("test.act_done", f"T-{turn}", {"n": turn}), by="t", channel="cli")
    publish(queries.ACTS, tmp_path / "log")
    return tmp_path / "log"


def run(programs, log, *words):
    command = [programs / "aics-tlog", *words, "--tiles", log, "--log-key", keys.signer().key.text()]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_accepts_checkpoint_and_inclusion_and_refuses_a_changed_tile(programs, log, tmp_path):
    assert json.loads(run(programs, log, "verify-checkpoint").stdout)["tiles_ok"]
    done = run(programs, log, "verify-inclusion", "--index", "299", "--entry-out", str(tmp_path / "entry"))
    assert done.returncode == 0
    assert json.loads((tmp_path / "entry").read_bytes())["folio"] == "T-299"
    path = log / "tile/0/000"
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    assert run(programs, log, "verify-inclusion", "--index", "3").returncode != 0


def test_it_accepts_that_the_log_only_grew(programs, log, tmp_path):
    old = tmp_path / "old"
    old.write_text((log / "checkpoint").read_text())
    with transaction.atomic():
        actions.record(Act("test.act_done", "T", {}), by="t", channel="cli")
    publish(queries.ACTS, log)
    assert run(programs, log, "verify-consistency", "--old-checkpoint", str(old)).returncode == 0


@pytest.fixture
def witness(programs, tmp_path):
    """(vkey, address) of their witness, which trusts our log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = tmp_path / "witness.json"
    command = [programs / "aics-witness"]
    place = ["--config", str(config)]
    words = ["init", *place, "--name", "w.example/aics", "--listen", f"127.0.0.1:{port}"]
    said = subprocess.run([*command, *words], capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    key = keys.signer().key
    words = ["add-log", *place, "--origin", key.name, "--vkey", key.text()]
    subprocess.run([*command, *words], check=True, capture_output=True, cwd=tmp_path)
    process = subprocess.Popen([*command, "serve", *place], cwd=tmp_path, stderr=subprocess.DEVNULL)
    vkey = next(word.strip('",') for word in said.split() if word.strip('",').startswith("w.example/aics+"))
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield vkey, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for(address):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            continue
    pytest.fail("el testigo ajeno no contestó")


def test_their_witness_cosigns_our_log_as_it_grows(log, witness):
    vkey, address = witness
    rules = policy.read_policy(f"witness w {vkey} {address}\nquorum w\n")
    with httpx.Client(trust_env=False) as client:
        for _ in range(2):
            assert witnessing.round_of(queries.ACTS, rules, client).has_quorum, (
                WitnessState.objects.get().problem
            )
            with transaction.atomic():
                entry = actions.record(Act("test.act_done", "T", {}), by="t", channel="cli")
        witnessing.round_of(queries.ACTS, rules, client)
    assert rules.accepts(receipt.read(queries.receipt(entry)).checkpoint)
