"""Ways in without the key: a printed code, the counter with two officials and a day, a code that was sent."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from alcaldia.identity import codes, recovery
from alcaldia.identity.models import Contact, OneTimeCode, Passkey, Person, RecoveryRequest
from alcaldia.identity.ports import plugged
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from tests.factories.passkey import SoftPasskey
from tests.factories.people import answered, log_in, made_official, made_person, with_key
from tests.flows.test_account import make_codes

pytestmark = pytest.mark.django_db
NOT_SIGNED = recovery.Approval({}, {}, "")
CODE = re.compile(r"<code>([0-9A-Z-]{19,})</code>")


@pytest.fixture(autouse=True)
def plain(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


@pytest.fixture
def sent(monkeypatch):
    """Codes by address, as they would be sent."""
    found: dict[str, str] = {}

    class Sender:
        def send(self, *, identifier, code, use):
            found[identifier] = code

    monkeypatch.setattr(plugged, "code_sender", Sender())
    return found


def forms(page):
    text = page.content.decode()
    options = json.loads(unescape(re.search(r'data-options="([^"]+)"', text).group(1)))
    return options, unescape(re.search(r'name="state" value="([^"]+)"', text).group(1))


def half_of(page):
    found = re.search(r'name="codigo" value="([^"]+)"', page.content.decode())
    return found.group(1) if found else ""


def sign(client, page, address, device, method="get"):
    options, state = forms(page)
    answer = getattr(device, method)(options)
    form = {"state": state, "credential": json.dumps(answer), "codigo": half_of(page)}
    return client.post(address, form)


def recover(client, code, device):
    """Type the code, then register the new key."""
    page = client.post("/cuenta/recuperar/", {"codigo": code})
    if page.status_code != 200:
        return page
    options, state = forms(page)
    given = {"state": state, "codigo": code, "credential": json.dumps(device.create(options))}
    return client.post("/cuenta/recuperar/", given)


def printed_codes(client, device):
    return CODE.findall(make_codes(client, device).content.decode())


def test_a_printed_code_opens_once_and_ends_other_sessions(client):
    person, device = made_person()
    log_in(client, person)
    printed = printed_codes(client, device)
    stranger = Client()

    done = recover(stranger, printed[0].lower().replace("-", " "), SoftPasskey())

    assert (len(printed), done.status_code) == (4, 302)
    assert (stranger.get("/cuenta/").status_code, client.get("/cuenta/").status_code) == (200, 302)
    assert recover(Client(), printed[0], SoftPasskey()).status_code == 410
    assert Entry.objects.filter(type="identity.recovery_code_used").count() == 1


def test_new_codes_void_the_old_ones_and_no_page_shows_them_again(client):
    person, device = made_person()
    log_in(client, person)
    old, new = printed_codes(client, device), printed_codes(client, device)

    assert recover(Client(), old[0], SoftPasskey()).status_code == 410
    assert not CODE.findall(client.get("/cuenta/codigos/").content.decode())
    assert recover(Client(), new[0], SoftPasskey()).status_code == 302


@pytest.mark.parametrize("wrong", ["", "0" * 26, "HOLA", "Ñ" * 30])
def test_a_wrong_code_says_the_same_whatever_it_is(client, wrong):
    page = recover(client, wrong, SoftPasskey())

    assert (page.status_code, "letra por letra" in page.content.decode()) == (410, True)


@pytest.fixture
def counter():
    """Two officials at the counter, each with a device, and the client they use."""
    town = Municipality.objects.create(slug="prueba", name="Prueba")
    found = []
    for name in ("ana", "beto"):
        one = made_official(town, "clerk", username=name)
        found.append((one, with_key(one), Client()))
        log_in(found[-1][2], one)
    return found


def begun(person, counter):
    _, device, client = counter[0]
    page = client.post("/oficina/recuperaciones/nueva/", {"cuenta": person.public_id})
    done = sign_begin(client, page, device)
    return RecoveryRequest.objects.get(), CODE.search(done.content.decode()).group(1)


def sign_begin(client, page, device, **other):
    """The first official signs; the form carries the half of the code that the signature is over."""
    form = answered(device, page.content.decode()) | {"codigo": half_of(page)} | other
    return client.post("/oficina/recuperaciones/nueva/", form)


def confirmed(row, official):
    """The second official's half of the code."""
    _, device, client = official
    address = f"/oficina/recuperaciones/{row.folio}/confirmar/"
    return CODE.search(sign(client, client.get(address), address, device).content.decode()).group(1)


