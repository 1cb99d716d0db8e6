"""The one-file verifier, in a process that cannot import ours: documents, the whole log, and what was changed."""

import base64
import importlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
from django.db import transaction

from alcaldia.documents import actions as documents
from alcaldia.documents import key_actions
from alcaldia.documents import keys as seals
from alcaldia.documents import queries as issued
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import actions, keys, queries, witnessing
from alcaldia.ledger.events import Act
from alcaldia.ledger.tilefolder import publish
from alcaldia.web.transparency.bundle import keys_bundle
from tests.conftest import ROOT
from tests.factories.witnesses import door, made, serving
from tests.samples import ruling_bodies
from tests.samples.papers import drawn

pytestmark = pytest.mark.django_db
SCRIPT = ROOT / "verifica" / "verifica.py"


def verifica(folder, *words):
    """Run with -I (no path of ours, no environment); (exit status, everything that it said)."""
    (folder / "llaves.json").write_text(keys_bundle())
    command = [sys.executable, "-I", str(SCRIPT), *map(str, words), "--llaves", str(folder / "llaves.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={}, cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folio():
    town, _ = Municipality.objects.get_or_create(
        slug="demo", defaults={"name": "Villa Ejemplo", "state": "Jalisco"}
    )
    found = new_folio("DUS", 2026)
    with transaction.atomic():
        entry = actions.record(
            Act("land.ruling_issued", found, ruling_bodies.body() | {"folio": found}, town),
            by="t",
            channel="cli",
        )
    documents.issue(entry=entry, template="ruling", sketch_svg=None, municipality=town)
    return found


@pytest.fixture
def pdf(folio, tmp_path):
    path = tmp_path / "documento.pdf"
    path.write_bytes(issued.pdf(folio))
    return path


@pytest.fixture
def log(tmp_path):
    """A published log of 600 acts."""
    with transaction.atomic():
        for turn in range(600):
            actions.record(Act("test.act_done", f"T-{turn}", {"n": turn}), by="t", channel="cli")
    publish(queries.ACTS, tmp_path / "log")
    return tmp_path / "log"


def test_it_is_one_short_file_that_knows_nothing_of_us():
    text = SCRIPT.read_text()
    assert text.count("\n") < 300
    assert "import alcaldia" not in text
    assert "from alcaldia" not in text


def test_what_would_not_shrink_lies_in_the_paper_as_it_is_and_is_found(monkeypatch):
    """Typst deflates an attachment only where that saves enough; 4 of 300 receipts of ours were left as they are, 15 of 400 another time."""
    monkeypatch.syspath_prepend(SCRIPT.parent)
    verifica = importlib.import_module("verifica")
    act, receipt = json.dumps(ruling_bodies.body()).encode(), base64.b64encode(os.urandom(900))
    paper = drawn(act, receipt.decode())
    assert (receipt in paper, act in paper) == (True, False)
    assert set(verifica.attachments(paper)) == {act, receipt}


def test_a_document_is_valid_and_says_of_whom(pdf, folio):
    status, said = verifica(pdf.parent, pdf)
    assert status == 0, said
    assert "Lo selló Villa Ejemplo" in said
    assert folio in said


def test_a_changed_byte_is_not_valid_wherever_it_is(pdf):
    data = pdf.read_bytes()
    gap = data.index(b"/Contents <") + 11
    places = [*range(0, len(data), len(data) // 9), gap + 3200]
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1
        pdf.write_bytes(changed)
        assert verifica(pdf.parent, pdf)[0] == 1, place
    pdf.write_bytes(data + b"\n% more")
    assert verifica(pdf.parent, pdf)[0] == 1


def test_keys_of_another_municipality_or_log_are_told_apart(pdf):
    verifica(pdf.parent, pdf)
    wrong = json.loads(keys_bundle())
    wrong["roots"] = []
    (pdf.parent / "otras.json").write_text(json.dumps(wrong))
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, pdf, "--llaves", pdf.parent / "otras.json"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "de ningún municipio" in done.stderr) == (1, True)


def test_what_a_revoked_seal_sealed_is_not_valid_whenever_its_act_was(pdf, folio, settings, tmp_path):
    town = queries.entry(folio).municipality
    serial = seals.seal(town).certificate.serial_number
    key_actions.rotate_seal(town, by="t", channel="cli")
    key_actions.revoke_seal(town, serial=serial, at=datetime.now(UTC), by="t", channel="cli")
    status, said = verifica(pdf.parent, pdf)
    assert (status, "descargue otro ejemplar" in said) == (1, True), said


def test_without_keys_or_file_it_cannot_be_told(tmp_path):
    assert verifica(tmp_path, tmp_path / "nada.pdf")[0] == 2
    done = subprocess.run([sys.executable, "-I", SCRIPT, "x", "--llaves", "no"], capture_output=True)
    assert done.returncode == 2


def test_the_completed_receipt_brings_the_witnesses(pdf, folio, tmp_path):
    witness = made(tmp_path / "w", "w.example", *[row.key.text() for row in keys.signer().keys.keys])
    try:
        with serving(door(witness)) as address, httpx.Client(trust_env=False) as client:
            witnessing.policy_path().write_text(
                f"witness consejo {witness.vkeys()[1]} {address}\nquorum consejo\n"
            )
            witnessing.run_rounds(client)
        receipt = tmp_path / "recibo.tlog-proof"
        receipt.write_text(queries.receipt(queries.entry(folio)))
        assert verifica(tmp_path, pdf, "--exigir-testigos")[0] == 2
        status, said = verifica(tmp_path, pdf, "--exigir-testigos", "--recibo", receipt)
    finally:
        witnessing.policy_path().unlink()
    assert (status, "✓ Testigos: consejo" in said) == (0, True)


def test_a_comment_in_the_policy_does_not_switch_the_witnesses_off(pdf, tmp_path):
    witness = made(tmp_path / "w", "w.example", *[row.key.text() for row in keys.signer().keys.keys])
    told = json.loads(keys_bundle())
    told["policy"] = f"# antes: quorum none\nwitness consejo {witness.vkeys()[1]}\nquorum consejo\n"
    (tmp_path / "otras.json").write_text(json.dumps(told))
    words = [sys.executable, "-I", SCRIPT, pdf, "--exigir-testigos", "--llaves", tmp_path / "otras.json"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, "Pendiente de testigos" in done.stdout) == (2, True), done


def test_the_whole_log_is_replayed(log):
    status, said = verifica(log.parent, "bitacora", log)
    assert (status, "600 actos" in said) == (0, True), said


@pytest.mark.parametrize(
    "name", ["tile/entries/001", "tile/0/000", "tile/1/000.p/2", "tile/0/002.p/88", "checkpoint"]
)
def test_a_changed_file_of_the_log_is_not_valid(log, name):
    path = log / name
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    assert verifica(log.parent, "bitacora", log)[0] == 1


def test_acts_in_another_order_or_missing_are_not_valid(log):
    first, second = log / "tile/entries/000", log / "tile/entries/001"
    kept = first.read_bytes()
    shutil.copy(second, first)
    second.write_bytes(kept)
    assert verifica(log.parent, "bitacora", log)[0] == 1
    second.unlink()
    assert verifica(log.parent, "bitacora", log)[0] == 1
