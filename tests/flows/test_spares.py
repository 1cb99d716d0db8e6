"""Spare keys through the web, before a real broker that loses its master key and starts again."""

import json
import re
import shutil

import pytest
from django.test import Client

from alcaldia.kernel.errors import Refusal
from alcaldia.vault import actions, holders, rekeying
from alcaldia.vault.importing import import_accounts
from alcaldia.vault.rules import suites
from alcaldia.vault.rules.text64 import to_text
from tests.factories.custody import lose_keys
from tests.factories.custody_process import OwnBroker, own_broker
from tests.factories.people import answered
from tests.factories.town import town as make_town
from tests.factories.vaults import account, fresh_account
from tests.flows.test_no_debt import _plain_static_files, ask, enter, touch

pytestmark = pytest.mark.django_db(transaction=True)
assert _plain_static_files
CODE = re.compile(r'<p class="mono code">([0-9A-Z-]+)</p>')
PAGE, SIGN, RESTORE = "/boveda/repuestos/", "/boveda/repuestos/firmar/", "/boveda/repuestos/restaurar/"


class Losing(OwnBroker):
    """One that may lose its keys."""

    def lose(self, *people):
        self.remote.end()
        lose_keys(self.remote.folder)
        self.remote.start()
        self.enter(*people)

    def enter(self, *people):
        for client, someone in people:
            someone.token = someone.enter()
            client.cookies["boveda"] = someone.token


@pytest.fixture
def broker(monkeypatch):
    with own_broker(Losing, monkeypatch) as made:
        yield made


@pytest.fixture
def owner(broker, client):
    """Of a parcel without debt, inside."""
    make_town()
    number = fresh_account()
    import_accounts([account(number, "L1")], town="pueblo", by="consola", channel="cli")
    found = broker.owner(number)
    holders.keep_key(found.certificate)
    enter(client, found)
    return found


def made(client, someone, kind="paper", **given):
    page = client.post(f"{PAGE}nueva/", {"kind": kind, **given})
    return touch(client, someone, page, SIGN)


def paper(client, someone):
    return CODE.search(made(client, someone).content.decode())[1]


def text(answer):
    return answer.content.decode()


def test_a_lost_master_key_a_sheet_of_paper_and_the_certificate_is_issued_again(client, owner, broker):
    code = paper(client, owner)
    assert "En papel" in text(client.get(PAGE))
    broker.lose((client, owner))
    led = client.get("/boveda/")
    assert (led.status_code, led.url) == (302, RESTORE)
    assert "Los 28 signos de su papel" in text(client.get(RESTORE))
    refused = ask(client, owner, "L1")
    assert (refused.status_code, refused.url) == (302, RESTORE)
    wrong = client.post(RESTORE, {"code": "0000-" * 6 + "0000"})
    assert wrong.status_code == 403
    assert "no abre su bóveda" in text(wrong)
    assert "Bóveda restaurada" in text(client.post(RESTORE, {"code": code.lower()}))
    done = ask(client, owner, "L1")
    folio = done.url.rstrip("/").rsplit("/", 1)[-1]
    assert "Auténtico y vigente" in text(client.get(f"/verificar/{folio}"))
    told = text(client.get("/boveda/consultas/"))
    assert "Su bóveda se restauró con una llave de repuesto" in told
    assert "Usted hizo una llave de repuesto" in told
    assert "Ninguna todavía" in text(client.get(PAGE))


def test_a_broker_store_put_back_without_its_master_key_reads_under_an_old_permit_again(
    client, owner, broker
):
    """The backup of the store alone: no key travels with it, and the paper stays good."""
    official, grant = broker.official(), owner.grant(fields=("identity.full_name",))
    owner.give(grant)
    code = paper(client, owner)
    fields = ["identity.full_name"]
    broker.remote.end()
    folder, kept = broker.remote.folder, broker.remote.folder.parent / "copy"
    shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("kek", "socket"))
    shutil.rmtree(folder)
    shutil.move(kept, folder)
    broker.remote.start()
    broker.enter((client, owner))
    official.token = official.enter()
    with pytest.raises(Refusal, match="Se perdió la llave maestra") as told:
        actions.show(grant, fields, token=official.token)
    assert told.value.code == "key_lost"
    client.post(RESTORE, {"code": code})
    [found] = actions.show(grant, fields, token=official.token)
    assert found.value == "Casilda Ficticia"
    [permit] = broker.ask("my_grants", token=owner.token)
    assert permit["used"] == 1


