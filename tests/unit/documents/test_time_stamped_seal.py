"""PAdES B-T: a seal with an outside authority's time, checked bit by bit; without an authority, B-B and no wait."""

import random
import shutil
import subprocess
import sys
from io import BytesIO

import pytest
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from alcaldia.documents import queries
from alcaldia.ledger import keys
from alcaldia.web.transparency.bundle import keys_bundle
from tests.conftest import ROOT
from tests.factories.time_authority import make_authority, stamping


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def stamped(authority, settings, issue):
    """A document whose seal carries a time stamp."""
    keys.folder().mkdir(exist_ok=True, parents=True)
    shutil.copy(authority / "ca.pem", keys.folder() / "tsa.pem")
    with stamping(authority) as address:
        settings.TSA_URLS = (address,)
        yield queries.pdf(issue()[1].folio)
    (keys.folder() / "tsa.pem").unlink()


def hole(data):
    start = data.index(b"<", data.rindex(b"/Contents")) + 1
    return start, bytes.fromhex(data[start : data.index(b">", start)].decode())


def test_the_seal_carries_a_time_stamp_and_no_bit_of_it_may_change(stamped):
    start, container = hole(stamped)
    assert bytes.fromhex("060b2a864886f70d010910020e") in container
    assert queries.verify(stamped).valid
    generator = random.Random(3)
    used = len(container.rstrip(b"\0"))
    for place in (start + generator.randrange(2 * used) for _ in range(60)):
        changed = bytearray(stamped)
        changed[place] = ord("0") if changed[place] != ord("0") else ord("1")
        assert queries.verify(bytes(changed)).valid is False, place


def test_another_validator_accepts_seal_and_time_stamp(stamped, town, authority):
    loaded = [
        x509.Certificate.load(pem.unarmor(data)[2])
        for data in (
            (authority / "ca.pem").read_bytes(),
            (keys.folder() / town.slug / "root.pem").read_bytes(),
        )
    ]
    (signature,) = PdfFileReader(BytesIO(stamped)).embedded_signatures
    stamps, seals = (ValidationContext(trust_roots=[root], allow_fetching=False) for root in loaded)
    status = validate_pdf_signature(signature, seals, ts_validation_context=stamps)
    assert status.bottom_line
    assert status.timestamp_validity.valid
    assert status.timestamp_validity.trusted


def test_an_authority_that_is_down_costs_no_document(settings, issue, authority):
    keys.folder().mkdir(exist_ok=True, parents=True)
    shutil.copy(authority / "ca.pem", keys.folder() / "tsa.pem")
    settings.TSA_URLS = ("http://127.0.0.1:9",)
    try:
        assert queries.verify(queries.pdf(issue()[1].folio)).valid
    finally:
        (keys.folder() / "tsa.pem").unlink()


def test_the_one_file_verifier_accepts_a_longer_seal(stamped, tmp_path):
    (tmp_path / "d.pdf").write_bytes(stamped)
    (tmp_path / "llaves.json").write_text(keys_bundle())
    script = ROOT / "verifica" / "verifica.py"
    command = [sys.executable, "-I", script, tmp_path / "d.pdf", "--llaves", tmp_path / "llaves.json"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
