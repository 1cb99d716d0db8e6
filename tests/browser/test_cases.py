"""A case in every state, as its person and the office see it: axe and nothing sideways at both sizes."""

import re
import shutil

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import enter_office
from tests.browser.test_pages import inspect, inspect_here
from tests.browser.test_procedures import as_official, fill
from tests.conftest import ROOT
from tests.samples.applications import file

pytestmark = pytest.mark.browser
OFFICE = "/oficina/demo/solicitud/"
SAMPLES = ROOT / "tests" / "samples" / "definitions"


def send(page: Page, demo: str, procedure: str, **other: str) -> str:
    """Filled in and sent; its folio."""
    fill(page, demo, procedure, **other)
    page.get_by_role("button", name="Enviar", exact=True).click()
    page.wait_for_url(re.compile(r"/tramite/SOL-"))
    return re.search(r"SOL-[0-9A-Z-]+", page.url)[0]  # type: ignore[index]


def opine(page: Page, demo: str, home, username: str, folio: str, device) -> None:
    as_official(page, demo, home, username, device)
    page.goto(f"{demo}{OFFICE}{folio}/")
    page.get_by_label("Favorable", exact=True).check()
    page.get_by_label("Por qué (la persona lo lee)").fill("Revisado y conforme.")
    page.get_by_role("button", name="Dar opinión").click()
    expect(page.get_by_text("Quedó registrado.")).to_be_visible()


def visit(page: Page) -> None:
    """The visit that is open here, made with a photo; stays on the page of the case."""
    page.get_by_role("link", name="Hacer la visita").click()
    for point in page.get_by_label("Bien", exact=True).all():
        point.check()
    name, kind, data = file("image")
    page.get_by_label("Tomar o elegir fotos").set_input_files(
        {"name": name, "mimeType": kind, "buffer": data}
    )
    page.get_by_label("Qué se vio (la persona lo lee)").fill("Extintores al día.")
    page.get_by_label("Cumple", exact=True).check()


def nothing(found: dict[str, list[object]]) -> None:
    assert {where: problems for where, problems in found.items() if problems} == {}


def test_a_correction_is_asked_completed_and_looked_at(page: Page, demo: str, home_folder, authenticator):
    folio = send(page, demo, "licencia-mediano-alto-riesgo")
    enter_office(page, demo, home_folder, "proteccion")
    page.goto(f"{demo}{OFFICE}{folio}/")
    page.get_by_text("Pedir que complete un dato").click()
    box = page.locator("input[name='dato'][value='aforo']")
    box.check()
    page.locator("#porque-aforo").fill("Diga cuántas personas caben con las mesas puestas.")
    found = {"asking": inspect_here(page)}
    page.get_by_role("button", name="Pedir", exact=True).click()
    expect(page.get_by_text("Quedó registrado.")).to_be_visible()
    found["office waits"] = inspect_here(page)
    found["asked"] = inspect(page, f"{demo}/tramite/{folio}/")
    found["comply"] = inspect(page, f"{demo}/tramite/{folio}/completar/")
    page.locator("main input[name='aforo']").fill("")
    page.get_by_role("button", name="Enviar lo que faltaba").click()
    found["comply again"] = inspect_here(page)
    page.goto(f"{demo}/tramite/{folio}/")
    page.get_by_role("button", name="Mis datos y quién los vio").click()
    found["data"] = inspect_here(page)
    nothing(found)


def test_visit_signature_payment_and_appeal(page: Page, demo: str, home_folder, authenticator):
    folio = send(page, demo, "licencia-mediano-alto-riesgo")
    for username in ("proteccion", "salud", "urbano"):
        opine(page, demo, home_folder, username, folio, authenticator)
    as_official(page, demo, home_folder, "proteccion", authenticator)
    found = {"to visit": inspect(page, f"{demo}{OFFICE}{folio}/")}
    visit(page)
    found["visit"] = inspect_here(page)
    page.get_by_role("button", name="Registrar la visita").click()
    as_official(page, demo, home_folder, "licencias", authenticator)
    found["to_sign"] = inspect(page, f"{demo}{OFFICE}{folio}/")
    found["list to sign"] = inspect(page, f"{demo}/oficina/demo/por-firmar/")
    page.goto(f"{demo}{OFFICE}{folio}/")
    page.get_by_label("Procede", exact=True).check()
    page.get_by_label("Motivos, uno por renglón").fill("Las dependencias opinaron a favor.")
    page.get_by_role("button", name="Revisar y firmar").click()
    found["signing"] = inspect_here(page)
    page.get_by_role("button", name="Firmar", exact=True).click()
    expect(page.get_by_text("Quedó registrado.")).to_be_visible()
    found["decided"] = inspect(page, f"{demo}/tramite/{folio}/")
    page.get_by_role("link", name="No estoy de acuerdo").click()
    found["appeal"] = inspect_here(page)
    page.get_by_label("Sus motivos").fill("Me cobran de más.")
    page.get_by_role("button", name="Presentar recurso").click()
    found["my appeal"] = inspect_here(page)
    found["appealed"] = inspect(page, f"{demo}{OFFICE}{folio}/")
    nothing(found)


