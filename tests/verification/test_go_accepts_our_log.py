"""The original Go implementation of tiled logs accepts our receipts and refuses changed ones."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.db import transaction

from alcaldia.ledger import actions, keys, queries
from alcaldia.ledger.events import Act
from tests.conftest import missing

SOURCE = Path(__file__).parent / "tlog_go" / "main.go"
# Where Debian's packages golang-go and golang-golang-x-mod-dev put their libraries.
GOPATH = Path(os.environ.get("GOPATH") or "/usr/share/gocode")


@pytest.fixture(scope="module")
def checker(tmp_path_factory):
    go = shutil.which("go")
    if not go or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        missing("Go and x/mod are not installed (packages golang-go, golang-golang-x-mod-dev)")
    place = tmp_path_factory.mktemp("go")
    built = place / "tlog_go"
    values = os.environ | {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(place / "cache")}
    subprocess.run([go, "build", "-o", built, SOURCE], env=values, check=True)
    return built


@pytest.fixture
def check(checker, tmp_path):
    """check(receipt text) -> what the Go program did."""
    key, receipt = tmp_path / "log.vkey", tmp_path / "receipt.tlog-proof"
    key.write_text(keys.signer().key.text())

    def run(text):
        receipt.write_text(text)
        return subprocess.run([checker, key, receipt], capture_output=True, check=False)

    return run


@pytest.mark.django_db
def test_go_accepts_every_receipt_and_refuses_a_changed_one(check):
    with transaction.atomic():
        for turn in range(21):
            entry = actions.record(Act("test.act_done", f"T-{turn}", {"n": turn}), by="t", channel="cli")
    text = queries.receipt(entry)
    assert check(text).stdout == bytes(entry.entry)
    assert check(text.replace("index 20", "index 19")).returncode == 1
    changed = text.replace(text.split("\n\n")[1].split("\n")[2], text.split("\n")[3])
    assert check(changed).returncode == 1
