"""Every page of every face: accessible at two sizes, light, and the home without scrolling."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.helpers import DESKTOP, PHONE, READY, enter_office, first_sheet, fits

pytestmark = pytest.mark.browser
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = {"phone": PHONE, "desktop": DESKTOP}
PUBLIC = (
    "/", "/m/demo/", "/ayuda/", "/accesibilidad/", "/privacidad/", "/api/", "/verificar/", "/verificar/?folio=hola",
    "/verificar/DUS-2026-7K3M-9QXF-04TC", "/bitacora/", "/bitacora/testigos/", "/bitacora/verificador/", "/visor/demo/?q=morelos", "/visor/demo/?q=zzzz", "/visor/demo/donde/",
    "/visor/demo/donde/?giro=taqueria", "/visor/demo/donde/?giro=tzzq", "/visor/demo/tema/zone/", "/visor/demo/tema/land_value/",
    "/visor/demo/capas/", "{sheet}", "{sheet}negocio/", "{sheet}negocio/?giro=taqueria&m2=40", "{sheet}negocio/?giro=zzzq&m2=x",
    "{sheet}obra/", "{sheet}obra/?levels=9", "{sheet}obra/?levels=x", "/visor/demo/?colonia=Centro", "/no-existe/", "/oficina/entrar/",
    "/m/demo/citas/", "/m/demo/citas/empleo/", "/m/demo/calendario/", "/m/demo/contacto/", "/m/demo/dependencias/", "/m/demo/familia/construir/", "/buzon/", "/cuenta/entrar/", "/cuenta/registro/", "/cuenta/recuperar/", "/cuenta/recibo/", "/oficina/invitacion/NADA", "/quiosco/", "/quiosco/registro/",
)  # fmt: skip
HEAD = ("/oficina/demo/citas/", "/oficina/demo/citas/nueva/", "/oficina/demo/citas/empleo/", "/oficina/demo/carga/",
        "/oficina/demo/bandeja/", "/oficina/demo/por-firmar/")  # fmt: skip
OFFICE = ("/oficina/", "/oficina/demo/datos/", "/oficina/demo/datos/1/", "/oficina/demo/datos/5/",
          "/oficina/demo/equivalencias/", "/oficina/demo/revisiones/", "/oficina/demo/avisos/", "/oficina/nada/datos/",
          "/oficina/mi-cuenta/", "/oficina/mi-cuenta/llaves/agregar/")  # fmt: skip


def violations(page: Page) -> list[tuple[str, str]]:
    result = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
    assert result.response["passes"]
    return [(one["id"], one["nodes"][0]["html"][:160]) for one in result.response["violations"]]


def inspect(page: Page, address: str) -> list[object]:
    """What axe finds on a page at both sizes; fails at once where something sticks out sideways."""
    page.goto(address)
    return inspect_here(page)


def inspect_here(page: Page) -> list[object]:
    """The same of the page that stands there, which a new visit would not show."""
    found: list[object] = []
    for size in SIZES.values():
        page.set_viewport_size(size)
        fits(page)
        found += violations(page)
    return found


def test_axe_finds_nothing_on_any_page(page: Page, demo: str, home_folder, authenticator):
    # The map itself is inspected by the next test; drawing it forty times would only cost minutes.
    page.route("**/maplibre-gl*.mjs", lambda route: route.abort())
    sheet = first_sheet(page, demo)
    found = {route: inspect(page, demo + route.format(sheet=sheet)) for route in PUBLIC}
    page.goto(f"{demo}{sheet}negocio/?giro=taqueria&m2=30")
    page.get_by_role("button", name="Obtener dictamen firmado").click()
    page.wait_for_url("**/dictamen/*/")
    found["issued"] = inspect(page, page.url)
    found["folio"] = inspect(page, f"{demo}/verificar/{page.url.rstrip('/').rsplit('/', 1)[1]}")
    enter_office(page, demo, home_folder)
    found |= {route: inspect(page, demo + route) for route in OFFICE}
    assert not {route: problems for route, problems in found.items() if problems}


def test_axe_finds_nothing_on_the_pages_of_who_heads_an_agency(
    page: Page, demo: str, home_folder, authenticator
):
    enter_office(page, demo, home_folder, "urbano")
    found = {route: inspect(page, demo + route) for route in HEAD}
    page.goto(f"{demo}/oficina/demo/citas/nueva/")
    for name, text in (("name", "Obras"), ("minutes", "20"), ("capacity", "2"), ("day_0", "09:00-14:00")):
        page.fill(f"[name={name}]", text)
    page.get_by_role("button", name="Guardar").click()
    found["edit"] = inspect(page, page.url)
    assert not {route: problems for route, problems in found.items() if problems}


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_on_the_map_and_its_tools(page: Page, demo: str, size: str):
    page.set_viewport_size(SIZES[size])
    page.goto(f"{demo}/visor/demo/")
    page.wait_for_selector(READY, state="attached", timeout=30_000)
    for tool in page.locator("details.tool summary").all():
        tool.click()
    assert not violations(page)


SCREENS = [(360, 640), (390, 844), (1366, 768)]


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_the_home_does_not_scroll(page: Page, demo: str, width: int, height: int):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(demo)
    assert page.evaluate("document.documentElement.scrollHeight") <= height
    fits(page)


# address, requests at most (tiles aside), kilobytes at most as they travel
WEIGHTS = [("/", 8, 45), ("/visor/demo/", 14, 550)]


@pytest.mark.parametrize(("address", "requests", "kilobytes"), WEIGHTS)
def test_a_first_visit_is_light(browser, demo: str, address: str, requests: int, kilobytes: int):
    context = browser.new_context(viewport=PHONE)
    page, seen = context.new_page(), []
    page.on("requestfinished", lambda one: seen.append(one) if "/tiles/" not in one.url else None)
    page.goto(demo + address)
    page.wait_for_load_state("networkidle")
    weight = sum(one.sizes()["responseBodySize"] for one in seen)
    context.close()
    assert len(seen) <= requests, [one.url for one in seen]
    assert weight <= kilobytes * 1000
