"""An official in the browser: enters, loads zones, sees what would change, publishes, goes back."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import DESKTOP

pytestmark = pytest.mark.browser
WORK_MS = 60_000
# A square over the whole town: every parcel changes zone.
SQUARE = [[[-102.75, 20.70], [-102.45, 20.70], [-102.45, 20.90], [-102.75, 20.90], [-102.75, 20.70]]]


def zones_file(folder: Path) -> Path:
    one = {
        "type": "Feature",
        "properties": {"zona": "H1"},
        "geometry": {"type": "Polygon", "coordinates": SQUARE},
    }
    path = folder / "zonas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}))
    return path


def test_zones_are_loaded_previewed_published_and_taken_back(office: Page, tmp_path):
    page = office
    page.set_viewport_size(DESKTOP)
    page.get_by_role("link", name=re.compile("Datos: cargar")).click()
    page.get_by_label("¿Qué contiene?").select_option("zones")
    page.get_by_label("Archivo", exact=True).set_input_files(zones_file(tmp_path))
    page.get_by_role("button", name="Revisar el archivo").click()
    expect(page.get_by_role("heading", name="Qué cambiaría")).to_be_visible(timeout=WORK_MS)
    assert int(page.locator(".changes strong").first.inner_text()) > 0
    page.get_by_role("button", name="Publicar ahora").click()
    page.get_by_role("link", name="Ver lo publicado").click(timeout=WORK_MS)
    expect(page.locator("tbody").first.locator("tr")).to_have_count(2)
    page.get_by_role("button", name="Volver a la versión anterior").click()
    expect(page.locator("tbody").first.locator("tr")).to_have_count(3)
    expect(page.locator("tbody").first.locator("tr").first).to_contain_text("64")
