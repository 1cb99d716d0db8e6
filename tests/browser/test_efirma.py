"""e.firma in the browser: the key is opened and used there, and never sent."""

import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Page, expect

from tests.browser.test_people import register
from tests.factories.authority import Authority

pytestmark = pytest.mark.browser
WORD = "palabra-secreta-9"
HOW = {
    "des": ["-v2", "des3"],  # what the SAT's program makes
    "aes": ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"],
    "old": ["-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default"],
}


@pytest.fixture
def holder(home_folder, tmp_path):
    """A citizen's .cer, and their .key as different programs write it."""
    authority = Authority()
    one = authority.citizen()
    (tmp_path / "ana.cer").write_bytes(one.der)
    plain = one.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for name, words in HOW.items():
        command = ["openssl", "pkcs8", "-topk8", *words, "-outform", "DER", "-passout", f"pass:{WORD}"]
        made = subprocess.run(command, input=plain, capture_output=True, check=True)
        (tmp_path / f"{name}.key").write_bytes(made.stdout)
    folder = home_folder / "identity" / "trust"
    if not folder.exists():
        authority.trust(folder)
    else:
        (folder / f"{tmp_path.name}.pem").write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
        (folder / f"{tmp_path.name}-2.pem").write_bytes(
            authority.certificate.public_bytes(serialization.Encoding.PEM)
        )
    return tmp_path


def sign(page: Page, demo: str, folder, key: str, word: str = WORD) -> None:
    page.goto(f"{demo}/cuenta/certificado/")
    page.locator("#certificado").set_input_files(folder / "ana.cer")
    page.locator("#llave").set_input_files(folder / f"{key}.key")
    page.locator("#palabra").fill(word)
    page.get_by_role("button", name="Firmar aquí y comprobar").click()


def test_it_is_signed_here_and_neither_key_nor_password_leave(page: Page, demo: str, authenticator, holder):
    register(page, demo)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(str(one.post_data_buffer or b"")))
    for key in ("des", "aes"):
        sign(page, demo, holder, key)
        expect(page.get_by_role("heading", name="Mi cuenta")).to_be_visible(timeout=15_000)
        expect(page.get_by_text("Comprobada").first).to_be_visible()
    assert any('name="state"' in one for one in sent)
    assert not any(WORD in one for one in sent)
    page.goto(f"{demo}/cuenta/certificado/")
    page.locator("#llave").set_input_files(holder / "des.key")
    fields = page.evaluate("[...new FormData(document.querySelector('[data-efirma]')).keys()]")
    assert set(fields) == {"csrfmiddlewaretoken", "state", "firma64", "certificado"}


def test_what_it_can_not_read_it_says_and_sends_nothing(page: Page, demo: str, authenticator, holder):
    register(page, demo)
    sign(page, demo, holder, "des", "otra")
    expect(page.get_by_text("La contraseña no abre esa llave")).to_be_visible()
    sign(page, demo, holder, "old")
    expect(page.get_by_text("Su llave usa un cifrado antiguo")).to_be_visible()
