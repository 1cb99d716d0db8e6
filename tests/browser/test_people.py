"""Passkeys in a real browser with a virtual device: register, leave, enter, by keyboard alone too."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import DESKTOP, PHONE, enter_office, fits, press_enter, tab_to
from tests.browser.test_pages import inspect, violations

pytestmark = pytest.mark.browser
SECONDS_TO_REGISTER = 30


def register(page: Page, demo: str) -> None:
    page.goto(f"{demo}/cuenta/registro/")
    page.get_by_role("button", name="Crear mi cuenta en este aparato").click()
    expect(page.get_by_role("heading", name="Su cuenta está lista")).to_be_visible()


@pytest.fixture
def second_device(authenticator):
    """Another device in software, a USB key."""
    session, _ = authenticator
    kind = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True}
    options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def present(device, there: bool) -> None:
    """Somebody touches this device when it asks, or nobody does."""
    session, number = device
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": number, "enabled": there})


def test_a_citizen_registers_in_seconds_leaves_and_enters_again(page: Page, demo: str, authenticator):
    page.set_viewport_size(PHONE)
    begun = time.monotonic()
    register(page, demo)
    assert time.monotonic() - begun < SECONDS_TO_REGISTER
    page.get_by_role("link", name="Después").click()
    page.get_by_role("button", name="Salir").click()
    page.get_by_role("link", name="Entrar", exact=True).click()
    page.get_by_role("button", name="Entrar con mi llave de acceso").click()
    expect(page.get_by_role("heading", name="Mi cuenta")).to_be_visible()
    expect(page.get_by_text("Chrome en Linux").first).to_be_visible()
    fits(page)


def test_by_keyboard_alone(page: Page, demo: str, authenticator):
    page.set_viewport_size(DESKTOP)
    page.goto(f"{demo}/cuenta/entrar/")
    tab_to(page, "Crear mi cuenta")
    press_enter(page, "/cuenta/registro/")
    tab_to(page, "Crear mi cuenta en este aparato")
    press_enter(page, "/cuenta/codigos/")
    tab_to(page, "Mostrar mis códigos")
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(4)
    tab_to(page, "Ya los guardé")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mi cuenta")).to_be_visible()
    tab_to(page, "Salir")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo}/")


def test_the_pages_of_an_account_are_accessible_at_both_sizes(page: Page, demo: str, authenticator):
    register(page, demo)
    found = {
        a: inspect(page, demo + a)
        for a in (
            "/cuenta/codigos/",
            "/cuenta/",
            "/cuenta/llaves/agregar/",
            "/cuenta/certificado/",
            "/cuenta/donde-avisar/",
        )
    }
    page.goto(f"{demo}/cuenta/codigos/")
    page.get_by_role("button", name="Mostrar mis códigos").click()
    expect(page.locator(".codes li")).to_have_count(4)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        fits(page)
        found[f"printed {size['width']}"] = violations(page)
    assert not {where: problems for where, problems in found.items() if problems}


def test_a_printed_code_opens_the_account_on_a_new_device(page: Page, demo: str, authenticator):
    register(page, demo)
    page.get_by_role("button", name="Mostrar mis códigos").click()
    code = page.locator(".codes code").first.inner_text()
    session, device = authenticator
    page.context.clear_cookies()
    session.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    page.goto(f"{demo}/cuenta/recuperar/")
    page.get_by_label("Código").fill(code.lower())
    page.get_by_role("button", name="Continuar").click()
    page.get_by_role("button", name="Registrar mi llave y entrar").click()
    expect(page.get_by_role("heading", name="Mi cuenta")).to_be_visible()
    expect(page.get_by_text("código de recuperación impreso")).to_be_visible()


def test_a_further_key_is_made_on_one_device_and_accepted_with_another(
    page: Page, demo: str, authenticator, second_device
):
    """The first device has the account's key already; while one is asked, the other is not there."""
    present(second_device, False)
    register(page, demo)
    present(authenticator, False)
    present(second_device, True)
    page.goto(f"{demo}/cuenta/llaves/agregar/")
    page.get_by_role("button", name="Crear la llave nueva").click()
    expect(page.get_by_text("Paso 2 de 2")).to_be_visible()
    found = violations(page)
    present(second_device, False)
    present(authenticator, True)
    page.get_by_role("button", name="Aceptar con mi llave de antes").click()
    expect(page.get_by_role("heading", name="Mi cuenta")).to_be_visible()
    expect(page.get_by_text("Se agregó una llave")).to_be_visible()
    assert not found


