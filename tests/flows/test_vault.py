"""The vault through the web: what one holds, permits given and taken back, and who looked."""

import json
import re

import pytest

from alcaldia.identity import actions as identity
from alcaldia.identity.models import Official, Passkey, Session
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.filelog import FileLog
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.project.cli import main
from alcaldia.vault import actions, audit, custodian
from alcaldia.vault.actions import Statement
from alcaldia.vault.models import Holder, RecordVersion, SealedBox
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access, check_proof
from alcaldia.web.components.sessions import DEVICE_COOKIE, VAULT_COOKIES
from tests.factories import people
from tests.factories.custody import Someone
from tests.factories.people import answered
from tests.factories.town import town as make_town
from tests.flows.test_no_debt import _plain_static_files, enter, touch
from tests.verification.test_verifica import verifica

pytestmark = pytest.mark.django_db(transaction=True)
PERMIT = {
    "office": "pueblo/tesoreria",
    "case": "EXP-7",
    "purpose": "pay-out",
    "what": ["accounts.clabe"],
    "days": "7",
}
CLABE = "032180000118359719"
assert _plain_static_files


@pytest.fixture
def citizen(broker, client):
    found = broker.citizen()
    enter(client, found)
    statement = Statement(found.subject, "accounts", {"clabe": CLABE, "bank": "Banco Inventado"})
    actions.store([statement], by="citizen", channel="portal")
    return found


def desk(
    client, broker, role="treasury", username="tesorera", name="Ada Ficticia", towns=("pueblo",)
):  # fmt: skip
    """An official with an open vault, in a browser of their own, and a post in each of these towns."""
    for slug in towns:
        official = people.made_official(known_town(slug), role, username=username)
    Official.objects.filter(pk=official.pk).update(name=name)
    someone = Someone(
        broker, official.public_id, {"kind": "invitation", "code": identity.invite(owner=official)}
    )
    Passkey.objects.create(
        official=official, credential_id=someone.key.id, public_key=b"x", algorithm=-7, sign_count=0, label="T",
        created_at="2026-01-01T00:00Z",
    )  # fmt: skip
    people.log_in(client, official)
    client.cookies[VAULT_COOKIES["official"]] = someone.token
    return someone


def known_town(slug):
    return Municipality.objects.filter(slug=slug).first() or make_town(slug)


@pytest.fixture
def office_client():
    from django.test import Client

    return Client()


def give(client, citizen, **changed):
    known_town("pueblo")
    page = client.post("/boveda/permisos/nuevo/", PERMIT | changed)
    assert page.status_code == 200, page.content.decode()
    return touch(client, citizen, page, "/boveda/permisos/dar/")


def look(office, fields=("accounts.clabe",)):
    page = office.post("/oficina/datos/", {"case": "EXP-7"}).content.decode()
    found = re.search(r'name="permit" value="([0-9a-f]{64})"', page)
    return office.post(
        "/oficina/datos/ver/", {"case": "EXP-7", "permit": found[1] if found else "", "fields": fields}
    )


def test_one_reads_what_one_keeps_and_every_empty_shelf_says_what_it_is_for(client, citizen):
    page = client.get("/boveda/").content.decode()
    assert CLABE in page
    assert "Lo dijo usted" in page
    assert "La ciudad no tiene nada aquí" in page


def test_one_writes_under_ones_own_key(client, citizen):
    client.post("/boveda/datos/contact/", {"email": "nadie@ejemplo.mx", "phone": ""})
    assert "nadie@ejemplo.mx" in client.get("/boveda/").content.decode()
    assert "nadie" not in str(list(RecordVersion.objects.values()))


def test_what_a_register_says_one_does_not_write(client, citizen):
    assert client.post("/boveda/datos/tax/", {"due": "0.00"}).status_code == 404


def test_an_official_with_a_permit_sees_it_and_the_person_reads_their_name(
    client, citizen, broker, office_client
):
    desk(office_client, broker)
    assert give(client, citizen).status_code == 302
    assert CLABE in look(office_client).content.decode()
    told = client.get("/boveda/consultas/").content.decode()
    assert "Ada Ficticia" in told
    assert "Vio sus datos" in told


def test_a_curious_official_gets_nothing(client, citizen, broker, office_client):
    desk(office_client, broker, "cadastre", "catastro", "Curioso Inventado")
    give(client, citizen)
    answer = look(office_client)
    assert answer.status_code == 404
    assert CLABE not in answer.content.decode()