def test_two_officials_and_a_day_open_an_account(client, counter):
    person, _ = made_person()
    row, code = begun(person, counter)
    early = recover(client, code, SoftPasskey()).status_code
    code += confirmed(row, counter[1])
    waiting = recover(client, code, SoftPasskey()).status_code
    RecoveryRequest.objects.update(opens_at=timezone.now() - timedelta(seconds=1))

    assert (early, waiting, recover(client, code, SoftPasskey()).status_code) == (410, 410, 302)
    bodies = b"".join(bytes(e.body) for e in Entry.objects.filter(type__startswith="identity.recovery"))
    assert b'"first":"ana"' in bodies
    assert b'"second":"beto"' in bodies
    assert Entry.objects.filter(type="identity.recovery_completed").count() == 1


def test_neither_official_has_the_code_that_opens_the_account(client, counter):
    """Each saw one half; who lost every device would not read of a key that an official made for themself."""
    person, _ = made_person()
    row, first = begun(person, counter)
    second = confirmed(row, counter[1])
    RecoveryRequest.objects.update(opens_at=timezone.now() - timedelta(seconds=1))

    for wrong in (first, second, first + first, second + second, second + first, first + "0" * 16):
        assert recover(Client(), wrong, SoftPasskey()).status_code == 410, wrong
    assert recover(client, first + second, SoftPasskey()).status_code == 302


def test_the_delay_is_a_whole_day(counter):
    person, _ = made_person()
    row, _ = begun(person, counter)
    confirmed(row, counter[1])
    row.refresh_from_db()

    assert row.opens_at >= timezone.now() + timedelta(hours=23, minutes=59)


def test_a_signature_confirms_only_the_recovery_that_it_names(counter):
    (first, _, _), (_, device, client) = counter
    one, other = (
        recovery.request_recovery(
            account=made_person()[0].public_id,
            half=recovery.new_half(),
            by=first,
            approval=NOT_SIGNED,
            channel="test",
        )
        for _ in range(2)
    )
    page = client.get(f"/oficina/recuperaciones/{one.folio}/confirmar/")

    wrong = sign(client, page, f"/oficina/recuperaciones/{other.folio}/confirmar/", device)

    assert wrong.status_code == 409
    assert not RecoveryRequest.objects.filter(second__isnull=False).exists()


def test_the_same_official_cannot_sign_twice(counter):
    person, _ = made_person()
    row, _ = begun(person, counter)
    _, device, client = counter[0]
    options_page = counter[1][2].get(f"/oficina/recuperaciones/{row.folio}/confirmar/")
    stolen = sign(client, options_page, f"/oficina/recuperaciones/{row.folio}/confirmar/", device)

    assert stolen.status_code == 409
    with pytest.raises(recovery.Refusal, match="otra persona"):
        recovery.confirm_recovery(
            request=row, half=recovery.new_half(), by=counter[0][0], approval=NOT_SIGNED, channel="test"
        )


def test_the_owner_sees_it_on_their_devices_and_stops_it(client, counter):
    person, _ = made_person()
    log_in(client, person)
    row, code = begun(person, counter)
    code += confirmed(row, counter[1])
    seen = row.folio in client.get("/cuenta/").content.decode()

    client.post("/cuenta/recuperar/detener/")

    RecoveryRequest.objects.update(opens_at=timezone.now())
    assert seen
    assert recover(Client(), code, SoftPasskey()).status_code == 410
    assert Entry.objects.filter(type="identity.recovery_cancelled").count() == 1


def test_a_signature_of_another_official_or_another_act_is_refused(counter):
    person, _ = made_person()
    ana, beto = counter[0], counter[1]
    page = ana[2].post("/oficina/recuperaciones/nueva/", {"cuenta": person.public_id})

    wrong_device = sign_begin(ana[2], page, beto[1])
    right = sign_begin(ana[2], page, ana[1])
    again = sign_begin(ana[2], page, ana[1])

    assert (wrong_device.status_code, RecoveryRequest.objects.count()) == (403, 0)
    assert (right.status_code, again.status_code) == (409, 409)


def test_a_signature_over_one_recovery_or_code_serves_for_no_other(counter):
    ana, beto, door = counter[0], counter[1], "/oficina/recuperaciones/nueva/"
    page = ana[2].post(door, {"cuenta": made_person()[0].public_id})
    other_code = sign_begin(ana[2], page, ana[1], codigo="A" * 16).status_code
    rows = []
    for _ in range(2):
        page = ana[2].post(door, {"cuenta": made_person()[0].public_id})
        sign_begin(ana[2], page, ana[1])
        rows.append(RecoveryRequest.objects.latest("pk"))
    seen, doors = rows[0], [f"/oficina/recuperaciones/{row.folio}/confirmar/" for row in rows]
    moved = sign(beto[2], beto[2].get(doors[0]), doors[1], beto[1]).status_code

    assert (other_code, moved) == (409, 409)
    assert not RecoveryRequest.objects.filter(second__isnull=False).exists()
    assert confirmed(seen, beto)


