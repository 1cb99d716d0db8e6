"""Spare keys in a real browser: made by a touch, spent when the city lost its master key, and never before."""

import json
import os
import re
import shutil
import signal
import socket
import struct
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

from alcaldia.broker import process
from alcaldia.vault.rules import suites
from alcaldia.vault.rules.text64 import to_bytes, to_text
from tests.browser.helpers import DESKTOP, PHONE, fits, tab_to
from tests.browser.test_pages import violations
from tests.browser.test_people import register

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
"""Without PRF."""


@pytest.fixture(scope="session")
def losing(demo, home_folder):
    """Call it: the demo's broker ends, starts again without the master keys it had; they come back afterwards."""
    folder, kept, mine = home_folder / "broker", home_folder / "kek-kept", []
    kept.mkdir()

    def lose() -> None:
        end(folder, mine)
        for path in (folder / "kek").glob("file-*"):
            path.rename(kept / path.name)
        shutil.rmtree(folder / "kek")
        mine.append(process.start(folder, demo))

    yield lose
    for path in kept.iterdir():
        path.rename(folder / "kek" / path.name)
    for one in mine:
        one.terminate()
        one.communicate(timeout=20)


def end(folder: Path, mine: list) -> None:
    """The broker that runs now, whoever started it: the socket says its number."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(folder / "web" / "socket"))
        told = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid = struct.unpack("3i", told)[0]
        os.kill(pid, signal.SIGTERM)
        caller.settimeout(20)
        assert caller.recv(1) == b""
    for one in mine:
        if one.pid == pid:
            one.wait(20)


@pytest.fixture
def kept_keys(home_folder):
    """What other tests' people were wrapped by is there again when this test ends."""
    yield
    for path in (home_folder / "kek-kept").iterdir():
        shutil.copy(path, home_folder / "broker" / "kek" / path.name)


def go(page: Page, demo: str, where: str) -> None:
    page.goto(f"{demo}{where}")
    if "/abrir/" in page.url:
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(re.compile(r"/boveda/(?!abrir)"))


def sign(page: Page) -> None:
    expect(page.get_by_role("heading", name="Lo que va a firmar")).to_be_visible()
    page.get_by_role("button", name="Firmar con mi llave de acceso").click()


def looks_right(page: Page) -> None:
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        fits(page)
        assert violations(page) == []


def test_paper_and_device_bring_the_vault_back_after_the_master_key_is_lost(
    page: Page, demo: str, authenticator, losing, kept_keys
):
    page.set_viewport_size(PHONE)
    register(page, demo)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.post_data or ""))
    go(page, demo, "/boveda/repuestos/")
    looks_right(page)
    tab_to(page, "Hacer una en papel")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lo que va a firmar")).to_be_visible()
    looks_right(page)
    sign(page)
    expect(page.get_by_role("link", name="Ya lo guardé")).to_be_visible()
    code = page.locator(".code").inner_text()
    looks_right(page)
    page.get_by_role("link", name="Ya lo guardé").click()
    page.get_by_role("button", name="Hacer una de este aparato").click()
    sign(page)
    expect(page.get_by_role("heading", name="De un aparato")).to_be_visible()
    looks_right(page)
    made = json.loads(next(parse_qs(one)["state"][0] for one in sent if "%22device%22" in one))
    assert not any("secret=" in one for one in sent)

    losing()
    go(page, demo, "/boveda/consultas/")
    expect(page.get_by_role("heading", name="Restaurar mi bóveda")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Restaurar con la llave de este aparato").click()
    expect(page.get_by_role("heading", name="Bóveda restaurada")).to_be_visible()
    looks_right(page)
    secret = next(parse_qs(one)["secret"][0] for one in sent if "secret=" in one)
    assert to_text(suites.public_half("x25519", to_bytes(secret))) == made["about"]["public"]

    losing()
    go(page, demo, "/boveda/")
    page.get_by_label("Los 28 signos de su papel").fill("0000-" * 6 + "0000")
    page.get_by_role("button", name="Restaurar", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("no abre su bóveda")
    page.get_by_label("Los 28 signos de su papel").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Restaurar", exact=True).click()
    expect(page.get_by_role("heading", name="Bóveda restaurada")).to_be_visible()
    page.goto(f"{demo}/boveda/consultas/")
    page.get_by_text("Lo que hizo usted").click()
    expect(page.get_by_text("Su bóveda se restauró con una llave de repuesto")).to_have_count(2)
    looks_right(page)


def test_a_device_without_prf_says_so_and_paper_stays(page: Page, demo: str):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.set_viewport_size(PHONE)
    register(page, demo)
    go(page, demo, "/boveda/repuestos/")
    page.get_by_role("button", name="Hacer una en papel").click()
    sign(page)
    page.get_by_role("link", name="Ya lo guardé").click()
    page.get_by_role("button", name="Hacer una de este aparato").click()
    expect(page.get_by_text("Este aparato no puede hacer llaves de repuesto")).to_be_visible()
    page.get_by_role("button", name="Hacer un código", exact=True).click()
    expect(page.locator(".code")).to_be_visible()
    looks_right(page)


def test_a_trusted_person_restores_it_from_their_own_page(
    page: Page, demo: str, authenticator, losing, kept_keys, browser: Browser
):
    page.set_viewport_size(PHONE)
    register(page, demo)
    context = browser.new_context()
    other = context.new_page()
    session = context.new_cdp_session(other)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    register(other, demo)
    go(other, demo, "/boveda/repuestos/")
    other.get_by_role("button", name="Hacer una en papel").click()
    sign(other)
    saved = other.locator(".code").inner_text()
    other.get_by_role("link", name="Ya lo guardé").click()
    other.get_by_role("button", name="Hacer un código", exact=True).click()
    go(page, demo, "/boveda/repuestos/")
    page.get_by_label("Código que le dio").fill(other.locator(".code").inner_text())
    page.get_by_role("button", name="Nombrar a esa persona").click()
    sign(page)
    expect(page.get_by_role("heading", name="De una persona de confianza").first).to_be_visible()

    losing()
    go(page, demo, "/boveda/")
    page.get_by_role("button", name="Pedir ayuda").click()
    expect(page.get_by_text("pedida el")).to_be_visible()
    looks_right(page)
    number = page.locator(".card .mono").inner_text()
    go(other, demo, "/boveda/")
    other.get_by_label("Los 28 signos de su papel").fill(saved)
    other.get_by_role("button", name="Restaurar", exact=True).click()
    other.get_by_role("link", name="Hacer otra").click()
    expect(other.get_by_text("compare el número")).to_be_visible()
    looks_right(other)
    other.get_by_role("button", name=f"Ayudar {number}").click()
    expect(other.get_by_text(f"la persona del número {number}")).to_be_visible()
    sign(other)
    expect(other.get_by_role("heading", name="Llaves de repuesto")).to_be_visible()
    page.goto(f"{demo}/boveda/repuestos/restaurar/")
    expect(page.get_by_text("no hace falta ninguna llave de repuesto")).to_be_visible()
    looks_right(page)
    context.close()
