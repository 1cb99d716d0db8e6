"""Registers behind the broker: the web holds no secret of theirs, their people read of it, and a broker that is away loses nothing."""

import hmac
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import Client

from alcaldia.broker.register_kinds import KINDS
from alcaldia.connectors.simulated_bank.delivery import deliver
from alcaldia.connectors.simulated_bank.signing import HEADER
from alcaldia.kernel.errors import Refusal, TryLater
from alcaldia.payments import actions as payments
from alcaldia.payments.models import Credit, InboxItem, PaymentEvent, PaymentOrder
from alcaldia.payments.ports import plugged
from alcaldia.procedures import registers
from alcaldia.procedures.actions.paying import CasePayments
from alcaldia.procedures.models import RegisterRow
from alcaldia.procedures.registries import REGISTRIES
from alcaldia.project import environment
from alcaldia.project.cli import main
from alcaldia.project.commands import doctor
from alcaldia.vault.importing import import_accounts
from tests.factories.custody_process import OwnBroker, own_broker
from tests.factories.money import City, started
from tests.factories.vaults import account, fresh_account
from tests.flows.test_no_debt import _plain_static_files, enter
from tests.procedures.conftest import begun, sent, town

pytestmark = pytest.mark.django_db(transaction=True)
FIXTURES = (_plain_static_files, town)
OWED = {"valor": "500000", "anterior": "0", "inapam": False, "atraso": 0, "adeudo": "600", "pagado": False}
AWAY = "La bóveda no responde"
ROWS, LICENCES = "alcaldia.procedures.registries.rows", "alcaldia.procedures.registries.licences"


@pytest.fixture
def away(monkeypatch):
    """A broker that the test may kill."""
    with own_broker(OwnBroker, monkeypatch) as made:
        yield made


def review(client, draft):
    client.cookies["borrador"] = draft.code
    return client.get(f"/borrador/{draft.draft.public_id}/revisar/").content.decode()


def test_who_owns_an_account_reads_in_both_languages_that_it_was_looked_up(client, town, broker, tmp_path):
    number = fresh_account()
    import_accounts([account(number, "L1")], town="pueblo", by="consola", channel="cli")
    table = tmp_path / "predial.csv"
    table.write_text(f"cuenta,valor,anterior,inapam,atraso,pagado\n{number},500000,0,no,0,no\n")
    assert main(["register", "property_tax", str(table), "--municipality", "pueblo"]) == 0
    someone = broker.owner(number)
    enter(client, someone)
    assert "Tesorería: predial" not in client.get("/boveda/consultas/").content.decode()
    assert "600" in review(Client(), begun(town, "pago-predial", cuenta_predial=number))
    for path in ("/boveda/consultas/", "/boveda/consultas/por-numero/"):
        page = client.get(path).content.decode()
        assert (page.count("Tesorería: predial"), "Pagar mi predial" in page) == (1, True)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get("/boveda/consultas/por-numero/").content.decode()
    assert "Treasury: property tax" in page
    assert "Somebody looked up a register" in page
    [line] = broker.ask("my_accesses", token=someone.token, of="numbers")
    assert client.get(f"/boveda/consultas/{line['id']}/prueba/").status_code == 200


def test_nothing_that_the_web_holds_makes_mark_or_key_of_a_row(town, broker):
    registers.keep(town, "water", [("A-77", {"adeudo": "300"})])
    mark = RegisterRow.objects.get().mark
    keys = Path(settings.HOME) / "keys"
    held = [one.read_bytes() for one in keys.rglob("*") if one.is_file()]
    said = b"mark\npueblo\nwater\na77"
    assert held
    assert mark not in {hmac.new(one, said, sha256).hexdigest() for one in held}
    of_the_broker = (Path(settings.HOME) / "broker" / "registers.key").read_bytes()
    assert mark == hmac.new(of_the_broker, said, sha256).hexdigest()