def test_the_treasury_of_another_town_gets_nothing_though_it_knows_the_folio(
    client, citizen, broker, office_client
):
    known_town("pueblo")
    desk(office_client, broker, username="ajena", name="Ajena Inventada", towns=("otro",))
    give(client, citizen)
    [one] = custodian.ask("my_grants", token=citizen.token)
    page = office_client.post("/oficina/datos/", {"case": "EXP-7"}).content.decode()
    assert "Su oficina no tiene ningún permiso" in page
    answer = office_client.post(
        "/oficina/datos/ver/", {"case": "EXP-7", "permit": one["id"], "fields": ["accounts.clabe"]}
    )
    assert answer.status_code == 404
    assert CLABE not in answer.content.decode()


def test_an_official_with_two_posts_opens_the_permits_of_both_towns(client, citizen, broker, office_client):
    desk(office_client, broker, towns=("pueblo", "otro"))
    for town in ("pueblo", "otro"):
        give(client, citizen, office=f"{town}/tesoreria")
        assert CLABE in look(office_client).content.decode()
    told = client.get("/api/v1/me/findUsage?offset=0&limit=5").json()["usages"]
    assert {one["receiver"] for one in told} == {"pueblo/tesoreria", "otro/tesoreria"}


def test_where_there_are_several_towns_one_chooses_the_office_of_one(client, citizen):
    known_town("pueblo")
    alone = client.get("/boveda/permisos/nuevo/").content.decode()
    assert '<option value="pueblo/tesoreria">Tesorería</option>' in alone
    assert "<optgroup" not in alone
    Municipality.objects.create(slug="otro", name="Otro Lugar")
    both = client.get("/boveda/permisos/nuevo/").content.decode()
    assert '<optgroup label="Otro Lugar">' in both
    assert client.post("/boveda/permisos/nuevo/", PERMIT | {"office": "tesoreria"}).status_code == 422


def test_a_permit_that_was_taken_back_opens_nothing_from_that_moment(client, citizen, broker, office_client):
    desk(office_client, broker)
    give(client, citizen)
    page = office_client.post("/oficina/datos/", {"case": "EXP-7"}).content.decode()
    id = re.search(r'name="permit" value="([0-9a-f]{64})"', page)[1]
    client.post(f"/boveda/permisos/{id}/retirar/")
    answer = office_client.post(
        "/oficina/datos/ver/", {"case": "EXP-7", "permit": id, "fields": ["accounts.clabe"]}
    )
    assert answer.status_code == 403
    assert "retiró este permiso" in answer.content.decode()
    assert "no se le permitió" in client.get("/boveda/consultas/").content.decode()


def test_the_proof_of_a_look_verifies_offline_and_a_changed_one_does_not(
    client, citizen, broker, office_client
):
    desk(office_client, broker)
    give(client, citizen)
    look(office_client)
    page = client.get("/boveda/consultas/").content.decode()
    told = json.loads(client.get(re.search(r"/boveda/consultas/\d+/prueba/", page)[0]).content)
    keys = KeySet.of(broker.ask("log_key"))
    assert check_proof(told, keys).official == "Ada Ficticia"
    told["event"]["official"] = "Otra Persona"
    with pytest.raises(ValueError, match="not the one in the log"):
        check_proof(told, keys)


def test_the_proof_of_a_look_is_checked_by_one_file_and_by_command_without_the_city(
    client, citizen, broker, office_client, tmp_path, capsys
):
    desk(office_client, broker)
    give(client, citizen)
    look(office_client)
    page = client.get("/boveda/consultas/").content.decode()
    told = json.loads(client.get(re.search(r"/boveda/consultas/\d+/prueba/", page)[0]).content)
    proof, keys = tmp_path / "consulta-1.json", tmp_path / "llaves.json"
    proof.write_text(json.dumps(told))
    status, said = verifica(tmp_path, proof)
    assert (status, "Ada Ficticia" in said) == (0, True)
    assert main(["broker", "verify", str(proof), "--llaves", str(keys)]) == 0
    told["event"]["official"] = "Otra Persona"
    proof.write_text(json.dumps(told))
    assert verifica(tmp_path, proof)[0] == 1
    assert main(["broker", "verify", str(proof), "--llaves", str(keys)]) == 1


