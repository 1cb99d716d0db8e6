"""Every procedure of the first day, by keyboard, without JavaScript, on a phone; axe on its pages; an agency's morning."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import DESKTOP, PHONE, enter_office, stop, tab_to
from tests.browser.keyboard import answer, enter, follow, go_round
from tests.browser.offices import decided
from tests.browser.test_pages import inspect, inspect_here, violations
from tests.samples.applications import ANSWERS, file

pytestmark = pytest.mark.browser
SCREENS = 12
WAITING = frozenset({
    "correccion-acta", "inconformidad-multa", "licencia-construccion-no-habitacional", "licencia-mediano-alto-riesgo",
    "reporte-ciudadano", "terminacion-obra",
})  # fmt: skip
"""Where people must look at what the samples ask; all others are in hand at once, paid where they cost something."""
WITHOUT_PAPER = frozenset({"reporte-ciudadano"})
"""Where the thing itself is what was asked for."""
DENIED = frozenset({"pago-agua", "pago-predial"})
"""Samples that the rule denies: accounts that owe nothing have nothing to pay."""


@pytest.fixture
def phone(browser):
    """A cheap phone whose browser runs no script."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    yield context.new_page()
    context.close()


def begin(page: Page, demo: str, procedure: str) -> None:
    page.goto(f"{demo}/m/demo/tramite/{procedure}/")
    follow(page, "Empezar ahora")


def fill(page: Page, demo: str, procedure: str, **other: str) -> None:
    """From the card to the review, by keyboard; `other` answers stand in the place of the sample's."""
    begin(page, demo, procedure)
    for _ in range(SCREENS):
        if "/paso/" not in page.url:
            break
        answer(page, {**ANSWERS.get(procedure, {}), **other})
    expect(page.get_by_role("heading", name="Revise y envíe")).to_be_visible()


