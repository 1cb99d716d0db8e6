"""What the stranger of issue 2 does: click to ruling, search to PDF; by mouse, by keyboard, without JavaScript, by phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import (
    DESKTOP,
    PHONE,
    READY,
    SHEET,
    ask_business,
    first_sheet,
    fits,
    issue,
    press_enter,
    search,
    tab_to,
)

pytestmark = pytest.mark.browser
MAP_MS = 30_000


def test_a_click_on_the_map_leads_to_a_signed_ruling_and_a_volume(page: Page, demo: str):
    page.set_viewport_size(DESKTOP)
    page.goto(f"{demo}/visor/demo/")
    page.wait_for_selector(READY, state="attached", timeout=MAP_MS)
    page.mouse.click(900, 395)
    page.wait_for_url(SHEET)
    page.get_by_role("button", name=re.compile("3D")).click()
    expect(page.get_by_role("button", name=re.compile("3D"))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Poner un negocio").click()
    ask_business(page, "taquería", "30")
    issue(page)


def test_a_misspelt_address_leads_to_the_reasons_against_three_levels_and_their_pdf(page: Page, demo: str):
    page.set_viewport_size(DESKTOP)
    page.goto(demo)
    search(page, "caye zaragosa")
    page.locator("[data-results] a").first.click()
    page.get_by_role("link", name="Construir").click()
    page.get_by_label("Niveles").fill("3")
    page.get_by_label("Desplante").fill("60,5")
    page.get_by_role("button", name="¿Se puede?").click()
    expect(page.locator(".verdict")).to_be_visible()
    assert page.locator("table.lines tbody tr").count() >= 5
    expect(page.locator("table.lines")).to_contain_text("Niveles")
    expect(page.locator("table.lines")).to_contain_text(re.compile("art", re.IGNORECASE))
    issue(page)


def test_the_keyboard_alone_goes_from_the_home_to_a_verified_ruling(page: Page, demo: str):
    page.set_viewport_size(DESKTOP)
    page.goto(demo)
    tab_to(page, "Saltar al contenido", limit=1)
    page.keyboard.press("Enter")
    tab_to(page, "q", limit=2)
    page.keyboard.type("calle zaragoza")
    press_enter(page, "/buscar/")
    tab_to(page, "como dirección o predio en el mapa")
    press_enter(page, "/visor/demo/?q=calle")
    tab_to(page, "Calle Zaragoza 187")
    press_enter(page, "/predio/")
    tab_to(page, "Poner un negocio")
    press_enter(page, "/negocio/")
    tab_to(page, "id_giro")
    page.keyboard.type("taquería")
    press_enter(page, "giro=taque")
    tab_to(page, "Obtener dictamen firmado")
    press_enter(page, "/dictamen/")
    tab_to(page, "Verificarlo")
    press_enter(page, "/verificar/")
    expect(page.get_by_text("Auténtico y vigente.")).to_be_visible()


def test_the_keyboard_opens_the_parcel_at_the_centre_of_the_map(page: Page, demo: str):
    page.goto(f"{demo}/visor/demo/")
    page.wait_for_selector(READY, state="attached", timeout=MAP_MS)
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Equal")
    page.keyboard.press("Enter")
    page.wait_for_url(SHEET)
    assert page.evaluate("document.activeElement.tagName") == "H1"


def test_without_javascript_an_address_leads_to_a_signed_ruling(browser, demo: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(demo)
    search(page, "calle zaragosa")
    page.locator("[data-results] a").first.click()
    page.get_by_role("link", name="Poner un negocio").click()
    ask_business(page, "taquería", "30")
    issue(page)
    context.close()


def test_the_inverse_question_is_answered_by_list_and_by_map(page: Page, demo: str):
    page.set_viewport_size(DESKTOP)
    page.goto(demo)
    page.get_by_role("link", name="¿Dónde puedo abrir mi negocio?").click()
    page.wait_for_selector(READY, state="attached", timeout=MAP_MS)
    page.get_by_label("¿Qué negocio?").fill("taquería")
    with page.expect_response("**/donde.json?*") as coloured:
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("¿Dónde se permite")
    rows = page.locator("table tbody tr")
    expect(rows).to_have_count(18)
    assert len(coloured.value.json()["permitted"]) > 100
    rows.locator("a").first.click()
    expect(page.locator("[data-results] a").first).to_be_visible()


def test_a_layer_of_the_panel_is_drawn_and_a_theme_has_its_table(page: Page, demo: str):
    page.set_viewport_size(DESKTOP)
    page.goto(f"{demo}/visor/demo/")
    page.wait_for_selector(READY, state="attached", timeout=MAP_MS)
    page.get_by_text("Capas", exact=True).click()
    with page.expect_request(re.compile("/tiles/demo/inundacion/")):
        page.locator("[data-layer=inundacion]").check()
    page.get_by_role("link", name="Ver las zonas, los usos").click()
    page.get_by_role("link", name="Valor del suelo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Valor del suelo")
    counts = page.locator("table tbody td.num").all_inner_texts()
    assert sum(int(re.sub(r"\D", "", text)) for text in counts) == 8677


def test_on_a_phone_nothing_sticks_out_from_the_home_to_the_pdf(page: Page, demo: str):
    page.set_viewport_size(PHONE)
    page.goto(demo)
    fits(page)
    search(page, "zaragoza 187")
    fits(page)
    if not SHEET.search(page.url):
        page.locator("[data-results] a").first.click()
    page.wait_for_url(SHEET)
    fits(page)
    page.get_by_role("link", name="Poner un negocio").click()
    ask_business(page, "taqueria", "30")
    fits(page)
    issue(page)
    fits(page)


def test_one_language_is_kept_until_the_other_is_chosen(page: Page, demo: str):
    page.goto(demo + first_sheet(page, demo))
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Open a business")).to_be_visible()
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("link", name="Poner un negocio")).to_be_visible()
