"""From the operator's command to one's own records: the code of a bill opens the account that the import made."""

import csv
import re
import stat

import pytest
from django.test import Client

from alcaldia.identity.models import Notice, Person
from alcaldia.project.cli import main
from tests.factories.passkey import SoftPasskey
from tests.factories.town import town as make_town
from tests.factories.vaults import account, fresh_account
from tests.flows.test_account import create, get
from tests.flows.test_no_debt import _plain_static_files

pytestmark = pytest.mark.django_db(transaction=True)
assert _plain_static_files
PAGE = "/cuenta/recibo/"


@pytest.fixture
def bills(broker, tmp_path, capsys):
    """Accounts of a town, taken in by the command; `activate` is the other command's answer."""
    make_town()
    return Bills(tmp_path, capsys)


class Bills:
    def __init__(self, folder, capsys):
        self.folder, self.capsys = folder, capsys

    def take(self, *rows):
        path = self.folder / "cuentas.csv"
        with path.open("w", newline="") as file:
            out = csv.DictWriter(file, rows[0].keys())
            out.writeheader()
            out.writerows(rows)
        assert main(["import", "accounts", str(path), "--municipality", "pueblo"]) == 0
        self.capsys.readouterr()
        return path

    def activate(self, number):
        assert main(["broker", "activate", number, "--municipality", "pueblo"]) == 0
        return self.capsys.readouterr().out.strip()

    def print_all(self, path, out):
        ended = main(["broker", "bill-codes", str(path), "--municipality", "pueblo", "--out", str(out)])
        return ended, self.capsys.readouterr()


def one_owner(bills, **words):
    number = fresh_account()
    bills.take(account(number, "14-003", name="Tiburcio Inventado", **words))
    return number, bills.activate(number)


def test_the_code_of_a_bill_opens_the_account_and_its_records(bills, client):
    _, code = one_owner(bills, due="812.40")

    led = client.post(PAGE, {"codigo": code.lower().replace("-", " ")})
    done = create(client, led.url, SoftPasskey())
    seen = client.get("/boveda/").content.decode()

    assert (led.status_code, done.status_code, done.url) == (302, 302, "/cuenta/")
    assert "Tiburcio Inventado" in seen


def test_the_link_of_a_bill_does_the_same_and_the_owner_enters_again(bills, client):
    _, code = one_owner(bills)
    device = SoftPasskey()

    create(client, f"/cuenta/activar/{code}/", device)
    client.post("/cuenta/salir/")

    assert get(client, "/cuenta/entrar/", device).status_code == 302
    assert "Tiburcio Inventado" in client.get("/boveda/").content.decode()


def answer_to(code):
    """Status and sentence of both doors for somebody who knows nothing else."""
    typed, link = Client().post(PAGE, {"codigo": code}), Client().get(f"/cuenta/activar/{code}/")
    said = re.search(r'id="problema"[^>]*>([^<]+)', typed.content.decode())
    return typed.status_code, said[1], link.status_code


def test_a_used_code_and_an_invented_one_get_the_same_answer(bills, client):
    _, code = one_owner(bills)
    create(client, f"/cuenta/activar/{code}/", SoftPasskey())

    used, invented = answer_to(code), answer_to("A" * 25)

    assert used == invented
    assert (used[0], used[2]) == (403, 410)


def test_codes_on_the_other_bills_of_a_person_end_with_the_first(bills, client):
    number, first = one_owner(bills)
    second = bills.activate(number)
    create(client, f"/cuenta/activar/{first}/", SoftPasskey())

    assert answer_to(second) == answer_to("A" * 25)


def test_two_devices_that_hold_the_same_page_make_one_key(bills, client):
    _, code = one_owner(bills)
    path, late = f"/cuenta/activar/{code}/", Client()
    page = late.get(path)
    create(client, path, SoftPasskey())

    assert page.status_code == 200
    assert late.post(path, {"state": "", "credential": "{}"}).status_code == 410


def test_whoever_registered_by_themselves_opens_the_bill_beside_and_loses_nothing(bills, client):
    """The account made before keeps its key, its requests and its vault; each is told of the other."""
    _, code = one_owner(bills)
    own = SoftPasskey()
    create(client, "/cuenta/registro/", own)
    before = Person.objects.order_by("pk").last()

    page = client.post(PAGE, {"codigo": code}, follow=True).content.decode()
    create(client, f"/cuenta/activar/{code}/", SoftPasskey())

    assert "Usted ya tiene otra cuenta" in page
    assert "Tiburcio Inventado" in client.get("/boveda/").content.decode()
    assert "ya tenía otra en este aparato" in client.get("/cuenta/").content.decode()
    assert Notice.objects.filter(person=before, kind="bill_activated").count() == 1
    assert get(Client(), "/cuenta/entrar/", own).status_code == 302


def test_guesses_are_counted(bills, client, monkeypatch):
    from alcaldia.web.components import rate

    monkeypatch.setitem(rate.LIMITS, "code.try", rate.Limit(3, 900, "address"))

    told = [client.post(PAGE, {"codigo": "B" * 25}).status_code for _ in range(4)]

    assert told == [403, 403, 403, 429]


def test_without_the_broker_the_page_says_so_and_not_that_the_code_is_wrong(bills, client, monkeypatch):
    from alcaldia.identity.ports import plugged
    from alcaldia.kernel.errors import Refusal

    def down(code):
        raise Refusal("broker_down", "La bóveda no responde.", status=503)

    monkeypatch.setattr(plugged.custodian, "subject_of_code", down)

    assert client.post(PAGE, {"codigo": "A" * 25}).status_code == 503


def test_codes_for_all_bills_are_written_for_who_has_no_key_and_for_the_owner_of_the_file_alone(
    bills, client
):
    with_key, without, twice = fresh_account(), fresh_account(), fresh_account()
    path = bills.take(*(account(one, "14-003", name="Tiburcio Inventado") for one in (with_key, without)))
    create(client, f"/cuenta/activar/{bills.activate(with_key)}/", SoftPasskey())
    with path.open("a") as file:
        file.write("".join(f"{one},14-9,XF1,Nadie,0,0,0,0\n" for one in (twice, without)))
    out = bills.folder / "codigos.csv"

    ended, told = bills.print_all(path, out)
    rows = list(csv.DictReader(out.read_text().splitlines()))

    assert (ended, [one["cuenta"] for one in rows]) == (0, [without])
    assert "1 códigos" in told.out
    assert "1 cuentas ya tienen llave y 1 no están" in told.out
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert create(Client(), rows[0]["enlace"].split("8000")[-1], SoftPasskey()).status_code == 302


def test_a_file_that_is_there_is_not_written_over(bills):
    number = fresh_account()
    path, out = bills.take(account(number, "14-003")), bills.folder / "codigos.csv"
    bills.print_all(path, out)
    before = out.read_bytes()

    ended, told = bills.print_all(path, out)

    assert (ended, out.read_bytes()) == (1, before)
    assert "no se reemplaza" in told.err