def test_a_proof_that_brings_its_own_keys_proves_nothing(broker, tmp_path, monkeypatch):
    from alcaldia.project.commands import broker as command

    own = FileLog(tmp_path / "log", origin="mentira.example/consultas")
    event = Access(access.SHOWN, "2026-01-01T00:00:00Z", "p_x", official="Quien Sea").body()
    own.append([access.leaf(access.commitment(event, b"s" * 32))])
    proof = tmp_path / "consulta-1.json"
    proof.write_text(json.dumps(access.proof(event, b"s" * 32, own.receipt(0), own.keys().text())))
    assert verifica(tmp_path, proof)[0] == 1
    monkeypatch.setattr(command, "folder", lambda: tmp_path / "elsewhere")
    assert main(["broker", "verify", str(proof)]) == 1


def test_older_looks_are_a_page_away(client, citizen, broker, office_client, monkeypatch):
    from alcaldia.web.portal.vault import accesses

    monkeypatch.setattr(accesses, "PAGE", 1)
    desk(office_client, broker)
    give(client, citizen)
    look(office_client), look(office_client)
    first = client.get("/boveda/consultas/").content.decode()
    older = client.get("/boveda/consultas/" + re.search(r"\?antes=\d+", first)[0]).content.decode()
    one, two = (re.search(r"/boveda/consultas/(\d+)/prueba/", page)[1] for page in (first, older))
    assert int(two) < int(one)
    assert "Ver las anteriores" not in older


def test_the_page_learns_of_a_new_look_by_asking(client, citizen, broker, office_client):
    desk(office_client, broker)
    give(client, citizen)
    before = client.get("/boveda/consultas/nuevas/").json()["newest"]
    look(office_client)
    assert client.get("/boveda/consultas/nuevas/").json()["newest"] > before


def test_a_permit_that_asked_for_more_than_it_read_is_said(client, citizen, broker, office_client):
    desk(office_client, broker)
    give(client, citizen, what=["accounts.clabe", "accounts.bank"])
    for _ in range(10):
        look(office_client)
    assert "Pidió más de lo que leyó" in client.get("/boveda/permisos/").content.decode()


def test_a_permit_that_was_taken_back_and_never_read_says_so(client, citizen):
    give(client, citizen)
    [one] = custodian.ask("my_grants", token=citizen.token)
    assert "nunca leyó nada" not in client.get("/boveda/permisos/").content.decode()
    client.post(f"/boveda/permisos/{one['id']}/retirar/")
    assert "y nunca leyó nada" in client.get("/boveda/permisos/").content.decode()


def test_find_usage_speaks_its_three_fields_and_one_of_ours(client, citizen, broker, office_client):
    desk(office_client, broker)
    give(client, citizen)
    look(office_client)
    [row] = client.get("/api/v1/me/findUsage?offset=0&limit=5").json()["usages"]
    assert set(row) == {"logtime", "action", "receiver", "receiver_name"}
    assert (row["receiver"], row["receiver_name"]) == ("pueblo/tesoreria", "Tesorería")


@pytest.mark.parametrize("cookie", [None, "inventada"])
def test_find_usage_tells_a_program_without_a_session_so(client, broker, cookie):
    if cookie:
        enter(client, broker.citizen())
        client.cookies[VAULT_COOKIES["person"]] = cookie

    told = client.get("/api/v1/me/findUsage")

    assert (told.status_code, told["Content-Type"]) == (401, "application/problem+json")
    assert told.json()["code"] == "no_vault_session"


def test_before_erasing_one_reads_what_older_backups_still_hold(client, citizen):
    page = client.get("/boveda/borrar/").content.decode()
    assert "respaldo hechas antes" in page
    assert "también en los respaldos" not in page
    client.cookies["idioma"] = "en"
    assert "made before today" in client.get("/boveda/borrar/").content.decode()


def test_the_page_about_security_says_what_is_not_in_the_vault(client):
    page = client.get("/seguridad/").content.decode()
    assert "Los registros que se consultan por número" in page
    assert "adivinara números" in page
    assert "hasta que la ciudad los destruye" in page


def test_an_erased_vault_is_gone_here_and_at_the_broker(client, citizen):
    form = answered(citizen.key, client.get("/boveda/borrar/").content.decode())
    assert client.post("/boveda/borrar/", form | {"word": "si"}).status_code == 422
    assert "ya no existe" in client.post("/boveda/borrar/", form | {"word": "borrar"}).content.decode()
    assert RecordVersion.objects.filter(holder__subject=citizen.subject).count() == 0
    assert client.get("/boveda/").status_code == 302


