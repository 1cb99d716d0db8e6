import pytest

from alcaldia.payments.ports import plugged
from tests.factories.money import City


class Ear:
    """A listener that remembers, and refuses while `no` holds a Refusal."""

    def __init__(self):
        self.heard, self.no = [], None

    def order_paid(self, order):
        if self.no:
            raise self.no
        self.heard.append(("paid", order.folio))

    def order_expired(self, order):
        if self.no:
            raise self.no
        self.heard.append(("expired", order.folio))

    def order_disputed(self, order):
        if self.no:
            raise self.no
        self.heard.append(("disputed", order.folio))


@pytest.fixture
def ear(monkeypatch):
    one = Ear()
    monkeypatch.setattr(plugged, "listeners", [one])
    return one


@pytest.fixture
def city(tmp_path, monkeypatch, ear):
    made = City(tmp_path / "bank")
    monkeypatch.setattr(plugged, "providers", {"simulated": made.adapter})
    yield made
    made.bank.store.close()
