"""Pictures of the running demo for the README: .venv/bin/python docs/screenshots.py http://localhost:8000

Needs `./alcaldia demo` at that address, Chromium and pdftoppm (poppler-utils). Walks from the home page to a
sealed PDF, and from a procedure's first question to its case, as a person would; keeps eight pictures in
docs/images/, each refused above 200 kB.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
DESKTOP = {"width": 920, "height": 580}
PHONE = {"width": 360, "height": 640}
MOST_BYTES = 200_000
TOWN, BUSINESS = "demo", "taquería"
LICENCE = {
    "predio": "juarez 12", "giro": "tienda", "area": "40", "aforo": "10", "vende_alcohol": "no",
    "rfc": "XAXX010101000", "declara_seguridad": "si",
}  # fmt: skip
SCREENS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="for example http://localhost:8000")
    parser.add_argument("--parcel", default="Morelos 120", help="what to type in the search box")
    args = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as play:
        # Chromium refuses its sandbox to root; these pages are our own.
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        take(browser, args.address, args.parcel)
        browser.close()
    small_enough()


def take(browser: Browser, address: str, words: str) -> None:
    page = browser.new_page(viewport=DESKTOP, locale="es-MX")
    visit(page, address)
    keep(page, "home")
    visit(page, urljoin(address, f"/visor/{TOWN}/?q={words}"))
    page.locator("[data-results] a").first.click()
    settle(page)
    keep(page, "visor")
    sheet = page.url
    plain = browser.new_context(viewport=DESKTOP, locale="es-MX", java_script_enabled=False).new_page()
    visit(plain, sheet)
    keep(plain, "sheet")
    asked = f"{sheet.partition('?')[0].rstrip('/')}/negocio/?giro={BUSINESS}&m2=60"
    visit(page, asked)
    keep(page, "ruling")
    phone = browser.new_page(viewport=PHONE, locale="es-MX", device_scale_factor=1)
    visit(phone, asked)
    keep(phone, "phone")
    issue(plain, asked)
    apply(plain, address)


def apply(page: Page, address: str) -> None:
    """Answer a simple licence, picture its review, send it and picture its case."""
    visit(page, urljoin(address, f"/m/{TOWN}/tramite/licencia-bajo-riesgo/"))
    page.get_by_role("button", name="Empezar ahora").click()
    for _ in range(SCREENS):
        if "/paso/" not in page.url:
            break
        for name, value in LICENCE.items():
            answer(page, name, value)
        page.get_by_role("button", name="Continuar").click()
    settle(page)
    keep(page, "review")
    page.get_by_role("button", name="Enviar", exact=True).click()
    settle(page)
    keep(page, "case")


def answer(page: Page, name: str, value: str) -> None:
    found = page.locator(f"main [name='{name}']")
    if found.count() and found.first.get_attribute("type") == "radio":
        wanted = found.and_(page.locator(f"[value='{value}']"))
        (wanted if wanted.count() else found).first.check()
    elif found.count():
        found.fill(value)


def issue(page: Page, asked: str) -> None:
    """Ask for the sealed document without JavaScript and picture its first page."""
    visit(page, asked)
    page.locator("form[method=post] button").last.click()
    link = page.locator("a[href$='/pdf']").first.get_attribute("href") or ""
    data = page.request.get(urljoin(page.url, link)).body()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ruling.pdf"
        file.write_bytes(data)
        command = ["pdftoppm", "-png", "-singlefile", "-r", "72", file, IMAGES / "pdf"]
        subprocess.run(command, check=True)


def visit(page: Page, address: str) -> None:
    page.goto(address)
    settle(page)


def settle(page: Page) -> None:
    """Until the map has asked for its last tile."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)


def keep(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png")


def small_enough() -> None:
    for path in sorted(IMAGES.glob("*.png")):
        size = path.stat().st_size
        sys.stdout.write(f"{size / 1000:7.0f} kB  {path.name}\n")
        if size > MOST_BYTES:
            raise SystemExit(f"{path.name} is over {MOST_BYTES // 1000} kB: take a smaller window.")


if __name__ == "__main__":
    main()
