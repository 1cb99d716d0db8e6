"""From a parcel on the map to its accounts of property tax and water: never whose they are, and what they owe only if published."""

import pytest

from alcaldia.land.parcels import by_key
from alcaldia.land.rulebook import published
from alcaldia.procedures import registers, registers_import
from alcaldia.procedures.models import Draft
from alcaldia.procedures.queries.offered import beginning_with_a_parcel
from tests.procedures.conftest import begun, sent
from tests.procedures.test_pages import words
from tests.procedures.test_paying import pay

pytestmark = pytest.mark.django_db(transaction=True)
OWED = {
    "consumo": "18", "uso": "domestico", "adeudo": "300", "pagado": False, "also": ["A-77", "L1"], "parcel": "L1",
}  # fmt: skip


@pytest.fixture
def contracts(town):
    registers.keep(town, "water", [("A-77", OWED), ("L1", OWED)])
    return town


def publish(town):
    town.settings = {**town.settings, "registries": {"public_water_debts": True}}
    town.save()


def from_the_map(client, town):
    """The page that the button of the parcel leads to."""
    public_id = by_key(published(town.slug), "L1").public_id
    assert "pago-agua/empezar" in client.get(f"/visor/pueblo/predio/{public_id}/").content.decode()
    return client.post("/m/pueblo/tramite/pago-agua/empezar/", {"predio": public_id}, follow=True)


def test_water_is_among_what_begins_with_a_parcel(town):
    keys = [key for key, _ in beginning_with_a_parcel(town.slug)]
    assert {"pago-agua", "pago-predial"} <= set(keys)


def test_where_it_is_published_the_parcel_leads_to_the_bill_and_pays_it(client, contracts):
    publish(contracts)
    page = words(from_the_map(client, contracts))
    assert "Éste es su adeudo de hoy" in page
    assert "A-77" not in page
    case, _ = sent(contracts, "pago-agua", contrato="L1")
    pay(case)
    assert registers.look_up(contracts, "water", "A-77")["adeudo"] == "0"


def test_a_bill_that_was_paid_is_not_charged_again(contracts):
    registers.keep(contracts, "water", [("A-9", {"consumo": "18", "uso": "domestico", "adeudo": "0"})])
    case, _ = sent(contracts, "pago-agua", contrato="A-9")
    pay(case)
    assert sent(contracts, "pago-agua", contrato="A-9")[0].outcome == "denied"


def test_a_fine_that_was_paid_is_not_charged_again(town):
    registers.keep(town, "fines", [("M-1", {"dias": 3, "umas": 5, "descuento": True})])
    case, _ = sent(town, "pago-multas", folio="M-1")
    pay(case)
    assert sent(town, "pago-multas", folio="M-1")[0].outcome == "denied"


def test_where_it_is_not_the_number_of_the_bill_is_asked_and_the_parcel_tells_nothing(client, contracts):
    page = words(from_the_map(client, contracts))
    assert "¿Qué contrato?" in page
    assert Draft.objects.get().answers == {}
    draft = begun(contracts, "pago-agua", contrato="L1")
    assert draft.evaluate(draft.consult()).outcome == "missing_data"
    with_the_bill = begun(contracts, "pago-agua", contrato="A-77")
    assert with_the_bill.evaluate(with_the_bill.consult()).outcome == "granted"


def test_a_parcel_with_several_contracts_opens_none(town):
    publish(town)
    text = "contrato,consumo,uso,adeudo,tambien\nA-1,18,domestico,5,L1\nA-2,9,comercial,7,L1\nA-3,4,domestico,0,L2\n"
    registers_import.load(text.splitlines(keepends=True), town=town, registry="water")
    draft = begun(town, "pago-agua", contrato="L1")
    told = draft.consult()
    assert draft.evaluate(told).outcome == "missing_data"
    assert "varias cuentas" in told.asked[0][1]
    for number in ("A-1", "A-2", "L2"):
        one = begun(town, "pago-agua", contrato=number)
        assert one.evaluate(one.consult()).outcome == "granted"
