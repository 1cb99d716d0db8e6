"""Steps that several journeys share."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
READY = "#stage[data-ready]"
PHONE, DESKTOP = {"width": 360, "height": 640}, {"width": 1366, "height": 768}

FOCUS = (Path(__file__).parent / "focus.js").read_text()
"""What a keyboard user meets where the focus is: a ring that is drawn and stands out, in the window, in the order of the page."""


def stop(page: Page, key: str = "Tab") -> dict[str, Any]:
    """Press a key and say what has the focus now; it must be seen there, and Tab must come to it in order."""
    page.keyboard.press(key)
    found = page.evaluate(FOCUS)
    where = f"on {found} of {page.url}"
    assert found["ring"], f"no visible focus {where}"
    assert found["seen"], f"focus outside the window or covered {where}"
    assert key != "Tab" or found["ordered"], f"focus out of order {where}"
    assert key != "Tab" or not found["jumped"], f"focus jumped over something {where}"
    return found


def tab_to(page: Page, text: str, limit: int = 60) -> None:
    """Press Tab until what has the focus says `text`; every stop on the way must be seen to have it."""
    for _ in range(limit):
        if text.lower() in stop(page)["text"].lower():
            return
    raise AssertionError(f"Tab never reached «{text}»")


def press_enter(page: Page, part_of_address: str) -> None:
    """Enter on what has the focus, until the page of that address is there."""
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape(part_of_address)))


def search(page: Page, words: str) -> None:
    """A place, from the home: its box answers with procedures first and leads on to the map's own search."""
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("button", name="Buscar").click()
    page.get_by_role("link", name="como dirección o predio en el mapa").click()


def first_sheet(page: Page, demo: str) -> str:
    """Address, without host, of a parcel in the centre."""
    page.goto(f"{demo}/visor/demo/?q=calle+zaragoza")
    return page.locator("[data-results] a").first.get_attribute("href") or ""


def issue(page: Page) -> Path:
    """From an answer to its signed PDF and its public verification; returns the file."""
    page.get_by_role("button", name="Obtener dictamen firmado").click()
    expect(page.get_by_role("heading", name="Su dictamen está listo")).to_be_visible(timeout=15_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar dictamen").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="Verificarlo").click()
    expect(page.get_by_text("Auténtico y vigente.")).to_be_visible()
    return download.value.path()


def ask_business(page: Page, words: str, area: str) -> None:
    page.get_by_label("¿Qué negocio?").fill(words)
    page.get_by_label("¿Cuántos metros").fill(area)
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_be_visible()


def fits(page: Page) -> None:
    """Nothing sticks out sideways, once the page has its styles: a click returns before the next page does."""
    page.wait_for_load_state()
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window, f"{page.url} is {wide} px wide in a window of {window}"


SHEET = re.compile(r"/predio/[^/]+/$")


FRESH_LINK = """
import sys
from alcaldia.project import django_setup
django_setup.start()
from alcaldia.identity import actions, offices
from alcaldia.identity.models import Official
who = Official.objects.get(username=sys.argv[1])
offices.lose_keys(official=who, by="test", channel="cli")
print(actions.invite(owner=who, lasting=True))
"""


def invitation(home: Path, username: str) -> str:
    """A fresh one-use code for an official of the demo, whose keys of earlier journeys are lost with their browsers."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"ALCALDIA_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", FRESH_LINK, username]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def enter_office(page: Page, demo: str, home: Path, username: str = "planeacion") -> None:
    """Needs the `authenticator` fixture: registers its key by invitation, which also enters."""
    page.goto(f"{demo}/oficina/invitacion/{invitation(home, username)}")
    page.get_by_role("button", name="Registrar mi llave y entrar").click()
    expect(page.get_by_role("heading", name="Oficina", exact=True)).to_be_visible()
