"""A kiosk in a real browser: its key stays in it, a code gives a permit, and whoever comes next finds nothing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.helpers import DESKTOP, ROOT, fits
from tests.browser.test_pages import inspect_here
from tests.browser.test_people import register
from tests.browser.test_vault import official

pytestmark = pytest.mark.browser
CLABE = "032180000118359719"


def command(home: Path, *words: str) -> str:
    """`./alcaldia kiosk …` beside the demo that runs."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"ALCALDIA_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    given = [sys.executable, "-m", "alcaldia.project", "kiosk", *words]
    return subprocess.run(given, env=environment, capture_output=True, text=True, check=True).stdout


def machine(browser: Browser, demo: str, home: Path, name: str) -> Page:
    """A browser that has just become the kiosk of this name."""
    code = command(home, "add", "demo", name).rpartition("#")[2].strip()
    page = browser.new_context(viewport=DESKTOP).new_page()
    page.goto(f"{demo}/quiosco/#{code}")
    expect(page.get_by_label("Código del quiosco")).to_have_value(code)
    assert code not in page.url
    page.get_by_role("button", name="Registrar").click()
    expect(page.get_by_text(f"Este equipo es el quiosco «{name}»")).to_be_visible()
    page.get_by_role("button", name="Comenzar").click()
    expect(page.get_by_role("heading", name="Dar un permiso con su código")).to_be_visible()
    return page


def open_vault(page: Page, demo: str, address: str) -> None:
    page.goto(demo + address)
    if "/abrir/" in page.url:
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(re.compile("/boveda/"))
        page.goto(demo + address)


def code_of_somebody(page: Page, demo: str) -> str:
    """Of a new person, who has written a bank account into their vault."""
    register(page, demo)
    open_vault(page, demo, "/boveda/datos/accounts/")
    page.get_by_label("CLABE").fill(CLABE)
    page.get_by_role("button", name="Guardar").click()
    return another_code(page, demo)


def another_code(page: Page, demo: str) -> str:
    open_vault(page, demo, "/boveda/ventanilla/")
    page.get_by_role("button", name="Hacer un código").click()
    return page.locator(".code").inner_text()


def choose(kiosk: Page, code: str, case: str) -> None:
    kiosk.get_by_label("Su código").fill(code)
    kiosk.get_by_role("button", name="Seguir").click()
    kiosk.get_by_label("¿De qué expediente?").fill(case)
    kiosk.get_by_label("¿Qué oficina se lo pidió?").select_option("demo/tesoreria")
    kiosk.get_by_label("Depositarle un apoyo").check()
    kiosk.get_by_label("CLABE").check()


def sees(desk: Page, demo: str, case: str) -> bool:
    desk.goto(f"{demo}/oficina/datos/")
    desk.get_by_label("Folio del expediente").fill(case)
    desk.get_by_role("button", name="Buscar permisos").click()
    if not desk.get_by_role("button", name="Ver ahora").count():
        return False
    expect(desk.get_by_text("Asistido en quiosco Plaza 1")).to_be_visible()
    desk.get_by_label("CLABE").check()
    desk.get_by_role("button", name="Ver ahora").click()
    return CLABE in desk.locator("main").inner_text()


