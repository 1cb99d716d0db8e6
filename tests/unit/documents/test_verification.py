"""Verification: one changed bit anywhere is refused, and other programs agree on what is valid."""

import json
import random
from dataclasses import replace
from io import BytesIO

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from alcaldia.documents import keys, queries, sealing
from alcaldia.documents.verification import verify_pdf
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import keys as log_keys
from alcaldia.ledger import queries as ledger
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.project.cli import main
from tests.samples.papers import drawn


@pytest.fixture
def data(issue):
    return queries.pdf(issue()[1].folio)


def test_an_issued_file_is_valid_and_says_what_was_looked_at(data):
    found = queries.verify(data)
    assert found.valid
    assert [check.name for check in found.checks] == ["whole", "seal", "chain", "act", "force", "log"]
    assert found.leaf.type == "land.ruling_issued"


def test_no_single_bit_may_change(data):
    generator = random.Random(7)
    start = data.rindex(b"/Contents <")
    places = [generator.randrange(len(data)) for _ in range(150)]
    places += [generator.randrange(start, start + 4200) for _ in range(150)] + [0, len(data) - 1]
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1 << generator.randrange(8)
        assert queries.verify(bytes(changed)).valid is False, place


def test_unsigned_padding_of_the_container_may_not_carry_anything(data):
    end = data.index(b"0>", data.rindex(b"/Contents <"))
    assert queries.verify(data[:end] + b"1" + data[end + 1 :]).valid is False


@pytest.mark.parametrize("tail", [b"\n", b"%%EOF\n", b"\0" * 100])
def test_nothing_may_be_added_or_taken_away(data, tail):
    assert queries.verify(data + tail).valid is False
    assert queries.verify(data[: -len(tail)]).valid is False


@pytest.mark.parametrize("junk", [b"", b"hello", b"%PDF-1.7\n%%EOF", b"\x89PNG", b"%PDF-" + b"9" * 9000])
def test_what_is_no_document_is_not_valid(issue, junk):
    issue()
    assert queries.verify(junk).valid is False


def test_a_seal_of_an_unknown_municipality_is_refused(data, town):
    other = keys.seal(Municipality(slug="otra", name="Otra", state="Jalisco"))
    found = verify_pdf(data, trusted_log=log_keys.public_keys(), trusted_roots=[other.root])
    assert (found.valid, found.checks[-1].name) == (False, "chain")


def test_a_root_with_the_same_name_and_another_key_is_refused(data, town, settings, tmp_path):
    roots = keys.trusted_roots()
    settings.HOME = tmp_path
    twin = keys.seal(town)
    assert twin.root.subject in [root.subject for root in roots]
    found = verify_pdf(
        data, trusted_log=log_keys.public_keys() or log_keys.signer().keys, trusted_roots=[twin.root]
    )
    assert found.checks[-1].name == "chain"


def test_another_logs_key_is_refused(data):
    key = KeySet.bare(replace(log_keys.signer().key, name="otro/acts").text())
    found = verify_pdf(data, trusted_log=key, trusted_roots=keys.trusted_roots())
    assert (found.valid, found.checks[-1].name) == (False, "log")


def test_without_keys_it_cannot_be_told(data):
    assert verify_pdf(data, trusted_log=None, trusted_roots=keys.trusted_roots()).valid is None
    assert verify_pdf(data, trusted_log=log_keys.public_keys(), trusted_roots=[]).valid is None


def test_a_sealed_file_with_another_act_inside_is_refused(issue, town):
    entry, _ = issue()
    body = json.loads(bytes(entry.body)) | {"outcome": "permitted"}
    paper = drawn(json.dumps(body).encode(), ledger.receipt(entry), at=entry.recorded_at)
    forged = sealing.sign(paper, keys.seal(town), reason="x", place="x")
    found = queries.verify(forged)
    assert (found.valid, found.checks[-1].name) == (False, "act")


def test_another_validator_accepts_seal_and_chain(data, town):
    root = asn1.Certificate.load(keys.seal(town).root.public_bytes(Encoding.DER))
    (signature,) = PdfFileReader(BytesIO(data)).embedded_signatures
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[root], allow_fetching=False))
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"


@pytest.mark.parametrize(("change", "code"), [(b"", 0), (b"x", 1)])
def test_the_command_line_says_it_by_its_exit_status(data, tmp_path, capsys, change, code):
    path = tmp_path / "document.pdf"
    path.write_bytes(data + change)
    assert main(["verify", str(path), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["valid"] is (code == 0)


def test_the_command_line_cannot_tell_without_a_file(tmp_path, capsys):
    assert main(["verify", str(tmp_path / "none.pdf")]) == 2
    assert "ni es un folio" in capsys.readouterr().err


def test_private_keys_are_for_the_owner_only(data):
    private = [*log_keys.folder().rglob("*.key")]
    assert len(private) >= 3
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
