"""The no-debt certificate through the web: used without being shown, and in hand after one touch."""

import errno
import html
import json
import re
from dataclasses import replace

import pytest

from alcaldia.documents import queries as documents
from alcaldia.documents import store
from alcaldia.identity.models import Passkey, Person
from alcaldia.ledger.models import Entry
from alcaldia.vault import actions
from alcaldia.vault.importing import import_accounts
from alcaldia.vault.models import Holder, RecordVersion
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.factories import people
from tests.factories.passkey import to_bytes
from tests.factories.town import town as make_town
from tests.factories.vaults import account, fresh_account

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Hermenegilda Piedraluna"


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.fixture
def owner(broker, client):
    """Two parcels, one paid and one in debt; logged in with the vault open."""
    make_town()
    numbers, person = [fresh_account(), fresh_account()], f"XF{fresh_account()}"
    rows = [
        account(numbers[0], "L1", name=NAME, person=person),
        account(numbers[1], "L4", due="812.40", person=person),
    ]
    import_accounts(rows, town="pueblo", by="consola", channel="cli")
    found = broker.owner(numbers[0])
    enter(client, found)
    return found


def enter(client, someone):
    """A session of identity and one of the broker, as logging in gives both."""
    person, _ = Person.objects.get_or_create(
        public_id=someone.subject, defaults={"created_at": "2026-01-01T00:00Z"}
    )
    Passkey.objects.create(
        person=person, credential_id=someone.key.id, public_key=b"x", algorithm=-7, sign_count=0, label="T",
        created_at="2026-01-01T00:00Z",
    )  # fmt: skip
    people.log_in(client, person)
    client.cookies[VAULT_COOKIES["person"]] = someone.token


def touch(client, someone, page, address):
    """Read the form of a signing page, touch the passkey, send it."""
    text = page.content.decode()
    options = json.loads(html.unescape(re.search(r'data-options="([^"]+)"', text)[1]))
    state = html.unescape(re.search(r'name="state" value="([^"]+)"', text)[1])
    credential = json.dumps(someone.key.sign(to_bytes(options["challenge"])))
    return client.post(address, {"state": state, "credential": credential})


def ask(client, someone, parcel):
    page = client.post("/tramites/no-adeudo/confirmar/", {"m": "pueblo", "parcel": parcel})
    return touch(client, someone, page, "/tramites/no-adeudo/expedir/")


def test_one_touch_gives_a_certificate_that_anyone_verifies(client, owner):
    listed = client.get("/tramites/no-adeudo/").content.decode()
    assert "L1" in listed
    assert "L4" in listed
    done = ask(client, owner, "L1")
    folio = done.url.rstrip("/").rsplit("/", 1)[-1]
    assert "Auténtico y vigente" in client.get(f"/verificar/{folio}").content.decode()
    pdf = client.get(f"/tramites/no-adeudo/{folio}/certificado.pdf").content
    assert documents.verify(pdf).valid
    assert NAME.encode() not in pdf
    act = json.loads(bytes(Entry.objects.get(folio=folio).body))
    assert {name: len(value) for name, value in act["signed"].items()} == {"bundle": 64, "key": 64}


def test_a_debt_is_a_sentence_and_its_amount_is_only_the_owners(client, owner):
    answer = ask(client, owner, "L4")
    assert answer.status_code == 409
    assert "$812.40" in answer.content.decode()
    kept = [bytes(one.body) for one in Entry.objects.all()]
    assert not any(b"812" in body and b"no-debt" in body for body in kept)


def test_a_parcel_of_somebody_else_is_refused(client, owner):
    answer = ask(client, owner, "L5")
    assert answer.status_code == 403
    assert "no tiene este predio a su nombre" in answer.content.decode()


def test_who_owns_and_paid_the_same_key_in_another_town_gets_no_certificate_of_this_one(broker, client):
    make_town(), make_town("otro")
    number = fresh_account()
    import_accounts([account(number, "L1", name=NAME)], town="otro", by="consola", channel="cli")
    neighbour = broker.owner(number, "otro")
    enter(client, neighbour)
    assert 'value="L1"' not in client.get("/tramites/no-adeudo/?m=pueblo").content.decode()
    answer = ask(client, neighbour, "L1")
    assert answer.status_code == 403
    assert "no tiene este predio a su nombre" in answer.content.decode()
    assert not Entry.objects.filter(type="procedures.no_debt_issued").exists()


