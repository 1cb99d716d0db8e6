"""The verifier page from a file:// address, without any server: a good PDF, changed ones, wrong keys."""

import base64
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from playwright.sync_api import Page, expect

from alcaldia.documents import certificates
from tests.conftest import ROOT
from tests.samples.papers import drawn

pytestmark = pytest.mark.browser
PAGE = (ROOT / "verifica" / "verifica.html").as_uri()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """documento.pdf and llaves.json, made by a process of its own."""
    place = tmp_path_factory.mktemp("document")
    values = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    values |= {"ALCALDIA_HOME": str(place / "home"), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    subprocess.run(
        [sys.executable, "-m", "tests.samples.issue_document", place], env=values, check=True, cwd=ROOT
    )
    return place


def check(page: Page, data: bytes, keys: dict) -> None:
    page.goto(PAGE)
    json_file = {"name": "llaves.json", "mimeType": "application/json", "buffer": json.dumps(keys).encode()}
    page.get_by_label("Llaves públicas").set_input_files(json_file)
    expect(page.locator("#keys-said")).to_contain_text("Llaves del registro")
    page.get_by_label("documento PDF").set_input_files(
        {"name": "documento.pdf", "mimeType": "application/pdf", "buffer": data}
    )
    expect(page.get_by_role("status")).to_contain_text("VÁLIDO")


@pytest.fixture
def keys(folder):
    return json.loads((folder / "llaves.json").read_text())


@pytest.fixture
def pdf(folder):
    return (folder / "documento.pdf").read_bytes()


def test_a_good_document_is_valid_with_seal_act_log_and_witnesses(page: Page, pdf, keys):
    check(page, pdf, keys)
    expect(page.get_by_role("status")).to_have_text("✓ VÁLIDO: es auténtico.")
    said = page.locator("#checks").inner_text()
    for words in (
        "nadie lo cambió",
        "Lo selló Villa Ejemplo",
        "DUS-2026-7K3M-9QXF-04TC",
        "✓ Testigos: consejo",
    ):
        assert words in said


def test_an_attachment_that_would_not_shrink_is_found_too(page: Page):
    """As tests/verification/test_verifica.py says of the one-file verifier."""
    act, receipt = b"act " * 200, base64.b64encode(os.urandom(900))
    page.goto(PAGE)
    found = page.evaluate(
        """async (text) => {
            const data = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
            const inside = await attachments(data, new TextDecoder("latin1").decode(data));
            return inside.map((one) => new TextDecoder().decode(one));
        }""",
        base64.b64encode(drawn(act, receipt.decode())).decode(),
    )
    assert set(found) == {act.decode(), receipt.decode()}


def test_one_changed_byte_is_not_valid_wherever_it_is(page: Page, pdf, keys):
    seal = pdf.index(b"/Contents <") + 11
    for place in (9, len(pdf) // 3, len(pdf) // 2, seal + 2600, len(pdf) - 2):
        changed = bytearray(pdf)
        changed[place] ^= 1
        check(page, bytes(changed), keys)
        expect(page.get_by_role("status")).to_contain_text("NO VÁLIDO")


def test_what_was_added_after_the_seal_is_not_valid(page: Page, pdf, keys):
    check(page, pdf + b"\n1 0 obj\n<<>>\nendobj\n%%EOF\n", keys)
    expect(page.locator("#checks")).to_contain_text("se le agregó")


def test_a_revoked_seal_is_refused_whenever_its_act_was(page: Page, pdf, keys, folder):
    place = next((folder / "home" / "keys").glob("*/root.key")).parent
    private = load_pem_private_key((place / "root.key").read_bytes(), None)
    root = x509.load_pem_x509_certificate((place / "root.pem").read_bytes())
    seal = x509.load_pem_x509_certificate((place / "seal.pem").read_bytes())
    row = certificates.Revoked(seal.serial_number, datetime.now(UTC))
    made = certificates.revocation_list(root, private, [row])
    check(page, pdf, keys | {"crls": [made.public_bytes(Encoding.PEM).decode()]})
    expect(page.get_by_role("status")).to_contain_text("NO VÁLIDO")
    expect(page.locator("#checks")).to_contain_text("descargue otro ejemplar")


def test_keys_of_others_are_refused(page: Page, pdf, keys):
    check(page, pdf, keys | {"roots": []})
    expect(page.locator("#checks")).to_contain_text("de ningún municipio")
    renamed = {"origin": "otro/acts", "keys": keys["log"]["keys"]}
    check(page, pdf, keys | {"log": renamed})
    expect(page.locator("#checks")).to_contain_text("de otro registro")


def test_what_the_browser_cannot_check_it_says(page: Page, pdf, keys):
    page.add_init_script(
        "const real = crypto.subtle.importKey.bind(crypto.subtle);"
        "crypto.subtle.importKey = (f, k, a, ...r) => a.name === 'Ed25519' || a.name === 'ML-DSA-44'"
        " ? Promise.reject(new Error('unknown')) : real(f, k, a, ...r);"
    )
    check_status = "NO SE PUDO SABER TODO"
    page.goto(PAGE)
    page.get_by_label("Llaves públicas").set_input_files(
        {"name": "llaves.json", "mimeType": "application/json", "buffer": json.dumps(keys).encode()}
    )
    page.get_by_label("documento PDF").set_input_files(
        {"name": "d.pdf", "mimeType": "application/pdf", "buffer": pdf}
    )
    expect(page.get_by_role("status")).to_contain_text(check_status)
    expect(page.locator("#checks")).to_contain_text("no sabe comprobar Ed25519")