def test_a_post_without_the_permission_opens_no_recovery(client):
    town = Municipality.objects.create(slug="prueba", name="Prueba")
    log_in(client, made_official(town, "reviewer"))

    assert client.get("/oficina/recuperaciones/").status_code == 403


def ask(client, address):
    page = client.post("/cuenta/codigo/", {"contacto": address}).content.decode()
    found = re.search(r'name="enviado" value="([^"]+)"', page)
    return found.group(1) if found else ""


def test_a_code_that_was_sent_opens_the_lowest_level_only(client, sent):
    enviado = ask(client, "Ana@Example.com")
    done = client.post("/cuenta/codigo/entrar/", {"enviado": enviado, "codigo": sent["Ana@Example.com"]})

    assert done.url == "/cuenta/con-codigo/"
    assert client.get("/cuenta/con-codigo/").status_code == 200
    assert client.get("/cuenta/").status_code == 302
    assert client.post("/cuenta/codigos/").status_code == 302


def test_the_same_address_is_the_same_person_and_is_kept_nowhere(client, sent, django_assert_max_num_queries):
    for spelled in ("ana@example.com", " ANA@example.com "):
        enviado = ask(client, spelled)
        client.post("/cuenta/codigo/entrar/", {"enviado": enviado, "codigo": sent[spelled.strip()]})

    assert (Person.objects.count(), Contact.objects.count()) == (1, 1)
    kept = [
        *Contact.objects.values_list("identifier_hash"),
        *OneTimeCode.objects.values_list("identifier_hash"),
    ]
    assert not any("ana" in text for (text,) in kept)


def test_five_wrong_tries_use_a_code_up_and_it_opens_nothing_twice(client, sent):
    enviado = ask(client, "ana@example.com")
    right = sent["ana@example.com"]
    tries = [client.post("/cuenta/codigo/entrar/", {"enviado": enviado, "codigo": "0" * 8}) for _ in range(5)]
    late = client.post("/cuenta/codigo/entrar/", {"enviado": enviado, "codigo": right})

    assert {one.status_code for one in [*tries, late]} == {403}
    whose = codes.send(identifier="ana@example.com")
    codes.check(whose=whose, code=sent["ana@example.com"].lower())
    with pytest.raises(codes.Refusal):
        codes.check(whose=whose, code=sent["ana@example.com"])


def test_a_code_dies_after_ten_minutes(sent):
    whose = codes.send(identifier="333 123 4567")
    OneTimeCode.objects.update(expires_at=timezone.now())

    with pytest.raises(codes.Refusal):
        codes.check(whose=whose, code=sent["333 123 4567"])


def test_known_and_unknown_addresses_get_the_same_page(client, sent):
    Contact.objects.create(
        identifier_hash=codes.reference("ana@example.com"), person=made_person()[0], created_at=timezone.now()
    )
    blank = re.compile(r'(enviado|csrfmiddlewaretoken)" value="[^"]+"')
    pages = [
        blank.sub("", client.post("/cuenta/codigo/", {"contacto": one}).content.decode())
        for one in ("ana@example.com", "nadie@example.com")
    ]

    assert pages[0] == pages[1]


def test_whoever_came_with_a_code_may_register_a_first_key_and_no_second(client, sent):
    enviado = ask(client, "ana@example.com")
    client.post("/cuenta/codigo/entrar/", {"enviado": enviado, "codigo": sent["ana@example.com"]})
    page = client.get("/cuenta/con-codigo/")
    sign(client, page, "/cuenta/con-codigo/", SoftPasskey(), "create")
    inside = client.get("/cuenta/").status_code
    thief = Client()
    enviado = ask(thief, "ana@example.com")
    thief.post("/cuenta/codigo/entrar/", {"enviado": enviado, "codigo": sent["ana@example.com"]})

    assert (inside, Passkey.objects.count()) == (200, 1)
    assert "data-options" not in thief.get("/cuenta/con-codigo/").content.decode()
    assert thief.post("/cuenta/con-codigo/").status_code == 403


def test_codes_to_one_address_are_few(client, sent):
    answers = [client.post("/cuenta/codigo/", {"contacto": "ana@example.com"}).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]


def test_without_a_sender_the_page_says_so(client, monkeypatch):
    monkeypatch.setattr(plugged, "code_sender", None)

    assert "no envía códigos" in client.get("/cuenta/codigo/").content.decode()
    assert client.post("/cuenta/codigo/", {"contacto": "a@b.mx"}).status_code == 422
    assert client.get("/cuenta/buzon/").status_code == 404
