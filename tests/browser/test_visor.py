"""Click to ruling and search to PDF: by mouse, by keyboard, without JavaScript; axe on every page."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
READY = "#stage[data-ready]"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = {"phone": {"width": 360, "height": 640}, "desktop": {"width": 1366, "height": 768}}
ROUTES = ("/", "/ayuda/", "/accesibilidad/", "/privacidad/", "/verificar/", "/visor/demo/", "/visor/demo/?q=morelos",
          "/visor/demo/donde/", "/visor/demo/tema/land_value/", "/visor/demo/capas/", "{sheet}", "{sheet}negocio/",
          "{sheet}negocio/?giro=taqueria&m2=40", "{sheet}obra/", "{sheet}obra/?levels=9", "/no-existe/")  # fmt: skip


def open_map(page: Page, address: str) -> list[str]:
    """Opens a page of the visor with its map; returns the list that collects page errors."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto(address)
    page.wait_for_selector(READY, state="attached", timeout=30_000)
    return problems


def ask_and_issue(page: Page) -> None:
    page.get_by_label("¿Qué negocio?").fill("taquería")
    page.get_by_label("¿Cuántos metros").fill("30")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_be_visible()
    page.get_by_role("button", name="Obtener dictamen firmado").click()
    expect(page.get_by_role("heading", name="Su dictamen está listo")).to_be_visible(timeout=15_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar dictamen").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="Verificarlo").click()
    expect(page.get_by_text("Auténtico y vigente.")).to_be_visible()


def first_sheet(page: Page, demo: str) -> str:
    page.goto(f"{demo}/visor/demo/?q=calle+zaragoza")
    return page.locator("[data-results] a").first.get_attribute("href") or ""


def test_a_click_on_the_map_leads_to_a_signed_ruling_and_a_volume(page: Page, demo: str):
    page.set_viewport_size(SIZES["desktop"])
    problems = open_map(page, f"{demo}/visor/demo/")
    page.mouse.click(900, 395)
    page.wait_for_url(re.compile("/predio/"))
    page.get_by_role("button", name=re.compile("3D")).click()
    expect(page.get_by_role("button", name=re.compile("3D"))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Poner un negocio").click()
    ask_and_issue(page)
    assert not problems


def test_the_keyboard_alone_opens_the_parcel_at_the_centre(page: Page, demo: str):
    problems = open_map(page, f"{demo}/visor/demo/")
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Equal")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/predio/"))
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert not problems


def test_without_javascript_an_address_leads_to_a_signed_ruling(browser, demo: str):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(demo)
    page.get_by_role("searchbox").fill("calle zaragosa")
    page.get_by_role("button", name="Buscar").click()
    page.locator("[data-results] a").first.click()
    page.get_by_role("link", name="Poner un negocio").click()
    ask_and_issue(page)


@pytest.mark.parametrize("size", list(SIZES))
def test_axe_finds_nothing_on_any_page(page: Page, demo: str, size: str):
    page.set_viewport_size(SIZES[size])
    sheet = first_sheet(page, demo)
    found = {}
    for route in ROUTES:
        page.goto(demo + route.format(sheet=sheet))
        result = Axe().run(page, options={"runOnly": WCAG})
        assert result.response["passes"]
        found[route] = [(one["id"], one["nodes"][0]["html"][:160]) for one in result.response["violations"]]
    assert not {route: problems for route, problems in found.items() if problems}


@pytest.mark.parametrize(
    "size", [*SIZES.values(), {"width": 390, "height": 844}], ids=lambda s: str(s["width"])
)
def test_the_home_does_not_scroll(page: Page, demo: str, size):
    page.set_viewport_size(size)
    page.goto(demo)
    assert page.evaluate("document.documentElement.scrollHeight") <= size["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
