"""The council's procedure end to end: order, signatures made elsewhere, one look, and everybody can count it."""

import html
import importlib.util
import json
import re
import secrets
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from alcaldia.broker import process
from alcaldia.identity.models import Notice
from alcaldia.identity.ports import plugged
from alcaldia.kernel.errors import Refusal
from alcaldia.project import releases
from alcaldia.vault import actions, council, custodian
from alcaldia.vault.actions import Statement
from alcaldia.vault.custody import BrokerCustodian
from alcaldia.vault.rules import emergency
from alcaldia.vault.rules.grant import Send
from alcaldia.vault.rules.text64 import to_text
from alcaldia.web.components.sessions import VAULT_COOKIES
from alcaldia.web.transparency.bundle import keys_bundle
from tests.conftest import ROOT
from tests.factories.vaults import Broker
from tests.factories.witnesses import made
from tests.flows.test_no_debt import _plain_static_files, enter
from tests.flows.test_vault import desk

pytestmark = pytest.mark.django_db(transaction=True)
assert _plain_static_files
CLABE = "032180000118359719"


def program():
    spec = importlib.util.spec_from_file_location("consejo", ROOT / "witness" / "consejo.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture
def members(tmp_path, capsys):
    """Three members with the program on their own machines; their public keys."""
    keys = []
    for number in range(3):
        program().main(["--key", str(tmp_path / f"{number}.key"), "key"])
        keys.append(capsys.readouterr().out.strip())
    return keys


@pytest.fixture
def broker(monkeypatch):
    """A broker process of this test's own: only its own council follows a council. `restart` is told what to do meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="broker-"))
    running = [process.start(folder, "http://localhost:8000")]
    monkeypatch.setattr(custodian, "folder", lambda: folder)
    monkeypatch.setattr(plugged, "custodian", BrokerCustodian())

    def end():
        for name in ("web", "operator"):
            custodian._link(folder / name / "socket").close()
        running[0].terminate()
        running[0].communicate(timeout=20)

    def a_week_passes():
        """Nobody waits in a test: the moment it was named is put back in the store of the broker that stands still."""
        end()
        with closing(sqlite3.connect(folder / "broker.sqlite3")) as store, store:
            [(since,)] = store.execute("SELECT since FROM council ORDER BY id DESC LIMIT 1").fetchall()
            earlier = datetime.fromisoformat(since) - emergency.DELAY - timedelta(seconds=1)
            store.execute("UPDATE council SET since = ?", (earlier.isoformat(),))
        running[0] = process.start(folder, "http://localhost:8000")

    made = Broker()
    made.folder, made.a_week_passes = folder, a_week_passes
    yield made
    end()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def case(broker, client, members):
    """A person with data and a permit for a case of their own, and a council named today."""
    person, number = broker.citizen(), f"EXP-{secrets.token_hex(4)}"
    enter(client, person)
    actions.store([Statement(person.subject, "accounts", {"clabe": CLABE})], by="citizen", channel="portal")
    permit = actions.ask(person=person.subject, fields=["accounts.bank"], purpose="complete-file", case=number, office="pueblo/tesoreria", mode="show")  # fmt: skip
    send = Send("00" * 32, (permit,))
    actions.give(send, person.key.sign(send.challenge()))
    broker.operate("name_council", needed=2, members=members)
    return person, number


def order(office, number):
    page = office.post("/oficina/datos/consejo/", {"case": number, "reason": "Orden judicial 3/2026", "what": ["accounts.clabe"], "hours": "1"})  # fmt: skip
    return html.unescape(re.search(r'name="order" value="([^"]+)"', page.content.decode())[1])


def sign(tmp_path, capsys, text, count):
    path = tmp_path / "orden.json"
    path.write_text(text, encoding="utf-8")
    for number in range(count):
        assert program().main(["--key", str(tmp_path / f"{number}.key"), "sign", str(path), "--yes"]) == 0
    return capsys.readouterr().out


def test_off_it_says_so_to_the_office_and_to_everybody(broker, client):
    office = Client()
    desk(office, broker)
    assert "está apagado" in office.get("/oficina/datos/consejo/").content.decode()
    assert "nadie puede hacerlo" in client.get("/bitacora/").content.decode()


def test_a_council_named_today_opens_nothing_for_a_week(broker, case, tmp_path, capsys):
    _, number = case
    office = Client()
    desk(office, broker)
    text = order(office, number)
    answer = office.post("/oficina/datos/consejo/abrir/", {"order": text, "signatures": sign(tmp_path, capsys, text, 3)})  # fmt: skip
    assert answer.status_code == 403
    assert "hace menos de siete días" in answer.content.decode()


def test_the_members_own_program_signs_the_very_bytes_that_the_city_checks(members, tmp_path, capsys):
    made = council.draft(
        case="EXP-ñ «1»", office="pueblo/tesoreria", fields=["tax.due"], reason="Ñandú", hours=1
    )
    text = json.dumps(made.body(), ensure_ascii=False)
    signatures = [json.loads(line) for line in sign(tmp_path, capsys, text, 2).splitlines()]
    from alcaldia.vault.rules.text64 import to_bytes

    known = emergency.Council(2, tuple(to_bytes(one) for one in members))
    assert len(emergency.signers(made, known, signatures)) == 2
    (tmp_path / "otra.json").write_text(json.dumps({**made.body(), "person": "todas"}))
    assert (
        program().main(["--key", str(tmp_path / "0.key"), "sign", str(tmp_path / "otra.json"), "--yes"]) == 1
    )


def test_it_opens_once_in_a_real_broker_and_person_account_and_public_page_say_so(
    broker, case, client, tmp_path, capsys
):
    person, number = case
    broker.a_week_passes()
    person.token = person.enter()
    client.cookies[VAULT_COOKIES["person"]] = person.token
    office = Client()
    desk(office, broker)
    text = order(office, number)
    few = {"order": text, "signatures": sign(tmp_path, capsys, text, 1)}
    assert "Faltan firmas" in office.post("/oficina/datos/consejo/abrir/", few).content.decode()
    given = {"order": text, "signatures": sign(tmp_path, capsys, text, 2)}
    page = office.post("/oficina/datos/consejo/abrir/", given)
    assert CLABE in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert CLABE not in office.post("/oficina/datos/consejo/abrir/", given).content.decode()
    assert Notice.objects.filter(person__public_id=person.subject, kind="council_opened").count() == 1
    assert "El consejo ciudadano abrió datos suyos" in client.get("/cuenta/").content.decode()
    who = client.get("/boveda/consultas/").content.decode()
    assert "Orden judicial 3/2026" in who
    assert "Ada Ficticia" in who
    public = client.get("/bitacora/").content.decode()
    assert "El consejo abrió datos de una persona" in public
    assert "<strong>1</strong> vez desde que existe" in public


def test_an_operator_can_not_put_a_council_of_their_own_in_its_place(broker, case, tmp_path, capsys):
    """The command writes the change; the members' own program signs it; without them it is refused."""
    mine = [to_text(Ed25519PrivateKey.generate().public_key().public_bytes_raw()) for _ in range(3)]
    with pytest.raises(Refusal, match="sólo él nombra al siguiente"):
        broker.operate("name_council", needed=2, members=mine)
    told = broker.operate("council_change", needed=2, members=mine)
    signatures = sign(tmp_path, capsys, json.dumps(told), 2)
    given = [json.loads(line) for line in signatures.splitlines()]
    assert (
        broker.operate("name_council", needed=2, members=mine, signatures=given)["since"]
        > datetime.now(UTC).isoformat()
    )


SCRIPT = b"export const seal = 1;"


@pytest.fixture
def city(tmp_path, monkeypatch, settings):
    """A city that published a release, as its own pages serve it, and the program of a member who has its keys."""
    settings.HOME = tmp_path / "home"
    listed = f"{sha256(SCRIPT).hexdigest()}  src/alcaldia/web/portal/static/portal/sealed.js\n{'0' * 64}  README.md\n"
    releases.publish(releases.Release("0.1.0", listed.encode(), b"{}"), by="t", channel="cli")
    (tmp_path / "llaves.json").write_text(keys_bundle())
    served = {"static/portal/sealed.js": SCRIPT}

    def fetch(_site, path):
        answer = Client().get(f"/{path}")
        if path not in served and answer.status_code != 200:
            raise OSError(f"404 {path}")
        return served.get(path) or answer.content

    found = program()
    monkeypatch.setattr(found, "fetch", fetch)
    monkeypatch.syspath_prepend(ROOT / "verifica")
    words = ["program", "https://ciudad.example", "--llaves", str(tmp_path / "llaves.json")]
    return lambda: found.main(words), served


def test_a_member_notices_a_script_that_is_not_the_published_one(city):
    check, served = city
    assert check() == 0
    served["static/portal/sealed.js"] += b"send(secret)"
    assert check() == 1


def test_a_city_that_changes_script_list_and_page_together_is_noticed(city):
    """The log is asked, not the page: what was never published has no act there."""
    check, served = city
    other = b"send(secret)"
    listed = f"{sha256(other).hexdigest()}  src/alcaldia/web/portal/static/portal/sealed.js\n".encode()
    served |= {"static/portal/sealed.js": other, "bitacora/programa/programa.sha256": listed}
    assert check() == 1
    served["bitacora/programa/acto.json"] = json.dumps(
        {"manifest_sha256": sha256(listed).hexdigest()}
    ).encode()
    assert check() == 1
    served["bitacora/programa/acto.tlog-proof"] = b"c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n\nx"
    assert check() == 1


def test_a_city_that_goes_back_to_an_earlier_version_is_noticed(city, capsys):
    """It was published and is in the log; the hole for which it was replaced is there again."""
    check, served = city
    earlier = {name: Client().get(f"/bitacora/programa/{name}").content for name in program().FILES}
    fixed = SCRIPT + b" // mended"
    listed = f"{sha256(fixed).hexdigest()}  src/alcaldia/web/portal/static/portal/sealed.js\n"
    releases.publish(releases.Release("0.2.0", listed.encode(), b"{}"), by="t", channel="cli")
    served["static/portal/sealed.js"] = fixed
    assert (check(), check()) == (0, 0)
    served |= {f"bitacora/programa/{name}": data for name, data in earlier.items()}
    served["static/portal/sealed.js"] = SCRIPT
    capsys.readouterr()
    assert check() == 1
    assert "ya vio la del" in capsys.readouterr().err


@pytest.mark.parametrize("kept", ["[1]", "{", "5"])
def test_a_spoilt_memory_of_versions_is_told_and_not_written_over(city, tmp_path, kept):
    check, _ = city
    memory = tmp_path / "llaves.json.visto"
    memory.write_text(kept)
    assert (check(), memory.read_text()) == (2, kept)


def test_without_keys_list_or_witnesses_a_member_cannot_tell(city, tmp_path):
    check, served = city
    told = json.loads((tmp_path / "llaves.json").read_text())
    wanted = f"witness w {made(tmp_path / 'w', 'w.example').vkeys()[0]}\nquorum w\n"
    (tmp_path / "llaves.json").write_text(json.dumps(told | {"policy": wanted}))
    assert check() == 2
    (tmp_path / "llaves.json").unlink()
    assert check() == 2


def test_a_member_signs_nothing_that_the_screen_would_show_otherwise(members, tmp_path):
    made = council.draft(
        case="EXP-1", office="pueblo/tesoreria", fields=["tax.due"], reason="Juez\x1b[2J", hours=1
    )
    (tmp_path / "orden.json").write_text(json.dumps(made.body()))
    words = ["--key", str(tmp_path / "0.key"), "sign", str(tmp_path / "orden.json"), "--yes"]
    assert program().main(words) == 1