def test_a_code_gives_a_permit_that_its_person_reads_and_voids_by_the_receipt(
    page: Page, browser: Browser, demo: str, home_folder, authenticator
):
    code, kiosk = code_of_somebody(page, demo), machine(browser, demo, home_folder, "Plaza 1")
    before, found = kiosk.evaluate("history.length"), {}
    found["start"] = inspect_here(kiosk)
    choose(kiosk, code, "EXP-K1")
    found["choose"] = inspect_here(kiosk)
    kiosk.get_by_role("button", name="Revisar").click()
    expect(kiosk.get_by_role("heading", name="Lea antes de dar el permiso")).to_be_visible()
    found["sign"] = inspect_here(kiosk)
    kiosk.get_by_role("button", name="Dar el permiso").click()
    expect(kiosk.get_by_role("heading", name="Recibo del permiso")).to_be_visible()
    found["receipt"] = inspect_here(kiosk)
    assert {name: told for name, told in found.items() if told} == {}
    void = kiosk.locator(".code").inner_text()
    desk = official(browser, demo, home_folder)
    assert sees(desk, demo, "EXP-K1")
    page.goto(f"{demo}/boveda/consultas/")
    expect(page.get_by_text("Asistido en quiosco Plaza 1").first).to_be_visible()
    kiosk.get_by_role("button", name="Terminar y borrar").click()
    expect(kiosk.get_by_role("heading", name="Dar un permiso con su código")).to_be_visible()
    assert kiosk.evaluate("history.length") == before
    _nothing_stays(kiosk, void, code)
    kiosk.goto(f"{demo}/boveda/anular/")
    kiosk.get_by_label("Código del recibo").fill(void)
    kiosk.get_by_role("button", name="Anular").click()
    expect(kiosk.get_by_text("El permiso quedó anulado")).to_be_visible()
    assert not sees(desk, demo, "EXP-K1")


def _nothing_stays(kiosk: Page, *words: str) -> None:
    """Neither on the page, nor one step back or forward, nor in what the browser keeps."""
    for step in (kiosk.go_back, kiosk.go_forward):
        step()
        kiosk.wait_for_load_state()
        shown = kiosk.content()
        assert not [word for word in (*words, CLABE, "EXP-K1") if word in shown]
        assert not kiosk.locator("input").evaluate_all(
            "all => all.filter((one) => one.type !== 'hidden' && one.value).length"
        )
    assert kiosk.evaluate("localStorage.length + sessionStorage.length") == 0
    assert {one["name"] for one in kiosk.context.cookies()} <= {"csrf"}


def test_after_a_minute_without_a_touch_nothing_stays_and_the_code_still_serves(
    page: Page, browser: Browser, demo: str, home_folder, authenticator
):
    code, kiosk = code_of_somebody(page, demo), machine(browser, demo, home_folder, "Plaza 2")
    kiosk.clock.install()
    kiosk.reload()
    choose(kiosk, code, "EXP-K2")
    kiosk.clock.run_for(45_000)
    expect(kiosk.get_by_text("¿Sigue ahí?")).to_be_visible()
    fits(kiosk)
    kiosk.mouse.click(5, 5)
    expect(kiosk.get_by_text("¿Sigue ahí?")).to_be_hidden()
    kiosk.clock.run_for(50_000)
    expect(kiosk.get_by_label("¿De qué expediente?")).to_have_value("EXP-K2")
    kiosk.clock.run_for(12_000)
    expect(kiosk.get_by_role("heading", name="Dar un permiso con su código")).to_be_visible()
    _nothing_stays(kiosk, code, "EXP-K2")
    choose(kiosk, code, "EXP-K2")


def test_the_key_is_of_this_browser_alone_and_ends_with_the_kiosk(
    page: Page, browser: Browser, demo: str, home_folder, authenticator
):
    code, kiosk = code_of_somebody(page, demo), machine(browser, demo, home_folder, "Plaza 3")
    read = """() => new Promise((done) => { const opening = indexedDB.open("alcaldia-quiosco");
      opening.onsuccess = () => { const asked = opening.result.transaction("llave").objectStore("llave").get("mia");
        asked.onsuccess = () => crypto.subtle.exportKey("pkcs8", asked.result.key).then(() => done("read"), (no) => done(no.name)); }; })"""
    assert kiosk.evaluate(read) == "InvalidAccessError"
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(f"{demo}/quiosco/")
    expect(elsewhere.get_by_role("heading", name="Este equipo no es un quiosco")).to_be_visible()
    command(home_folder, "revoke", "demo", "Plaza 3")
    kiosk.get_by_label("Su código").fill(code)
    kiosk.get_by_role("button", name="Seguir").click()
    expect(kiosk.get_by_text("se dio de baja")).to_be_visible()
    fits(kiosk)


def test_without_scripts_the_page_sends_to_the_counter(browser: Browser, demo: str):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{demo}/quiosco/")
    expect(page.get_by_role("heading", name="Aquí no se puede dar el permiso")).to_be_visible()
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