def test_an_official_accepts_a_further_key_with_the_one_they_have(
    page: Page, demo: str, home_folder, authenticator, second_device
):
    present(second_device, False)
    enter_office(page, demo, home_folder, "catastro")
    present(authenticator, False)
    present(second_device, True)
    page.goto(f"{demo}/oficina/mi-cuenta/llaves/agregar/")
    page.get_by_role("button", name="Crear la llave nueva").click()
    expect(page.get_by_text("Paso 2 de 2")).to_be_visible()
    present(second_device, False)
    present(authenticator, True)
    page.get_by_role("button", name="Aceptar con mi llave de antes").click()
    page.wait_for_url(f"{demo}/oficina/mi-cuenta/")
    expect(page.get_by_text("Se agregó una llave")).to_be_visible()


def test_a_device_without_the_key_says_what_to_do(page: Page, demo: str, authenticator):
    page.goto(f"{demo}/cuenta/entrar/")
    page.get_by_role("button", name="Entrar con mi llave de acceso").click()
    expect(page.locator("[data-passkey-problem]")).to_contain_text("intente de nuevo")


def test_an_official_enrols_by_invitation_leaves_and_enters(
    page: Page, demo: str, home_folder, authenticator
):
    enter_office(page, demo, home_folder, "catastro")
    page.get_by_role("button", name="Salir").click()
    page.get_by_role("button", name="Entrar con mi llave de acceso").click()
    expect(page.get_by_role("heading", name="Oficina", exact=True)).to_be_visible()
    page.get_by_role("link", name="catastro").click()
    expect(page.get_by_text("Catastro en San Jacinto del Río")).to_be_visible()


OFFICE_PAGES = (
    "/oficina/", "/oficina/mi-cuenta/", "/oficina/recuperaciones/", "/oficina/recuperaciones/nueva/",
    "/oficina/representaciones/", "/oficina/representaciones/nueva/", "/oficina/residencias/",
)  # fmt: skip
ACCOUNT_PAGES = (
    "/cuenta/codigo/",
    "/buzon/",
    "/cuenta/certificado/",
    "/cuenta/residencia/",
    "/residencia/verificar/",
)


def test_the_counters_pages_are_accessible_at_both_sizes(page: Page, demo: str, home_folder, authenticator):
    register(page, demo)
    found = {a: inspect(page, demo + a) for a in ACCOUNT_PAGES}
    enter_office(page, demo, home_folder, "registro")
    found |= {a: inspect(page, demo + a) for a in OFFICE_PAGES}
    assert not {where: problems for where, problems in found.items() if problems}


def test_a_code_from_the_demos_mailbox_opens_the_lowest_level(page: Page, demo: str):
    page.goto(f"{demo}/cuenta/codigo/")
    page.get_by_label("Correo o teléfono").fill("ana@example.com")
    page.get_by_role("button", name="Enviar código").click()
    mailbox = page.context.new_page()
    mailbox.goto(f"{demo}/buzon/")
    code = mailbox.locator("code").first.inner_text()
    page.get_by_label("Código").fill(code)
    page.get_by_role("button", name="Entrar", exact=True).click()
    expect(page.get_by_role("heading", name="Entró con un código")).to_be_visible()


def test_an_official_signs_the_recovery_of_an_account(page: Page, demo: str, home_folder, authenticator):
    register(page, demo)
    page.goto(f"{demo}/cuenta/")
    account = page.locator("main code").last.inner_text()
    enter_office(page, demo, home_folder, "ventanilla")
    page.goto(f"{demo}/oficina/recuperaciones/nueva/")
    page.get_by_label("Número de cuenta que presenta la persona").fill(account)
    page.get_by_role("button", name="Continuar").click()
    page.get_by_role("button", name="Firmar con mi llave").click()
    expect(page.get_by_text("No se vuelve a mostrar.")).to_be_visible()
    first = page.locator("main code").inner_text()
    enter_office(page, demo, home_folder, "registro")
    page.goto(f"{demo}/oficina/recuperaciones/")
    page.get_by_role("link", name="Confirmar").first.click()
    page.get_by_role("button", name="Confirmar con mi llave").click()
    expect(page.get_by_text("Segunda mitad del código")).to_be_visible()
    assert first not in page.content()
    assert page.locator("main code").inner_text() != first
    page.goto(f"{demo}/cuenta/")
    expect(page.get_by_role("button", name="Detener la recuperación")).to_be_visible()
