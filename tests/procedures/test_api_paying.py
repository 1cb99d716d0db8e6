"""For other systems: a request is sent, paid and its paper fetched by the API alone."""

import json

import pytest

from alcaldia.connectors.simulated_bank.bank import Bank
from alcaldia.kernel import outbound
from alcaldia.payments.models import PaymentOrder
from alcaldia.payments.ports import plugged
from alcaldia.procedures import registers
from alcaldia.procedures.models import Case
from alcaldia.project.payments import PREFIX
from tests.procedures.test_order_expired import over

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = "/api/v1/municipalities/pueblo"
STREET = {"lugar": "Calle 1", "que": "mercancia", "m2": "2", "dias": "5"}


@pytest.fixture
def books(monkeypatch, tmp_path):
    """The simulated bank, plugged in."""
    from alcaldia.connectors.simulated import SimulatedBank
    from alcaldia.connectors.simulated_bank.app import application

    one = Bank(tmp_path, "secreto")
    provider = SimulatedBank(outbound.inside(application(one, PREFIX)), one.secret, PREFIX)
    monkeypatch.setattr(plugged, "providers", {"simulated": provider})
    yield one
    one.store.close()


def post(client, path, body=None):
    return client.post(f"{TOWN}{path}", json.dumps(body or {}), content_type="application/json", headers={"Idempotency-Key": "k"})  # fmt: skip


@pytest.fixture
def owed(client, town):
    registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 9})])
    sent = post(client, "/cases", {"procedure": "ocupacion-via-publica", "answers": STREET})
    assert sent.status_code == 201, sent.content
    return sent.json()


def test_a_request_is_paid_and_its_paper_fetched_without_a_page(client, owed, books):
    assert client.get(f"{TOWN}/cases/{owed['folio']}/document.pdf").status_code == 404
    order = client.get(f"{TOWN}/orders/{owed['order']}").json()
    assert (order["state"], order["total"]) == ("issued", owed["fee"])
    way = {"provider": "simulated", "method": "card"}
    assert way in order["ways"]
    one, again = (post(client, f"/orders/{owed['order']}/attempts", way).json() for _ in range(2))
    assert one == again
    books.pay(books.find(PaymentOrder.objects.get().attempts.get().reference), "lost")
    told = post(client, f"/orders/{owed['order']}/attempts/{one['number']}/check").json()
    assert told["state"] == "succeeded"
    paper = client.get(f"{TOWN}/cases/{owed['folio']}/document.pdf")
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")


def test_an_order_that_expired_has_no_ways_and_is_asked_for_again(client, owed, books):
    assert post(client, f"/cases/{owed['folio']}/order").status_code == 409
    over(Case.objects.get())
    assert client.get(f"{TOWN}/orders/{owed['order']}").json()["ways"] == []
    new = post(client, f"/cases/{owed['folio']}/order")
    assert (new.status_code, new.json()["state"]) == (201, "issued")
    assert client.get(f"{TOWN}/cases/{owed['folio']}").json()["order"] == new.json()["folio"]


def test_an_order_of_another_municipality_or_of_nobody_is_not_here(client, owed):
    from tests.factories.town import town as make_town

    make_town(slug="otro")
    elsewhere = f"/api/v1/municipalities/otro/orders/{owed['order']}"
    assert client.get(elsewhere).status_code == 404
    assert client.get(f"{TOWN}/orders/PAG-2026-AAAA-BBBB-CCCC").status_code == 404
