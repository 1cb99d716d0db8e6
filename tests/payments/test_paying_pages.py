"""Paying on the web, as a browser without JavaScript does it."""

import re

import pytest
from structlog.testing import capture_logs

from alcaldia.documents import queries as documents
from alcaldia.payments.models import Credit, PaymentEvent, PaymentOrder
from alcaldia.payments.ports import plugged
from tests.factories.money import order, started
from tests.payments.test_barcode import read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


def choose(client, owed, method):
    return client.post(f"/pagar/{owed.folio}/", {"con": f"simulated:{method}"})


def test_a_person_types_a_folio_pays_and_takes_a_receipt_that_verifies(client, city):
    owed = order(back="/tramites/solicitud/LIC-1/")
    assert (
        client.get("/pagar/", {"folio": owed.folio.lower().replace("-", " ")}).url == f"/pagar/{owed.folio}/"
    )
    page = client.get(f"/pagar/{owed.folio}/").content.decode()
    assert "Ley de Ingresos, art. 20" in page
    assert "$812.40" in page
    chosen = choose(client, owed, "card")
    waiting = client.get(chosen.url)
    assert "Continuar al pago" in waiting.content.decode()
    assert waiting["Refresh"] == "5"
    city.pay(owed.attempts.get())
    city.listen()
    assert "Su pago está confirmado" in client.get(chosen.url).content.decode()
    assert "Volver a mi trámite" in client.get(f"/pagar/{owed.folio}/").content.decode()
    there = client.post(f"/pagar/{owed.folio}/recibo/")
    data = client.get(there.url).content
    assert documents.verify(data).valid
    owed.refresh_from_db()
    verified = client.get(f"/verificar/{owed.receipt}").content.decode()
    assert "Recibo de pago" in verified
    assert "Auténtico" in verified


def test_the_browsers_return_confirms_nothing_and_the_button_asks(client, city):
    owed = order()
    attempt = started(owed)
    city.pay(attempt, "lost")
    there = f"/pagar/{owed.folio}/intento/1/"
    assert "Esperando su pago" in client.get(there).content.decode()
    owed.refresh_from_db()
    assert owed.state == "issued"
    assert client.post(f"{there}comprobar/").url == f"/pagar/{owed.folio}/"
    owed.refresh_from_db()
    assert owed.state == "paid"


def test_the_voucher_carries_reference_barcode_and_expiry(client, city):
    owed = order()
    page = client.get(choose(client, owed, "store").url).content.decode()
    reference = owed.attempts.get().instructions["barcode"]
    drawn = [(int(x), int(w)) for x, w in re.findall(r'<rect x="(\d+)" y="0" width="(\d+)"', page)]
    assert read(drawn) == reference
    assert "Pague antes de" in page


def test_an_order_that_is_over_says_what_to_do_and_offers_nothing(client, city):
    from alcaldia.payments import actions

    owed = order()
    actions.cancel_order(order=owed, by="ana", channel="backoffice")
    page = client.get(f"/pagar/{owed.folio}/").content.decode()
    assert "ya no se puede pagar" in page
    assert '<form method="post">' not in page
    assert choose(client, owed, "card").status_code in {409, 422}
    assert client.post(f"/pagar/{owed.folio}/recibo/").status_code == 409


@pytest.mark.parametrize("address", ["/pagar/PAG-2026-0000-0000-0000/", "/pagar/x/", "/pagar/?folio=nada"])
def test_an_unknown_folio_is_a_sentence(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert "No hay una orden de pago" in answer.content.decode()


def notice(client, raw, provider="simulated", **headers):
    return client.post(f"/pagos/aviso/{provider}/", raw, content_type="application/json", headers=headers)


def test_the_door_for_messages_takes_only_what_is_signed_small_and_known(client, city):
    assert notice(client, b"{}").status_code == 400
    assert notice(client, b"x" * 65_537).status_code == 413
    assert notice(client, b"{}", provider="nobody").status_code == 404
    assert client.get("/pagos/aviso/simulated/").status_code == 405
    assert PaymentEvent.objects.filter(signature_ok=False).count() == 1


def test_many_messages_without_signature_are_one_row_of_the_day_and_a_line_each(client, city):
    with capture_logs() as lines:
        answers = [notice(client, b'{"id": "%d"}' % number) for number in range(20)]
    assert {one.status_code for one in answers} == {400}
    assert PaymentEvent.objects.count() == 1
    told = [line for line in lines if line["event"] == "payment_unsigned"]
    assert len({line["sha256"] for line in told}) == 20
    assert all(set(line) == {"event", "log_level", "provider", "size", "sha256"} for line in told)
    assert PaymentOrder.objects.count() == Credit.objects.count() == 0


def test_a_signed_message_is_answered_when_it_is_written(client, city):
    from alcaldia.connectors.simulated_bank.signing import HEADER, signature

    owed = order()
    city.pay(started(owed))
    row = city.bank.store.one("SELECT * FROM outbox")
    at = int(city.clock())
    answer = notice(
        client, bytes(row["body"]), **{HEADER: signature(city.bank.secret, at, bytes(row["body"]))}
    )
    assert answer.status_code == 200
    owed.refresh_from_db()
    assert owed.state == "paid"


def test_with_the_provider_down_the_page_says_so_and_nothing_is_lost(client, city, monkeypatch):
    import httpx

    def down(request):
        raise httpx.ConnectError("no")

    monkeypatch.setattr(city.adapter, "client", httpx.Client(transport=httpx.MockTransport(down)))
    owed = order()
    answer = choose(client, owed, "card")
    assert answer.status_code == 503
    assert "no responde" in answer.content.decode()
    monkeypatch.undo()
    monkeypatch.setattr(plugged, "providers", {"simulated": city.adapter})


def test_the_pages_name_no_session_and_set_no_cookie_beyond_the_forms(client, city):
    owed = order()
    client.get(f"/pagar/{owed.folio}/")
    assert set(client.cookies) <= {"csrf"}
