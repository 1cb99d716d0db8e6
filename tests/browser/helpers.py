"""Steps that several journeys share."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

READY = "#stage[data-ready]"
PHONE, DESKTOP = {"width": 360, "height": 640}, {"width": 1366, "height": 768}

# The style that a keyboard user sees on what has the focus; an outline or a shadow, drawn and not transparent.
FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const ring = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  return { tag: one.tagName, text: (one.innerText || one.getAttribute('aria-label') || one.id || '').trim(), ring,
           seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight };
}"""


def tab_to(page: Page, text: str, limit: int = 60) -> None:
    """Press Tab until what has the focus says `text`; every stop on the way must be seen to have it."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        assert found["ring"], f"no visible focus on {found}"
        assert found["seen"], f"focus outside the window on {found}"
        if text.lower() in found["text"].lower():
            return
    raise AssertionError(f"Tab never reached «{text}»")


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("button", name="Buscar").click()


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
    """Nothing sticks out sideways."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window, f"{page.url} is {wide} px wide in a window of {window}"


SHEET = re.compile(r"/predio/[^/]+/$")
