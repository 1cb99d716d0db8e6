"""The sealed box in a real browser: only the passkey's PRF or the printed code opens it, and the server never sees a word."""

import json
import re
import sqlite3

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