def test_what_was_imported_without_its_town_is_nobody_s_until_it_is_imported_again(
    broker, client, monkeypatch
):
    make_town()
    row = account(fresh_account(), "L1", name=NAME)
    with monkeypatch.context() as before:
        before.setattr(actions, "_seal", without_town(actions._seal))
        import_accounts([row], town="pueblo", by="consola", channel="cli")
        owner = broker.owner(row["cuenta"])
    enter(client, owner)
    assert "no tiene este predio a su nombre" in ask(client, owner, "L1").content.decode()
    import_accounts([row | {"agua_pendiente": "1.00"}], town="pueblo", by="consola", channel="cli")
    assert ask(client, owner, "L1").status_code == 302


def without_town(seal):
    def sealed(statement, *given):
        values = {name: value for name, value in statement.values.items() if name != "city"}
        return seal(replace(statement, values=values), *given)

    return sealed


def test_the_same_signature_sent_twice_is_one_certificate(client, owner):
    page = client.post("/tramites/no-adeudo/confirmar/", {"m": "pueblo", "parcel": "L1"})
    first = touch(client, owner, page, "/tramites/no-adeudo/expedir/")
    again = touch(client, owner, page, "/tramites/no-adeudo/expedir/")
    assert first.url == again.url
    assert Entry.objects.filter(type="procedures.no_debt_issued").count() == 1


def test_what_was_signed_for_one_parcel_does_not_serve_for_another(client, owner):
    page = client.post("/tramites/no-adeudo/confirmar/", {"m": "pueblo", "parcel": "L1"})
    page.content = page.content.replace(
        b"&quot;parcel&quot;: &quot;L1&quot;", b"&quot;parcel&quot;: &quot;L4&quot;"
    )
    answer = touch(client, owner, page, "/tramites/no-adeudo/expedir/")
    assert answer.status_code == 422
    assert "no es esta solicitud" in answer.content.decode()


def test_who_may_write_to_the_database_can_not_forge_a_zero_balance(client, owner):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from alcaldia.vault.rules import sealing
    from alcaldia.vault.rules.provenance import Place, stated
    from alcaldia.vault.rules.text64 import to_text

    holder = Holder.objects.get(subject=owner.subject)
    row = next(
        one for one in RecordVersion.objects.filter(holder=holder, group="tax")
        if one.item == _item_of(owner, "L4")
    )  # fmt: skip
    place = Place(owner.subject, "tax", row.item, "", 2)
    said, key = {"parcel": "L4", "city": "pueblo", "due": "0.00"}, Ed25519PrivateKey.generate()
    values = stated(said, source="tesoreria", date="2026-01-01", record=place, key=key)
    forged = sealing.seal_record(
        owner.subject, "tax", row.item, 2, values, suite=holder.suite, public=bytes(holder.public_key)
    )
    RecordVersion.objects.create(
        holder=holder, group="tax", item=row.item, number=2, suite=forged.suite, algorithm=forged.algorithm,
        sealed=forged.sealed, fields={name: to_text(data) for name, data in forged.fields.items()}, digest="0" * 64,
    )  # fmt: skip
    answer = ask(client, owner, "L4")
    assert answer.status_code == 409
    assert Entry.objects.filter(type="procedures.no_debt_issued").count() == 0


def _item_of(owner, parcel):
    from alcaldia.vault import queries

    held = queries.own(owner.subject, owner.token, ["tax"])
    return next(one.item for one in held if one.field == "parcel" and one.value == parcel)


def test_without_an_open_vault_one_is_asked_to_open_it(client, owner):
    del client.cookies[VAULT_COOKIES["person"]]
    answer = client.get("/tramites/no-adeudo/")
    assert answer.status_code == 302
    assert answer.url.startswith("/boveda/abrir/?next=")


def test_with_the_broker_down_there_is_a_clear_sentence_and_the_rest_goes_on(client, owner, monkeypatch):
    from alcaldia.vault import custodian
    from alcaldia.vault.link import Link

    monkeypatch.setattr(custodian, "_link", lambda path: Link(path.with_name("nobody")))
    answer = client.get("/boveda/")
    assert answer.status_code == 503
    assert "La bóveda no responde" in answer.content.decode()
    assert client.get("/visor/pueblo/").status_code == 200


def test_a_certificate_whose_file_found_no_room_is_told_as_issued_and_drawn_for_its_reader(
    client, owner, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write", full)
    there = ask(client, owner, "L1")
    folio = Entry.objects.get(type="procedures.no_debt_issued").folio
    assert folio in there.url
    assert client.get(f"{there.url}certificado.pdf").content.startswith(b"%PDF")