@pytest.mark.parametrize("procedure", ANSWERS)
def test_every_procedure_is_completed_by_keyboard_without_javascript(
    phone: Page, demo: str, home_folder, procedure: str
):
    fill(phone, demo, procedure)
    answer(phone, {}, button="Enviar")
    expect(phone.get_by_text("Se recibió. Guarde su folio.")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    pay_if_asked(phone)
    waits = phone.get_by_text("La tiene", exact=True).count() > 0
    assert waits == (procedure in WAITING)
    if waits:
        decided(home_folder, folio_of(phone))
        phone.goto(f"{demo}/tramite/{folio_of(phone)}/")
        pay_if_asked(phone)
    if procedure in WITHOUT_PAPER:
        expect(phone.get_by_text("Terminada", exact=True)).to_be_visible()
    else:
        assert download(phone, "Descargar").startswith(b"%PDF")
    assert phone.locator(".verdict.bad").count() == (procedure in DENIED)


def folio_of(page: Page) -> str:
    return re.search(r"/tramite/(SOL-[0-9A-Z-]+)", page.url)[1]  # type: ignore[index]


def pay_if_asked(page: Page) -> None:
    if page.get_by_role("link", name="Pagar", exact=True).count():
        pay(page)


def pay(page: Page) -> None:
    """By card at the simulated bank, and back."""
    for text in ("Pagar", "Pagar con Tarjeta", "Continuar al pago", "Pagar $"):
        follow(page, text)
        go_round(page)
    while page.get_by_role("button", name="Comprobar mi pago ahora").count():
        follow(page, "Comprobar mi pago ahora")
    follow(page, "Volver a mi trámite")


def download(page: Page, name: str) -> bytes:
    """The file that the first link or button whose name begins so gives."""
    tab_to(page, name)
    with page.expect_download() as paper:
        page.keyboard.press("Enter")
    return paper.value.path().read_bytes()


@pytest.mark.parametrize("procedure", ANSWERS)
def test_axe_finds_nothing_on_any_screen_of_a_procedure(page: Page, demo: str, procedure: str):
    begin(page, demo, procedure)
    found: list[object] = []
    for _ in range(SCREENS):
        found += violations(page)
        if "/paso/" not in page.url:
            break
        answer(page, ANSWERS[procedure])
    answer(page, {}, button="Enviar")
    found += violations(page)
    assert (found, bool(re.search(r"/tramite/SOL-", page.url))) == ([], True)


def test_tab_goes_round_every_page_of_a_procedure_and_lets_go(phone: Page, demo: str):
    for address in ("", "buscar/?q=tienda", "tramite/correccion-acta/"):
        phone.goto(f"{demo}/m/demo/{address}")
        at_both_sizes(phone)
    follow(phone, "Empezar ahora", "Continuar")
    at_both_sizes(phone)
    tab_to(phone, "¿Qué clase de error es?")
    phone.keyboard.press("Enter")
    assert stop(phone)["name"] == "tipo_error"
    fill(phone, demo, "pago-agua")
    at_both_sizes(phone)
    follow(phone, "Enviar")
    at_both_sizes(phone)


def at_both_sizes(page: Page) -> None:
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        go_round(page)


def test_enter_in_a_field_goes_on_and_takes_no_row_away(phone: Page, demo: str):
    begin(phone, demo, "constancia-residencia")
    answer(phone, ANSWERS["constancia-residencia"])
    for name, words in (("nombre", "Ana Pérez Luna"), ("telefono", "3781234567")):
        tab_to(phone, f"f-testigos-0-{name}")
        phone.keyboard.type(words)
    enter(phone)
    expect(phone.get_by_role("heading", name="Revise y envíe")).to_be_visible()
    expect(phone.get_by_text("Ana Pérez Luna")).to_be_visible()


def test_a_licence_is_paid_and_in_hand_in_minutes(phone: Page, demo: str):
    fill(phone, demo, "licencia-bajo-riesgo")
    answer(phone, {}, button="Enviar")
    pay(phone)
    for name in ("Descargar con sus datos", "Descargar sin datos personales"):
        assert download(phone, name).startswith(b"%PDF")


def test_axe_finds_nothing_on_the_pages_of_a_procedure(page: Page, demo: str):
    found = {
        route: inspect(page, demo + route)
        for route in (
            "/m/demo/buscar/", "/m/demo/buscar/?q=poner+una+tienda", "/m/demo/buscar/?q=xyzzy", "/m/demo/puerta/pedir/",
            "/m/demo/grupo/negocio/", "/m/demo/familia/abrir-negocio/", "/m/demo/tramite/licencia-bajo-riesgo/",
            "/m/demo/dependencias/", "/mi-tramite/", "/borrador/no-hay-tal/",
        )
    }  # fmt: skip
    begin(page, demo, "correccion-acta")
    found["step"] = inspect(page, page.url)
    page.get_by_role("button", name="Continuar").click()
    found["errors"] = inspect_here(page)
    fill(page, demo, "licencia-mediano-alto-riesgo")
    found["review"] = inspect(page, page.url)
    page.get_by_role("button", name="Enviar", exact=True).click()
    page.wait_for_url(re.compile(r"/tramite/SOL-"))
    found["case"] = inspect(page, page.url)
    assert {route: problems for route, problems in found.items() if problems} == {}


def test_four_agencies_and_a_signature_from_inbox_to_licence(
    page: Page, demo: str, home_folder, authenticator
):
    """A risky business: four agencies have it at the same moment and opine, one visits, the head of licences signs by key."""
    fill(page, demo, "licencia-mediano-alto-riesgo", giro="salón de fiestas")
    page.get_by_role("button", name="Enviar", exact=True).click()
    page.wait_for_url(re.compile(r"/tramite/SOL-"))
    case, folio = page.url.split("?")[0], re.search(r"SOL-[0-9A-Z-]+", page.url)[0]  # type: ignore[index]
    expect(page.get_by_text("La tiene", exact=True)).to_have_count(4)
    for username in ("proteccion", "ecologia", "salud", "urbano"):
        as_official(page, demo, home_folder, username, authenticator)
        page.goto(f"{demo}/oficina/demo/solicitud/{folio}/")
        page.get_by_label("Favorable", exact=True).check()
        page.get_by_label("Por qué (la persona lo lee)").fill("Revisado y conforme.")
        page.get_by_role("button", name="Dar opinión").click()
        expect(page.get_by_text("Quedó registrado.")).to_be_visible()
    as_official(page, demo, home_folder, "proteccion", authenticator)
    page.goto(f"{demo}/oficina/demo/solicitud/{folio}/")
    page.get_by_role("link", name="Hacer la visita").click()
    for point in page.get_by_label("Bien", exact=True).all():
        point.check()
    name, kind, data = file("image")
    page.get_by_label("Tomar o elegir fotos").set_input_files(
        {"name": name, "mimeType": kind, "buffer": data}
    )
    page.get_by_role("button", name="Guardar las fotos").click()
    expect(page.get_by_text("La foto se guardó.")).to_be_visible()
    page.get_by_label("Qué se vio (la persona lo lee)").fill("Extintores al día.")
    page.get_by_label("Cumple", exact=True).check()
    page.get_by_role("button", name="Registrar la visita").click()
    expect(page.get_by_role("heading", name="Fotos de la visita")).to_be_visible()
    as_official(page, demo, home_folder, "licencias", authenticator)
    page.goto(f"{demo}/oficina/demo/por-firmar/")
    page.get_by_label(re.compile(folio)).check()
    page.get_by_role("button", name="Firmar las marcadas").click()
    page.get_by_role("button", name="Firmar todas").click()
    expect(page.get_by_role("heading", name=re.compile("firmada"))).to_be_visible()
    page.goto(case)
    expect(page.get_by_text("Falta su pago").first).to_be_visible()


def as_official(page: Page, demo: str, home, username: str, device) -> None:
    """Inside the office as that account; whoever was there leaves first."""
    page.goto(f"{demo}/oficina/mi-cuenta/")
    leave = page.get_by_role("button", name="Salir", exact=True)
    if leave.count():
        leave.click()
    session, authenticator = device
    session.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})
    enter_office(page, demo, home, username)


def test_axe_finds_nothing_in_the_office_of_cases(page: Page, demo: str, home_folder, authenticator):
    fill(page, demo, "licencia-mediano-alto-riesgo")
    page.get_by_role("button", name="Enviar", exact=True).click()
    page.wait_for_url(re.compile(r"/tramite/SOL-"))
    folio = re.search(r"SOL-[0-9A-Z-]+", page.url)[0]  # type: ignore[index]
    enter_office(page, demo, home_folder, "licencias")
    routes = (
        "bandeja/",
        "bandeja/?lista=waiting",
        "por-firmar/",
        "carga/",
        "palabras/",
        "palabras/significados/",
        f"solicitud/{folio}/",
    )
    found = {route: inspect(page, f"{demo}/oficina/demo/{route}") for route in routes}
    assert {route: problems for route, problems in found.items() if problems} == {}