def test_a_session_alone_or_a_key_that_signed_something_else_erases_nothing(client, citizen):
    asked = answered(citizen.key, client.get("/boveda/borrar/").content.decode())

    for credential in ("", json.dumps(citizen.key.sign(b"x" * 32))):
        sent = client.post("/boveda/borrar/", {**asked, "word": "BORRAR", "credential": credential})
        assert sent.status_code == 403
    assert RecordVersion.objects.filter(holder__subject=citizen.subject).exists()


def test_a_stranger_is_sent_to_enter_and_a_person_without_a_vault_session_to_open_it(client):
    assert client.get("/boveda/").url.startswith("/cuenta/entrar/")
    assert client.get("/oficina/datos/").url.startswith("/oficina/entrar/")


def test_a_row_deleted_with_sql_is_told_to_its_owner_and_to_the_operator(client, citizen):
    assert "guardó el" not in client.get("/boveda/").content.decode()
    before = audit.compare().wrong
    RecordVersion.objects.filter(holder__subject=citizen.subject).delete()
    assert "falta un dato que la ciudad guardó el" in client.get("/boveda/").content.decode()
    assert audit.compare().wrong == before + 2


def test_a_telling_that_was_cut_off_is_made_up_for(citizen, monkeypatch):
    monkeypatch.setattr(actions, "tell_heads", lambda made: None)
    actions.store(
        [Statement(citizen.subject, "contact", {"phone": "5550001"})], by="citizen", channel="portal"
    )
    monkeypatch.undo()
    assert audit.compare().told >= 1
    assert audit.compare().told == 0


def test_people_read_what_a_permit_is_for_and_never_its_code(client, citizen):
    known_town("pueblo")
    assert client.post("/boveda/permisos/nuevo/", PERMIT | {"purpose": "Curiosidad"}).status_code == 422
    page = client.post("/boveda/permisos/nuevo/", PERMIT).content.decode()
    give(client, citizen)
    told = [page, *(client.get(f"/boveda/{one}/").content.decode() for one in ("permisos", "consultas"))]
    for text in told:
        shown = re.sub(r"<[^>]*>", " ", re.sub(r'(data-options|value|id)="[^"]*"', "", text))
        assert "Depositarle un apoyo o una devolución" in shown
        assert "pay-out" not in shown
    client.cookies["idioma"] = "en"
    english = client.get("/boveda/permisos/").content.decode()
    assert "Pay you a benefit or a refund" in english


def test_a_vault_cookie_that_nobody_was_given_writes_nothing(client, broker):
    person = broker.citizen()
    enter(client, person)
    before = RecordVersion.objects.count()
    client.cookies[VAULT_COOKIES["person"]] = "inventada"

    sent = client.post("/boveda/datos/contact/", {"phone": "5550009999", "email": "otro@example.org"})

    assert sent.url.startswith("/boveda/abrir/")
    assert RecordVersion.objects.count() == before


@pytest.mark.parametrize(
    "page", ["", "datos/contact/", "consultas/nuevas/", "sellado/", "repuestos/", "permisos/"]
)
def test_anothers_live_vault_session_opens_no_page_of_mine(client, broker, page):
    enter(client, broker.citizen())
    client.cookies[VAULT_COOKIES["person"]] = broker.citizen().token

    assert client.get(f"/boveda/{page}").url.startswith("/boveda/abrir/")


def test_anothers_live_vault_session_throws_nothing_of_mine_away(client, broker):
    person = broker.citizen()
    enter(client, person)
    SealedBox.objects.create(holder=Holder.objects.get(subject=person.subject), mark="0" * 64, wraps=[])
    client.cookies[VAULT_COOKIES["person"]] = broker.citizen().token

    client.post("/boveda/sellado/tirar/", {"word": "BORRAR"})

    assert SealedBox.objects.filter(holder__subject=person.subject).exists()


def live_at_the_broker(token):
    return bool(custodian.ask("who", token=token))


@pytest.mark.parametrize("how", ["all", "one", "stolen"])
def test_a_session_that_ends_elsewhere_ends_at_the_broker_too(client, citizen, how):
    """A copied token, or one that a hacked web kept, is worth nothing once its owner closed what it came with."""
    from django.test import Client

    token, other = client.cookies[VAULT_COOKIES["person"]].value, Client()
    assert live_at_the_broker(token)
    session = Session.objects.get(person__public_id=citizen.subject)
    people.log_in(other, session.person)
    if how == "stolen":
        client.cookies[DEVICE_COOKIE] = "x" * 40
        client.get("/cuenta/")
    else:
        other.post("/cuenta/sesiones/cerrar/" if how == "all" else f"/cuenta/sesiones/{session.pk}/cerrar/")
    assert not live_at_the_broker(token)
