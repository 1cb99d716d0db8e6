"""The sealed box in a real browser: only the passkey's PRF or the printed code opens it, and the server never sees a word."""

import hashlib
import json
import re
import secrets
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import PHONE, fits
from tests.browser.test_pages import inspect
from tests.browser.test_people import register

pytestmark = pytest.mark.browser
WORDS = "Mi hermana Eulalia tiene la llave de la casa"


def begin(page: Page, demo: str) -> None:
    page.set_viewport_size(PHONE)
    register(page, demo)
    page.goto(f"{demo}/boveda/sellado/")
    if "/abrir/" in page.url:
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(re.compile("/boveda/sellado/"))


def make(page: Page) -> str:
    page.get_by_role("button", name="Mostrar mi código").click()
    code = page.locator("#sealed-letters").inner_text()
    page.get_by_label("sus últimos cuatro signos").fill("XXXX")
    page.get_by_role("button", name="Crear mi caja con mi llave").click()
    expect(page.get_by_text("Esos no son los últimos")).to_be_visible()
    page.get_by_label("sus últimos cuatro signos").fill(code[-4:].lower())
    page.get_by_role("button", name="Crear mi caja con mi llave").click()
    return code


def save(page: Page, words: str = WORDS) -> None:
    page.locator("#sealed-family").fill(words)
    page.get_by_role("button", name="Cifrar y guardar").click()
    expect(page.get_by_text("Guardado, cifrado en su navegador")).to_be_visible()


def test_the_passkey_opens_it_again_and_no_byte_of_it_reaches_the_server(
    page: Page, demo: str, authenticator, home_folder
):
    begin(page, demo)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.post_data or ""))
    make(page)
    expect(page.get_by_text("Su caja está lista")).to_be_visible()
    save(page)
    fits(page)
    page.reload()
    assert page.locator("#sealed-family").input_value() == ""
    page.get_by_role("button", name="Abrir con mi llave de acceso").click()
    expect(page.locator("#sealed-family")).to_have_value(WORDS)
    assert any("told" in one for one in sent)
    assert not any("Eulalia" in one for one in sent)
    with sqlite3.connect(home_folder / "main.sqlite3") as store:
        kinds = [
            one["kind"]
            for (row,) in store.execute("SELECT wraps FROM vault_sealedbox ORDER BY id DESC LIMIT 1")
            for one in json.loads(row)
        ]
        rows = store.execute("SELECT data FROM vault_sealednote").fetchall()
    assert sorted(kinds) == ["code", "prf"]
    assert rows
    assert not any(b"Eulalia" in bytes(data) for (data,) in rows)


def test_a_lost_device_loses_nothing_the_printed_code_opens_it(page: Page, demo: str, authenticator):
    session, device = authenticator
    begin(page, demo)
    code = make(page)
    expect(page.get_by_text("Su caja está lista")).to_be_visible()
    save(page)
    page.reload()
    page.get_by_label("O con su código impreso").fill("0000-" * 6 + "0000")
    page.get_by_role("button", name="Abrir con el código").click()
    expect(page.get_by_text("Ese código no abre esta caja")).to_be_visible(timeout=15_000)
    # The device is gone: nothing is asked of it here.
    session.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    page.get_by_label("O con su código impreso").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Abrir con el código").click()
    expect(page.locator("#sealed-family")).to_have_value(WORDS, timeout=15_000)


def test_without_prf_it_says_so_and_the_code_alone_opens_it(page: Page, demo: str):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    begin(page, demo)
    code = make(page)
    expect(page.get_by_text("Este aparato no puede abrir la caja con su llave")).to_be_visible()
    save(page, "otra cosa")
    page.reload()
    page.get_by_label("O con su código impreso").fill(code)
    page.get_by_role("button", name="Abrir con el código").click()
    expect(page.locator("#sealed-family")).to_have_value("otra cosa", timeout=15_000)
    expect(page.get_by_text("Esta caja todavía no se abre con la llave de este aparato")).to_be_visible()
    page.goto(f"{demo}/boveda/sellado/")
    assert inspect(page, page.url) == []


def test_a_file_is_sealed_here_and_comes_back_byte_for_byte(
    page: Page, demo: str, authenticator, home_folder, tmp_path
):
    """Two parts and a bit, so that their order counts; its name is in no request and in no row."""
    begin(page, demo)
    make(page)
    expect(page.get_by_text("Su caja está lista")).to_be_visible()
    plain = secrets.token_bytes(2 * 1024 * 1024 + 12345)
    given = tmp_path / "escritura de Eulalia.pdf"
    given.write_bytes(plain)
    sent: list[str] = []
    page.on("request", lambda one: sent.append((one.post_data_buffer or b"").decode("latin-1")))
    page.locator("#sealed-file").set_input_files(given)
    page.get_by_role("button", name="Sellar el archivo").click()
    expect(page.get_by_text("Archivo guardado, cifrado en su navegador")).to_be_visible()
    assert not any(plain[:64].decode("latin-1") in one or '"Eulalia' in one for one in sent)
    fits(page)
    page.reload()
    page.get_by_role("button", name="Abrir con mi llave de acceso").click()
    expect(page.get_by_text("escritura de Eulalia.pdf (2,060 kB)")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Descargar").click()
    assert download.value.suggested_filename == "escritura de Eulalia.pdf"
    assert Path(download.value.path()).read_bytes() == plain
    kept = [one.read_bytes() for one in (home_folder / "sealed").rglob("*") if one.is_file()]
    assert kept
    assert not any(plain[4096:4160] in one or b"Eulalia" in one for one in kept)
    page.get_by_role("button", name="Quitar").click()
    expect(page.get_by_text("Archivo quitado")).to_be_visible()
    assert [one for one in (home_folder / "sealed").rglob("*") if one.is_file()] == []


def test_a_part_that_the_server_changed_does_not_open(
    page: Page, demo: str, authenticator, home_folder, tmp_path
):
    begin(page, demo)
    make(page)
    given = tmp_path / "carta.txt"
    given.write_bytes(b"querida hermana")
    page.locator("#sealed-file").set_input_files(given)
    page.get_by_role("button", name="Sellar el archivo").click()
    expect(page.get_by_text("Archivo guardado")).to_be_visible()
    [path] = [one for one in (home_folder / "sealed").rglob("*") if one.is_file()]
    changed = path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])
    path.write_bytes(changed)
    with sqlite3.connect(home_folder / "main.sqlite3") as store:
        store.execute("UPDATE vault_sealedfile SET digest = ?", (hashlib.sha256(changed).hexdigest(),))
    page.get_by_role("button", name="Descargar").click()
    expect(page.get_by_text("Ese archivo no se pudo abrir")).to_be_visible()
    page.get_by_role("button", name="Quitar").click()
    expect(page.get_by_text("Archivo quitado")).to_be_visible()
