"""Who acts for a company: the counter records it, and every page on the way to the paper says for whom one acts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import enter_office
from tests.browser.test_cases import nothing
from tests.browser.test_pages import inspect, inspect_here
from tests.browser.test_people import register
from tests.browser.test_procedures import begin, fill

pytestmark = pytest.mark.browser
ACCOUNT = re.compile(r"\b[A-Z0-9]{20,24}\b")


def empower(page: Page, demo: str, home, representative: str, found: dict[str, list[object]]) -> None:
    """The counter opens the company's account and signs who acts for it."""
    enter_office(page, demo, home, "ventanilla")
    page.goto(f"{demo}/oficina/representaciones/nueva/")
    page.get_by_label("Cuenta de quien va a actuar").fill(representative)
    page.get_by_label("Una persona moral sin cuenta").check()
    page.get_by_label("En qué se funda").select_option("legal_representative")
    page.get_by_label("Para todo").check()
    page.get_by_label("Desde").fill("2026-01-01")
    page.get_by_label("Folio del documento").fill("ESC-77")
    found["form"] = inspect_here(page)
    page.get_by_role("button", name="Continuar").click()
    found["to sign"] = inspect_here(page)
    page.get_by_role("button", name="Firmar con mi llave").click()
    expect(page.get_by_role("heading", name="Quién actúa por quién")).to_be_visible()
    found["recorded"] = inspect_here(page)


def test_axe_finds_nothing_where_one_acts_for_another(page: Page, demo: str, home_folder, authenticator):
    found: dict[str, list[object]] = {}
    register(page, demo)
    page.goto(f"{demo}/cuenta/")
    empower(page, demo, home_folder, page.locator("code").first.inner_text(), found)
    found["account"] = inspect(page, f"{demo}/cuenta/")
    page.get_by_role("button", name=re.compile("^Actuar")).click()
    expect(page.get_by_text("Está actuando por otra persona.")).to_be_visible()
    found["acting"] = inspect_here(page)
    begin(page, demo, "licencia-bajo-riesgo")
    found["step"] = inspect_here(page)
    fill(page, demo, "licencia-bajo-riesgo")
    found["review"] = inspect_here(page)
    page.get_by_role("button", name="Enviar", exact=True).click()
    page.wait_for_url(re.compile(r"/tramite/SOL-"))
    found["case"] = inspect_here(page)
    nothing(found)
