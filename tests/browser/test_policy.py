"""Every page of every face, map included, loads without one violation of the content policy; an attack does not."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import READY, enter_office, first_sheet
from tests.browser.test_pages import OFFICE, PUBLIC

pytestmark = pytest.mark.browser
LISTEN = """addEventListener("securitypolicyviolation", (one) =>
  window.violated?.(`${one.effectiveDirective} ${one.blockedURI} ${one.sourceFile}:${one.lineNumber} ${one.sample}`));"""
CITIZEN = (
    "/cuenta/",
    "/cuenta/llaves/agregar/",
    "/cuenta/certificado/",
    "/cuenta/residencia/",
    "/cuenta/donde-avisar/",
)


@pytest.fixture
def violated(page: Page) -> list[str]:
    found: list[str] = []
    page.expose_function("violated", lambda told: found.append(f"{page.url}: {told}"))
    page.add_init_script(LISTEN)
    return found


def test_no_page_of_any_role_violates_the_policy(page: Page, demo: str, home_folder, authenticator, violated):
    sheet = first_sheet(page, demo)
    for route in PUBLIC:
        page.goto(demo + route.format(sheet=sheet))
    page.goto(f"{demo}/cuenta/registro/")
    page.get_by_role("button", name="Crear mi cuenta en este aparato").click()
    expect(page.get_by_role("heading", name="Su cuenta está lista")).to_be_visible()
    for route in CITIZEN:
        page.goto(demo + route)
    enter_office(page, demo, home_folder)
    for route in OFFICE:
        page.goto(demo + route)
    assert violated == []


def test_the_map_starts_its_worker_and_its_panel_under_trusted_types(page: Page, demo: str, violated):
    sheet = first_sheet(page, demo)
    page.goto(demo + sheet)
    page.wait_for_selector(READY, state="attached", timeout=30_000)
    page.get_by_role("link", name="negocio").first.click()
    expect(page.get_by_label("¿Qué negocio?")).to_be_visible()
    assert violated == []


ATTACKS = {
    "markup": "document.body.innerHTML = '<img src=x>'",
    "script address": "document.createElement('script').src = '/x.js'",
    "worker": "new Worker('/static/x.js')",
    "policy": "trustedTypes.createPolicy('mine', {})",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_untyped_markup_scripts_and_policies_are_refused(browser, demo: str, attack: str):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo}/ayuda/")
    refused = page.evaluate(
        f"() => {{ try {{ {ATTACKS[attack]}; return ''; }} catch (error) {{ return error.name; }} }}"
    )
    context.close()
    assert refused == "TypeError"


INJECTED = """async (nonce) => {
  const script = Object.assign(document.createElement("script"), { type: "module", nonce });
  const answered = new Promise((done) => { script.onload = () => done("ran"); script.onerror = () => done("refused"); });
  const mine = trustedTypes.createPolicy("alcaldia-panel", { createScriptURL: (url) => url });
  script.src = mine.createScriptURL("ADDRESS?again");
  document.head.append(script);
  return answered;
}"""


def test_a_file_of_our_own_does_not_run_without_the_nonce(browser, demo: str):
    """As where something wrote `<script src>` with an address of ours into a page."""
    context = browser.new_context()
    page = context.new_page()
    told = []
    for nonce in ("guessed", ""):
        page.goto(f"{demo}/cuenta/entrar/")
        ours = page.locator("script[nonce]").first
        attack = INJECTED.replace("ADDRESS", ours.get_attribute("src"))
        told.append(page.evaluate(attack, nonce or ours.evaluate("one => one.nonce")))
    context.close()
    assert told == ["refused", "ran"]