def test_what_waits_for_its_payment_as_both_see_it(page: Page, demo: str, home_folder, authenticator):
    own = home_folder / "procedures" / "demo"
    own.mkdir(parents=True)
    ball = (SAMPLES / "permiso-baile.yaml").read_text().replace("before_submission", "before_review")
    (own / "permiso-baile.yaml").write_text(ball)
    folio = send(page, demo, "permiso-baile", personas="400")
    shutil.rmtree(own)
    found = {"to pay": inspect(page, f"{demo}/tramite/{folio}/")}
    enter_office(page, demo, home_folder, "proteccion")
    found["awaiting_payment"] = inspect(page, f"{demo}{OFFICE}{folio}/")
    nothing(found)


def test_a_visit_after_the_paper(page: Page, demo: str, home_folder, authenticator):
    folio = send(page, demo, "licencia-bajo-riesgo", aforo="40")
    page.get_by_role("link", name="Pagar", exact=True).click()
    page.get_by_role("button", name="Pagar con Tarjeta").click()
    page.locator("a[href*='banco-de-prueba']").first.click()
    page.get_by_role("button", name=re.compile("^Pagar")).first.click()
    page.wait_for_url(re.compile(r"/pagar/"))
    check = page.get_by_role("button", name="Comprobar mi pago ahora")
    if check.count():
        check.click()
    found = {"visit to come": inspect(page, f"{demo}/tramite/{folio}/")}
    expect(page.get_by_text("Su documento vale desde ahora")).to_be_visible()
    enter_office(page, demo, home_folder, "proteccion")
    found["to verify"] = inspect(page, f"{demo}{OFFICE}{folio}/")
    visit(page)
    page.get_by_role("button", name="Registrar la visita").click()
    expect(page.get_by_role("heading", name="Fotos de la visita")).to_be_visible()
    found["verified"] = inspect_here(page)
    found["visited"] = inspect(page, f"{demo}/tramite/{folio}/")
    nothing(found)


def test_the_books_with_a_bank_statement(page: Page, demo: str, home_folder, authenticator):
    enter_office(page, demo, home_folder, "tesoreria")
    found = {"books": inspect(page, f"{demo}/oficina/demo/conciliacion/")}
    statement = b"fecha,referencia,abono\n2026-03-02,SPEI TRANSFERENCIA DE PRUEBA,1250.00\n"
    page.get_by_text("Leer el estado de cuenta del banco").click()
    page.get_by_label("Archivo", exact=True).set_input_files(
        {"name": "marzo.csv", "mimeType": "text/csv", "buffer": statement}
    )
    page.get_by_text("Las columnas del CSV se llaman de otro modo").click()
    found["open"] = inspect_here(page)
    page.get_by_role("button", name="Leer el archivo").click()
    expect(page.get_by_text("Estado de cuenta leído")).to_be_visible()
    found["read"] = inspect_here(page)
    nothing(found)


def test_the_legal_sheet_and_the_folders_of_data(page: Page, demo: str):
    routes = (
        "/m/demo/tramite/licencia-bajo-riesgo/ficha/",
        "/m/demo/tramite/licencia-mediano-alto-riesgo/ficha/",
        "/m/demo/dependencias/",
    )
    nothing({route: inspect(page, demo + route) for route in routes})


def test_in_english_nothing_sticks_out_either(page: Page, demo: str):
    folio = send(page, demo, "licencia-mediano-alto-riesgo")
    page.get_by_role("button", name="English").click()
    routes = (
        f"/tramite/{folio}/", "/m/demo/", "/m/demo/familia/abrir-negocio/", "/m/demo/tramite/licencia-bajo-riesgo/",
        "/m/demo/tramite/licencia-bajo-riesgo/ficha/", "/m/demo/citas/empleo/",
    )  # fmt: skip
    found = {route: inspect(page, demo + route) for route in routes}
    page.goto(f"{demo}/m/demo/tramite/licencia-bajo-riesgo/")
    page.get_by_role("button", name="Start now").click()
    page.get_by_role("button", name="Continue").click()
    found["errors"] = inspect_here(page)
    nothing(found)