def test_while_the_broker_is_down_the_payment_page_says_so_and_nothing_is_granted(client, town, away):
    registers.keep(town, "property_tax", [("0100", OWED)])
    draft = begun(town, "pago-predial", cuenta_predial="0100")
    away.remote.kill()
    page = review(client, draft)
    assert AWAY in page
    assert "$600" not in page
    case, _ = sent(town, "constancia-no-adeudo-predial", predio="0100")
    assert (case.outcome in ("granted", "conditional"), case.document, case.order) == (False, "", "")
    away.remote.start()
    assert AWAY not in review(client, draft)


class Door:
    """The bank's postman at the door of the web."""

    def __init__(self, city):
        self.city, self.answers = city, []

    def knock(self):
        with httpx.Client(transport=httpx.MockTransport(self._post)) as postman:
            deliver(self.city.bank, postman)
        return self.answers[-1]

    def _post(self, request):
        headers = {HEADER: request.headers[HEADER]}
        answer = Client().post(
            "/pagos/aviso/simulated/", request.content, "application/json", headers=headers
        )
        self.answers.append(answer.status_code)
        return httpx.Response(answer.status_code)


@pytest.fixture
def bank(tmp_path, monkeypatch):
    made = City(tmp_path / "bank")
    monkeypatch.setattr(plugged, "providers", {"simulated": made.adapter})
    monkeypatch.setattr(plugged, "listeners", [CasePayments()])
    yield made
    made.bank.store.close()


def test_money_that_comes_while_the_broker_is_down_settles_its_account_when_it_is_back(town, away, bank):
    registers.keep(town, "property_tax", [("0100", OWED)])
    case, _ = sent(town, "pago-predial", cuenta_predial="0100")
    attempt = started(PaymentOrder.objects.get(folio=case.order))
    bank.pay(attempt)
    away.remote.kill()
    door = Door(bank)
    assert door.knock() == 503
    with pytest.raises(TryLater):
        payments.refresh(attempt)
    case.refresh_from_db()
    assert (case.state, case.document) == ("decided", "")
    assert [one.objects.count() for one in (PaymentEvent, Credit, InboxItem)] == [0, 0, 0]
    away.remote.start()
    bank.shift += 600
    assert door.knock() == 200
    case.refresh_from_db()
    assert (case.state, bool(case.document)) == ("issued", True)
    assert registers.look_up(town, "property_tax", "0100")["pagado"] is True


def test_the_secret_of_before_is_handed_over_by_an_order_and_nobody_asks_meanwhile(
    town, away, capsys, monkeypatch
):
    home = away.remote.folder.parent
    monkeypatch.setattr(settings, "HOME", str(home))
    monkeypatch.setattr(environment, "home", lambda: home)
    of_before = home / "keys" / "registers"
    of_before.parent.mkdir()
    of_before.write_bytes(b"s" * 32)
    with pytest.raises(Refusal, match="no se pueden consultar por ahora"):
        registers.look_up(town, "water", "1")
    assert not (home / "broker" / "registers.key").exists()
    assert [fine for fine, _ in doctor._registers_key()] == [False]
    assert main(["broker", "take-registers"]) == 0
    assert list(doctor._registers_key()) == []
    assert "es del custodio" in capsys.readouterr().out
    assert not of_before.exists()
    said = b"mark\npueblo\nwater\n1"
    assert registers.mark(town, "water", "1") == hmac.new(b"s" * 32, said, sha256).hexdigest()
    assert main(["broker", "take-registers"]) == 0


def test_a_broker_that_may_read_the_secret_of_before_takes_it_at_its_start(away):
    of_before = away.remote.folder.parent / "keys" / "registers"
    away.remote.kill()
    of_before.parent.mkdir()
    of_before.write_bytes(b"s" * 32)
    away.remote.start()
    assert not of_before.exists()
    assert (away.remote.folder / "registers.key").read_bytes() == b"s" * 32


def test_every_register_of_rows_has_its_ceiling_in_the_table():
    of_rows = {name for name, one in REGISTRIES.items() if one.__module__.startswith((ROWS, LICENCES))}
    assert set(KINDS) == of_rows - {"reports"} | {"street_zones"}
