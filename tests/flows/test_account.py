"""A citizen registers with one touch, enters, manages keys and sessions; an official by invitation only."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from alcaldia.identity import actions
from alcaldia.identity.models import Notice, Official, Passkey, Person, RecoveryCode, Session
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.web.components.sessions import COOKIES, DEVICE_COOKIE
from tests.factories.passkey import SoftPasskey
from tests.factories.people import answered, log_in, made_official, made_person, with_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


def asked(client, address):
    """Options and state of the form that the page shows."""
    page = client.get(address).content.decode()
    options = re.search(r'data-options="([^"]+)"', page)
    state = re.search(r'name="state" value="([^"]+)"', page)
    assert options, page
    return json.loads(unescape(options.group(1))), unescape(state.group(1))


def create(client, address, device, **more):
    options, state = asked(client, address)
    return client.post(address, {"state": state, "credential": json.dumps(device.create(options)), **more})


def add(client, address, device, earlier):
    """Both steps: the device makes the new key, an earlier one of the owner allows it."""
    page = create(client, address, device)
    return client.post(address, step_two(page.content.decode(), earlier))


def make_codes(client, device):
    """Recovery codes, signed; the answer is the page that shows them."""
    page = client.get("/cuenta/codigos/").content.decode()
    codes = re.search(r'name="codes" value="([^"]+)"', page).group(1)
    return client.post("/cuenta/codigos/", answered(device, page) | {"codes": codes})


def step_two(page, earlier):
    created = unescape(re.search(r'name="created" value="([^"]+)"', page).group(1))
    return answered(earlier, page) | {"created": created}


def get(client, address, device, **more):
    options, state = asked(client, address)
    return client.post(address, {"state": state, "credential": json.dumps(device.get(options)), **more})


def test_registering_takes_one_touch_and_asks_nothing(client):
    done = create(client, "/cuenta/registro/", SoftPasskey())

    assert (done.status_code, Person.objects.count()) == (302, 1)
    assert client.get("/cuenta/").status_code == 200
    assert Entry.objects.get().type == "identity.passkey_registered"


def test_the_public_leaf_of_a_registration_names_no_subject(client):
    create(client, "/cuenta/registro/", SoftPasskey())

    entry, person = Entry.objects.get(), Person.objects.get()
    assert person.public_id.encode() not in bytes(entry.entry) + bytes(entry.body)


def test_one_leaves_and_enters_again_without_a_name(client):
    device = SoftPasskey()
    create(client, "/cuenta/registro/", device)
    client.post("/cuenta/salir/")
    outside = client.get("/cuenta/")

    inside = get(client, "/cuenta/entrar/", device)

    assert (outside.status_code, inside.status_code, inside.url) == (302, 302, "/cuenta/")
    assert client.get("/cuenta/").status_code == 200


def test_a_login_goes_back_to_the_page_that_asked_and_never_to_another_site(client):
    _, device = made_person()
    home = get(client, "/cuenta/entrar/?next=/cuenta/codigos/", device, next="/cuenta/codigos/")
    away = get(client, "/cuenta/entrar/", device, next="https://malo.example/")

    assert (home.url, away.url) == ("/cuenta/codigos/", "/cuenta/")


def test_an_answer_opens_nothing_twice(client):
    _, device = made_person()
    options, state = asked(client, "/cuenta/entrar/")
    given = {"state": state, "credential": json.dumps(device.get(options))}

    first, again = client.post("/cuenta/entrar/", given), client.post("/cuenta/entrar/", given)

    assert (first.status_code, again.status_code) == (302, 409)


def test_an_unknown_key_and_a_wrong_signature_read_the_same(client):
    _, device = made_person()
    stranger = SoftPasskey()
    forged = SoftPasskey()
    forged.id = device.id

    answers = [get(client, "/cuenta/entrar/", one) for one in (stranger, forged)]

    assert {one.status_code for one in answers} == {403}
    assert len({re.search(r'lang="es">([^<]+)', one.content.decode()).group(1) for one in answers}) == 1


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"id": 3}', '{"id":"a","response":{}}', "x" * 20_000])
def test_an_answer_that_is_none_is_refused(client, broken):
    _, state = asked(client, "/cuenta/entrar/")

    assert client.post("/cuenta/entrar/", {"state": state, "credential": broken}).status_code == 403


def test_an_answer_from_another_site_is_refused(client):
    _, device = made_person()
    device.origin = "http://localhost.malo.example"

    assert get(client, "/cuenta/entrar/", device).status_code == 403


def test_a_citizens_key_does_not_open_the_office(client):
    _, device = made_person()

    assert get(client, "/oficina/entrar/", device).status_code == 403


def test_a_counter_that_went_back_blocks_the_key_and_tells_its_owner(client):
    person, device = made_person()
    get(client, "/cuenta/entrar/", device)
    get(client, "/cuenta/entrar/", device)
    device.counter = 0

    cloned = get(client, "/cuenta/entrar/", device)

    assert (cloned.status_code, "copiado" in cloned.content.decode()) == (403, True)
    assert Passkey.objects.get().flagged_at is not None
    assert not Session.objects.filter(ended_at__isnull=True).exists()
    assert Notice.objects.filter(person=person, kind="passkey_flagged").exists()
    assert Entry.objects.filter(type="identity.passkey_flagged").exists()
    device.counter = 99
    assert get(client, "/cuenta/entrar/", device).status_code == 403


def test_a_stolen_session_cookie_ends_the_session_for_the_thief_and_says_so(client):
    from django.test import Client

    person, device = made_person()
    get(client, "/cuenta/entrar/", device)
    thief = Client()
    thief.cookies[COOKIES["person"]] = client.cookies[COOKIES["person"]].value

    assert thief.get("/cuenta/").status_code == 302
    assert client.get("/cuenta/").status_code == 302
    assert Notice.objects.filter(person=person, kind="session_stolen").exists()


def test_a_login_never_keeps_the_key_of_the_session_before(client):
    person, device = made_person()
    get(client, "/cuenta/entrar/", device)
    before = client.cookies[COOKIES["person"]].value
    get(client, "/cuenta/entrar/", device)

    assert client.cookies[COOKIES["person"]].value != before
    assert Session.objects.filter(person=person, ended_at__isnull=True).count() == 1


@pytest.mark.parametrize(("kind", "idle", "absolute"), [("person", 30, 12), ("official", 15, 8)])
def test_a_session_ends_idle_and_after_its_hours(client, kind, idle, absolute):
    owner = made_person()[0] if kind == "person" else made_official()
    home = "/cuenta/" if kind == "person" else "/oficina/"
    for ago, seen in ((timedelta(0), timedelta(minutes=idle)), (timedelta(hours=absolute), timedelta(0))):
        session = log_in(client, owner)
        now = timezone.now()
        Session.objects.filter(pk=session.pk).update(created_at=now - ago - seen, last_seen_at=now - seen)
        assert client.get(home).status_code == 302
    session = log_in(client, owner)
    Session.objects.filter(pk=session.pk).update(last_seen_at=timezone.now() - timedelta(minutes=idle - 1))
    assert client.get(home).status_code == 200


def test_sessions_that_are_over_are_listed_with_why(client):
    person, _ = made_person()
    idle, closed, now = log_in(Client(), person), log_in(Client(), person), timezone.now()
    Session.objects.filter(pk=idle.pk).update(
        created_at=now - timedelta(hours=2), last_seen_at=now - timedelta(hours=1)
    )
    log_in(client, person)
    client.post(f"/cuenta/sesiones/{closed.pk}/cerrar/")
    page = client.get("/cuenta/").content.decode()
    assert page.index("La cerró usted.") < page.index("Se cerró sola: nadie la usó.")


def test_sessions_are_seen_and_closed_by_their_owner_only(client):
    from django.test import Client

    person, _ = made_person()
    other, _ = made_person()
    log_in(client, person)
    elsewhere, stranger = Client(), Client()
    session = log_in(elsewhere, person)
    log_in(stranger, other)

    assert stranger.post(f"/cuenta/sesiones/{session.pk}/cerrar/").status_code == 404
    assert client.post(f"/cuenta/sesiones/{session.pk}/cerrar/").status_code == 302
    assert elsewhere.get("/cuenta/").status_code == 302
    log_in(elsewhere, person)
    client.post("/cuenta/sesiones/cerrar/")
    assert [one.get("/cuenta/").status_code for one in (client, elsewhere, stranger)] == [302, 302, 200]


def test_a_second_key_is_added_renamed_and_removed_and_the_last_one_stays(client):
    person, device = made_person()
    log_in(client, person)
    second = SoftPasskey()
    add(client, "/cuenta/llaves/agregar/", second, device)
    first = Passkey.objects.get(credential_id=device.id)

    client.post(f"/cuenta/llaves/{first.pk}/nombre/", {"nombre": "Teléfono viejo"})
    assert "Teléfono viejo" in client.get("/cuenta/").content.decode()
    log_in(client, person)
    assert client.post(f"/cuenta/llaves/{first.pk}/quitar/").status_code == 302
    assert get(client, "/cuenta/entrar/", device).status_code == 403
    assert get(client, "/cuenta/entrar/", second).status_code == 302
    last = Passkey.objects.get(credential_id=second.id)
    assert client.post(f"/cuenta/llaves/{last.pk}/quitar/").status_code == 409
    make_codes(client, second)
    assert client.post(f"/cuenta/llaves/{last.pk}/quitar/").status_code == 302


def test_a_session_without_an_earlier_key_adds_none(client):
    person, device = made_person()
    log_in(client, person)
    planted, door = SoftPasskey(), "/cuenta/llaves/agregar/"
    page = create(client, door, planted).content.decode()
    form = step_two(page, device)
    by_itself = client.post(door, step_two(page, planted)).status_code
    other = create(client, door, SoftPasskey()).content.decode()
    over_another = client.post(door, step_two(other, device) | {"created": form["created"]}).status_code
    alone = client.post(door, {"state": form["state"], "created": form["created"]}).status_code

    assert (by_itself, over_another, alone, Passkey.objects.count()) == (403, 403, 403, 1)


def test_an_official_adds_a_key_by_one_they_have_and_not_without(client):
    official = made_official(username="jefa")
    earlier, fresh, door = with_key(official), SoftPasskey(), "/oficina/mi-cuenta/llaves/agregar/"
    log_in(client, official)
    page = create(client, door, fresh).content.decode()

    assert "Paso 2 de 2" in page
    assert client.post(door, step_two(page, fresh)).status_code == 403
    assert add(client, door, fresh, earlier).status_code == 302
    assert official.passkeys.count() == 2


def test_codes_without_a_signature_over_exactly_them_are_not_made(client):
    person, device = made_person()
    log_in(client, person)
    page, door = client.get("/cuenta/codigos/").content.decode(), "/cuenta/codigos/"
    form = answered(device, page) | {"codes": "A" * 26}
    ours = re.search(r'name="codes" value="([^"]+)"', page).group(1)
    other = answered(SoftPasskey(), client.get(door).content.decode()) | {"codes": ours}

    assert client.post(door, form).status_code == 409
    assert client.post(door, other).status_code in {403, 409}
    assert RecoveryCode.objects.count() == 0
    assert make_codes(client, device).status_code == 200
    assert RecoveryCode.objects.count() == 4


def test_removing_a_key_ends_what_it_opened(client):
    person, device = made_person()
    get(client, "/cuenta/entrar/", device)
    with_key(person)

    client.post(f"/cuenta/llaves/{Passkey.objects.get(credential_id=device.id).pk}/quitar/")

    assert client.get("/cuenta/").status_code == 302


def test_somebody_elses_key_cannot_be_touched(client):
    person, _ = made_person()
    stranger, _ = made_person()
    log_in(client, stranger)
    key = Passkey.objects.get(person=person)

    assert client.post(f"/cuenta/llaves/{key.pk}/quitar/").status_code == 404
    assert client.post(f"/cuenta/llaves/{key.pk}/nombre/", {"nombre": "x"}).status_code == 404


def test_an_official_comes_in_by_invitation_once(client):
    code = actions.invite(owner=made_official())
    device = SoftPasskey()

    done = create(client, f"/oficina/invitacion/{code}", device)

    assert (done.url, client.get("/oficina/").status_code) == ("/oficina/", 200)
    assert client.get(f"/oficina/invitacion/{code}").status_code == 410
    client.post("/oficina/salir/")
    assert client.get("/oficina/").status_code == 302
    assert get(client, "/oficina/entrar/", device).url == "/oficina/"


def test_an_invitation_that_is_left_over_adds_no_key_to_whoever_has_one(client):
    """Its page says so, and so does sending it, where the key came while the page was open."""
    ana = made_official()
    code = actions.invite(owner=ana)
    options, state = asked(client, f"/oficina/invitacion/{code}")
    device = with_key(ana)

    form = {"state": state, "credential": json.dumps(SoftPasskey().create(options))}
    sent = client.post(f"/oficina/invitacion/{code}", form)

    assert (sent.status_code, "Entre con ella" in sent.content.decode()) == (403, True)
    assert client.get(f"/oficina/invitacion/{code}").status_code == 403
    assert ana.passkeys.count() == 1
    assert get(client, "/oficina/entrar/", device).url == "/oficina/"
    with pytest.raises(Refusal, match="ya tiene una llave"):
        actions.invite(owner=ana)


def test_an_invitation_ends_after_a_day_and_by_a_newer_one(client):
    ana = made_official()
    old, new = actions.invite(owner=ana), actions.invite(owner=ana)
    statuses = [client.get(f"/oficina/invitacion/{code}").status_code for code in (old, new)]
    ana.invitations.update(expires_at=timezone.now())

    assert statuses == [410, 200]
    assert client.get(f"/oficina/invitacion/{new}").status_code == 410


def test_a_person_whose_data_were_here_first_activates_their_account(client):
    person = actions.create_person()
    code = actions.invite(owner=person)

    create(client, f"/cuenta/activar/{code}/", SoftPasskey())

    assert person.public_id in client.get("/cuenta/").content.decode()
    assert client.get(f"/oficina/invitacion/{code}").status_code == 410


def test_an_official_who_left_does_not_enter(client):
    ana = made_official()
    device = with_key(ana)
    log_in(client, ana)
    Official.objects.update(ended_at=timezone.now())

    assert client.get("/oficina/").status_code == 302
    assert get(client, "/oficina/entrar/", device).status_code == 403


def test_nothing_in_the_database_could_hold_a_password():
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        columns = {c.name for t in tables for c in connection.introspection.get_table_description(cursor, t)}

    assert "identity_official" in tables
    assert not {name for name in columns if "pass" in name and "passkey" not in name}
    assert not any(table.startswith("auth_") for table in tables)


def test_no_page_takes_a_password(client):
    ana = made_official()
    with_key(ana)

    for address in ("/oficina/entrar/", "/cuenta/entrar/"):
        assert "password" not in client.get(address).content.decode().lower()
        assert client.post(address, {"username": "ana", "password": "una clave muy larga"}).status_code == 403
    assert client.get("/oficina/").status_code == 302


def test_the_device_cookie_survives_a_log_out_and_the_session_does_not(client):
    _, device = made_person()
    get(client, "/cuenta/entrar/", device)
    client.post("/cuenta/salir/")

    assert client.cookies[COOKIES["person"]].value == ""
    assert client.cookies[DEVICE_COOKIE].value
    cookie = client.cookies[DEVICE_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


def test_too_many_logins_are_told_how_long_to_wait(client, monkeypatch):
    from alcaldia.web.components import rate

    monkeypatch.setitem(rate.LIMITS, "enter", rate.Limit(2, 60, "address"))
    answers = [client.post("/cuenta/entrar/", {}) for _ in range(3)]

    assert [one.status_code for one in answers] == [403, 403, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert "Espere" in answers[-1].content.decode()


def test_an_official_reads_what_happened_to_their_account_and_says_so(client):
    ana = made_official()
    device = with_key(ana)
    log_in(client, ana)
    add(client, "/oficina/mi-cuenta/llaves/agregar/", SoftPasskey(), device)
    before = "Se agregó una llave" in client.get("/oficina/mi-cuenta/").content.decode()
    client.post("/oficina/mi-cuenta/avisos/")

    assert before
    assert "Se agregó una llave" not in client.get("/oficina/mi-cuenta/").content.decode()


def test_a_citizen_reads_what_happened_to_their_account_and_says_so(client):
    person, device = made_person()
    log_in(client, person)
    add(client, "/cuenta/llaves/agregar/", SoftPasskey(), device)
    page = client.get("/cuenta/").content.decode()
    client.post("/cuenta/avisos/", {"hasta": re.search(r'name="hasta" value="(\d+)"', page).group(1)})

    assert "Se agregó una llave" in page
    assert "Se agregó una llave" not in client.get("/cuenta/").content.decode()
