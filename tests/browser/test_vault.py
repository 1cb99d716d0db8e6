"""The vault in a real browser: activate, open, certify with one touch, permit, be looked at, read who it was."""

import json
import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.helpers import PHONE, enter_office, fits
from tests.browser.test_pages import inspect

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def citizen(page: Page, demo: str, home_folder, authenticator):
    """The demo's citizen with the vault open: two parcels, one of them in debt."""
    code = json.loads((home_folder / "keys" / "demo_links").read_text())["ciudadana"]
    page.set_viewport_size(PHONE)
    page.goto(f"{demo}/cuenta/activar/{code}/")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(re.compile("/cuenta/$"))
    page.goto(f"{demo}/boveda/")
    expect(page.get_by_role("heading", name="Lo que la ciudad tiene de usted")).to_be_visible()
    return page


def certify(page: Page, demo: str, number: int) -> None:
    page.goto(f"{demo}/tramites/no-adeudo/?m=demo")
    page.locator("input[name=parcel]").nth(number).check()
    page.get_by_role("button", name="Seguir").click()
    expect(page.get_by_text("Que usted es titular de este predio")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Firmar y recibir mi certificado").click()
    expect(page.locator("h1")).not_to_have_text("Lo que va a firmar", timeout=15_000)


def official(browser: Browser, demo: str, home) -> Page:
    """The treasury, in a browser of its own with its own device."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    enter_office(page, demo, home, "tesoreria")
    page.goto(f"{demo}/oficina/datos/")
    expect(page.get_by_role("heading", name="Datos de un expediente")).to_be_visible()
    return page


def permit(page: Page, demo: str) -> None:
    page.goto(f"{demo}/boveda/permisos/nuevo/")
    page.get_by_label("¿A qué oficina?").select_option("demo/tesoreria")
    page.get_by_label("¿Para qué expediente?").fill("EXP-2026-1")
    page.get_by_label("¿Para qué?", exact=True).select_option(label="Aclarar un adeudo o un pago")
    page.get_by_label("Nombre completo").check()
    page.get_by_role("button", name="Revisar antes de firmar").click()
    page.get_by_role("button", name="Firmar con mi llave de acceso").click()
    expect(page.get_by_role("heading", name="A quién le di permiso")).to_be_visible()


def test_a_citizen_certifies_permits_and_reads_within_two_seconds_who_looked(
    citizen: Page, demo: str, home_folder, browser: Browser
):
    page = citizen
    answers = []
    for number in (0, 1):
        certify(page, demo, number)
        answers.append(page.locator("h1").inner_text())
    assert sorted(answers) == ["Hay un adeudo", "Su certificado está listo"]
    permit(page, demo)
    page.goto(f"{demo}/boveda/consultas/")
    expect(page.get_by_text("Comprobó sin ver").first).to_be_visible()
    desk = official(browser, demo, home_folder)
    desk.get_by_label("Folio del expediente").fill("EXP-2026-1")
    desk.get_by_role("button", name="Buscar permisos").click()
    desk.get_by_label("Nombre completo").check()
    desk.get_by_role("button", name="Ver ahora").click()
    expect(desk.get_by_text("Quedó anotado a su nombre")).to_be_visible()
    seen = time.monotonic()
    expect(page.get_by_text("Vio sus datos").first).to_be_visible(timeout=5_000)
    assert time.monotonic() - seen < 2
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar la prueba").first.click()
    assert json.loads(download.value.path().read_bytes())["event"]["kind"] == "shown"
    _take_back(page, desk, demo)
    _pages_are_accessible(page, demo)
    _erase(page, demo)


def _take_back(page: Page, desk: Page, demo: str) -> None:
    page.goto(f"{demo}/boveda/permisos/")
    page.get_by_role("button", name="Retirar este permiso").first.click()
    page.wait_for_load_state()
    done = time.monotonic()
    desk.goto(f"{demo}/oficina/datos/")
    desk.get_by_label("Folio del expediente").fill("EXP-2026-1")
    desk.get_by_role("button", name="Buscar permisos").click()
    expect(desk.get_by_text("Ya no abre nada.")).to_be_visible()
    assert time.monotonic() - done < 5
    assert inspect(desk, f"{demo}/oficina/datos/cuenta/") == []


def _erase(page: Page, demo: str) -> None:
    page.goto(f"{demo}/boveda/borrar/")
    page.get_by_label("Escriba BORRAR para confirmar").fill("BORRAR")
    page.get_by_role("button", name="Borrar para siempre").click()
    expect(page.get_by_role("heading", name="Su bóveda ya no existe")).to_be_visible()


def _pages_are_accessible(page: Page, demo: str) -> None:
    addresses = ("/boveda/", "/boveda/permisos/", "/boveda/permisos/nuevo/", "/boveda/consultas/", "/boveda/borrar/",
                 "/boveda/consultas/menciones/", "/boveda/consultas/resumenes/", "/boveda/sellado/",
                 "/boveda/datos/contact/", "/tramites/no-adeudo/?m=demo", "/seguridad/")  # fmt: skip
    found = {address: inspect(page, demo + address) for address in addresses}
    assert {address: one for address, one in found.items() if one} == {}