def test_who_made_no_spare_is_told_what_is_left_and_may_begin_again(client, owner, broker):
    broker.lose((client, owner))
    page = text(client.get("/boveda/", follow=True))
    assert "Usted no tiene llaves de repuesto" in page
    form = answered(owner.key, client.get("/boveda/borrar/").content.decode())
    assert client.post("/boveda/borrar/", form | {"word": "BORRAR"}).status_code == 200
    assert broker.operate("losses")["lost"] == 0


def test_doctor_counts_who_is_closed_and_who_has_a_spare(client, owner, broker):
    from alcaldia.project.commands import doctor

    paper(client, owner)
    other = broker.citizen()
    assert other
    broker.lose((client, owner))
    [(fine, sentence)] = doctor._master_keys()
    assert not fine
    assert "no pueden abrir su bóveda: 2; de ellas con llave de repuesto: 1" in sentence


def test_rekeying_by_command_goes_on_around_the_closed_ones_and_the_paper_outlives_it(client, owner, broker):
    code = paper(client, owner)
    rekeying.rekey(suite="mlkem768x25519", by="consola", channel="cli")
    other = broker.citizen()
    broker.lose((client, owner))
    done = rekeying.rekey(suite="x25519", by="consola", channel="cli")
    assert (done.lost, done.migrated) == (2, 0)
    assert other
    assert "Bóveda restaurada" in text(client.post(RESTORE, {"code": code}))
    done = rekeying.rekey(suite="x25519", by="consola", channel="cli")
    assert (done.lost, done.migrated) == (1, 1)
    assert client.get("/boveda/").status_code == 200


def test_a_trusted_person_by_their_own_page_without_a_script(client, owner, broker):
    helper, other = broker.citizen(), Client()
    enter(other, helper)
    code = CODE.search(text(other.post(f"{PAGE}confianza/")))[1]
    assert made(client, owner, "person", code=code.lower()).url == PAGE
    number = re.search(r'<span class="mono">(\d{4})</span>', text(client.get(PAGE)))[1]
    assert number in text(other.get(PAGE))
    assert "Le nombraron persona de confianza" in text(other.get("/boveda/consultas/"))
    saved = paper(other, helper)
    broker.lose((client, owner), (other, helper))
    spare = re.search(r"/repuestos/([A-Za-z0-9_-]{22})/pedir/", text(client.get(RESTORE)))[1]
    assert client.post(f"{PAGE}{spare}/pedir/").url == RESTORE
    assert "compare el número" in text(other.get(PAGE))
    led = touch(other, helper, other.post(f"{PAGE}{spare}/ayudar/"), SIGN)
    assert led.url == RESTORE  # their own first
    other.post(RESTORE, {"code": saved})
    assert number in text(page := other.post(f"{PAGE}{spare}/ayudar/"))
    assert touch(other, helper, page, SIGN).url == PAGE
    assert client.get("/boveda/").status_code == 200
    touch(client, owner, client.post(f"{PAGE}{spare}/quitar/"), SIGN)
    assert "Dejó de ser persona de confianza" in text(other.get("/boveda/consultas/"))


def test_what_a_browser_makes_is_kept_only_beside_a_paper(client, owner, broker):
    given = {
        "public": to_text(suites.fresh_pair()[1]),
        "salt": to_text(bytes(32)),
        "credential": to_text(owner.key.id),
    }
    alone = made(client, owner, "device", **given)
    assert alone.status_code == 422
    assert "Haga primero una llave en papel" in text(alone)
    paper(client, owner)
    assert made(client, owner, "device", **given).url == PAGE
    assert "De un aparato" in text(client.get(PAGE))


@pytest.mark.parametrize(("address", "given"), [
    ("nueva/", {"kind": "word"}), ("nueva/", {"kind": "device"}), ("nueva/", {}), ("firmar/", {"state": "{}", "credential": "{}"}),
    ("restaurar/", {}), ("firmar/", {"state": json.dumps({"what": "make"}), "credential": '{"response": {}}'}),
])  # fmt: skip
def test_a_page_that_is_not_complete_changes_nothing(client, owner, address, given):
    assert client.post(f"{PAGE}{address}", given).status_code in {400, 403, 422}
    assert "Ninguna todavía" in text(client.get(PAGE))


def test_a_get_makes_nothing_and_strangers_are_sent_to_enter(client, owner):
    for address in ("nueva/", "firmar/", "confianza/", "x/quitar/", "x/pedir/", "x/ayudar/"):
        assert client.get(f"{PAGE}{address}").status_code == 405
    assert Client().get(PAGE).status_code == 302
    assert Client().post(RESTORE, {"code": "x"}).status_code == 302
