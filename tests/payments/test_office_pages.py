"""The till and the books as officials see them."""

import pytest
from django.test import Client

from alcaldia.identity.models import Post
from alcaldia.payments import queries
from alcaldia.payments.models import BankDeposit
from alcaldia.web.backoffice.reconciling import cells
from tests.factories.money import order, started, town
from tests.factories.people import LONG_AGO, log_in, made_official, with_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


def office(role):
    official = made_official(town(), role, username=role)
    with_key(official)
    browser = Client()
    log_in(browser, official)
    return browser


def test_a_cashier_opens_takes_gives_change_and_closes(city):
    browser, owed = office("cashier"), order("812.40")
    assert browser.get("/oficina/caja/").url == "/oficina/pueblo/caja/"
    browser.post("/oficina/pueblo/caja/abrir/", {"fondo": "500"})
    found = browser.get("/oficina/pueblo/caja/", {"orden": "LIC-1"}).content.decode()
    assert owed.folio in found
    done = browser.post(f"/oficina/pueblo/caja/cobrar/{owed.folio}/", {"recibido": "1,000"})
    assert "Cambio: $187.60" in browser.get(done.url).content.decode()
    counted = {"n1000": "1", "n200": "1", "n100": "1", "n10": "1", "n2": "1"}
    refused = browser.post("/oficina/pueblo/caja/cerrar/", counted)
    assert refused.status_code == 422
    assert 'name="n1000" inputmode="numeric" maxlength="6" value="1"' in refused.content.decode()
    assert "explique la diferencia" in refused.content.decode()
    closed = browser.post(
        "/oficina/pueblo/caja/cerrar/", {**counted, "nota": "Falta 40 centavos"}
    ).content.decode()
    assert "−$0.40" in closed
    assert "Su caja está cerrada" in browser.get("/oficina/pueblo/caja/").content.decode()


def test_the_treasury_finds_and_closes_the_till_of_who_lost_the_post(city):
    office("cashier").post("/oficina/pueblo/caja/abrir/", {"fondo": "500"})
    browser, till = office("treasury"), queries.open_shift(town(), "cashier")
    left = f"/oficina/pueblo/conciliacion/caja/{till.folio}/"
    assert till.folio not in browser.get("/oficina/pueblo/conciliacion/").content.decode()
    assert browser.post(left, {"n500": "1"}).status_code == 404
    Post.objects.filter(official__username="cashier").update(until=LONG_AGO)
    assert left in browser.get("/oficina/pueblo/conciliacion/").content.decode()
    assert "$500.00" in browser.get(left).content.decode()
    assert browser.post(left, {}).status_code == 422
    assert "Volver a la conciliación" in browser.post(left, {"n500": "1"}).content.decode()
    assert not queries.open_shift(town(), "cashier")


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"recibido": "x"}, "con números"), ({"recibido": "1"}, "Faltan"), ({}, "con números")],
)
def test_what_is_typed_wrong_is_a_sentence(city, fields, words):
    browser, owed = office("cashier"), order()
    browser.post("/oficina/pueblo/caja/abrir/", {"fondo": "0"})
    answer = browser.post(f"/oficina/pueblo/caja/cobrar/{owed.folio}/", fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_treasury_resolves_with_a_reason_and_takes_the_list_away(city):
    browser, owed = office("treasury"), order()
    city.pay(started(owed), "twice")
    city.listen()
    assert browser.get("/oficina/conciliacion/").url == "/oficina/pueblo/conciliacion/"
    page = browser.get("/oficina/pueblo/conciliacion/").content.decode()
    assert "Se pagó otra vez una orden ya pagada" in page
    assert owed.folio in browser.get("/oficina/pueblo/conciliacion.csv").content.decode()
    pk = queries.inbox(town()).get().pk
    assert (
        browser.post(f"/oficina/pueblo/conciliacion/{pk}/", {"como": "refund", "porque": ""}).status_code
        == 422
    )
    browser.post(f"/oficina/pueblo/conciliacion/{pk}/", {"como": "refund", "porque": "Pagó dos veces"})
    assert "No hay dinero por decidir" in browser.get("/oficina/pueblo/conciliacion/").content.decode()


def test_report_and_deposit_make_the_books_agree(city):
    from django.utils import timezone

    browser = office("treasury")
    city.pay(started(order()))
    city.listen()
    day = timezone.now().date().isoformat()
    words = {"proveedor": "simulated", "dia": day}
    browser.post("/oficina/pueblo/conciliacion/reporte/", words)
    span = {"desde": day, "hasta": day}
    assert (
        "El proveedor lo liquidó y el banco no lo tiene"
        in browser.get("/oficina/pueblo/conciliacion/", span).content.decode()
    )
    payout = f"DISP-{day.replace('-', '')}"
    browser.post(
        "/oficina/pueblo/conciliacion/deposito/", {**words, "referencia": payout, "cantidad": "785.07"}
    )
    assert "cuadran" in browser.get("/oficina/pueblo/conciliacion/", span).content.decode()


@pytest.mark.parametrize("role", ["cashier", "clerk"])
def test_only_the_treasury_decides_about_money(city, role):
    browser = office(role)
    assert browser.get("/oficina/pueblo/conciliacion/").status_code == 403
    assert browser.get("/oficina/pueblo/caja/").status_code == (200 if role == "cashier" else 403)


@pytest.mark.parametrize("span", [{"desde": "ayer"}, {"desde": "2020-01-01", "hasta": "2026-01-01"}])
def test_a_strange_span_of_days_is_a_sentence(city, span):
    assert office("treasury").get("/oficina/pueblo/conciliacion/", span).status_code == 422


def test_no_cell_of_the_export_is_a_formula():
    assert cells("=1+1", "-5.00", "@x", "-x", "") == ["'=1+1", "-5.00", "'@x", "'-x", ""]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", "2099-01-01"])
def test_a_deposit_of_a_day_that_does_not_exist_or_has_not_come_is_refused(city, day):
    browser = office("treasury")
    asked = {"proveedor": "simulated", "dia": day, "cantidad": "10.00", "referencia": "R-1"}
    assert browser.post("/oficina/pueblo/conciliacion/deposito/", asked).status_code == 422
    assert not BankDeposit.objects.exists()
    span = {"desde": day, "hasta": day}
    assert browser.get("/oficina/pueblo/conciliacion/", span).status_code in (200, 422)
