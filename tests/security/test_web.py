"""The rest of what a stranger may try at the doors, door by door."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256

import pytest
from django.conf import settings as configured
from django.test import Client

from alcaldia.identity import challenges, offices, passkeys
from alcaldia.identity.codes import LIFE
from alcaldia.identity.ids import new_code
from alcaldia.identity.models import Official, Person, RecoveryCode, Session
from alcaldia.identity.rules.ids import RECOVERY_LETTERS
from alcaldia.web.components.access import FRESH
from alcaldia.web.components.sessions import COOKIES
from tests.conftest import ROOT
from tests.factories.people import log_in, made_official, made_person, with_key
from tests.factories.town import town
from tests.security.test_limits import addresses

pytestmark = pytest.mark.django_db
API = "/api/v1/municipalities/pueblo"


def test_a_twice_encoded_path_is_not_decoded_twice(client):
    for path in (
        "/static/%252e%252e/%252e%252e/keys/secret_key",
        "/verificar/%253Cscript%253E",
        "/visor/%2500/",
    ):
        answer = client.get(path)
        assert answer.status_code in {400, 404}
        assert "<script>" not in answer.content.decode()


HIDDEN = ("/.git/config", "/.git/HEAD", "/.env", "/var/keys/secret_key", "/keys/secret_key", "/main.sqlite3", "/static/", "/static",
          "/static/../main.sqlite3", "/pyproject.toml", "/requirements.lock", "/server-status", "/admin/", "/debug/", "/metrics",
          "/manage.py", "/src/alcaldia/project/settings.py", "/uploads/", "/documents/", "/public/", "/backup/", "/wp-login.php", "/api/v1/", "/tiles/")  # fmt: skip


@pytest.mark.parametrize("address", HIDDEN)
def test_nothing_of_the_machine_is_served(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert b"Index of" not in answer.content


OPEN = re.compile(
    r"^/(?:health|visor/.*|verificar/.*|registro/|bitacora/.*|log/.*|tiles/.*|api/.*|m/.*|ayuda/|accesibilidad/|privacidad/.*|pagar/.*|borrador/.*|tramite/.*|mi-tramite/|pagos/aviso/.*|seguridad/|buzon/|idioma/|residencia/.*"
    r"|\.well-known/jwt-vc-issuer/.*|)$"
)
WAYS_IN = re.compile(r"^/(?:cuenta/(?:entrar|registro|recuperar|codigo|codigo/entrar|con-codigo|con/.*|activar/.*|recibo|salir|residencia)/?|boveda/anular/|quiosco/(?:(?:registro|codigo|revisar|dar)/)?|oficina/(?:entrar/|salir/|invitacion/.*))")  # fmt: skip


def refused(answer) -> bool:
    """Sent to enter, or told no; never the page."""
    return (answer.status_code == 302 and "/entrar/" in answer.url) or answer.status_code in {
        401,
        403,
        404,
        405,
    }


def test_only_known_doors_are_open_without_a_login(client):
    town()
    closed = [one for one in addresses() if not OPEN.match(one) and not WAYS_IN.match(one)]
    assert len(closed) > 40
    assert [one for one in closed if not refused(client.get(one))] == []
    assert [one for one in closed if not refused(client.post(one))] == []


def test_every_office_door_is_closed_to_strangers_and_citizens():
    town()
    person, _ = made_person()
    citizen = Client()
    log_in(citizen, person)
    doors = [one for one in addresses() if one.startswith("/oficina/") and not WAYS_IN.match(one)]
    assert len(doors) > 20
    for one in doors:
        for who in (Client(), citizen):
            assert refused(who.get(one)), one
            assert refused(who.post(one)), one


def test_pages_behind_a_login_show_how_to_leave(client):
    made = town()
    person, _ = made_person()
    log_in(client, person)
    assert "/cuenta/salir/" in client.get("/cuenta/").content.decode()
    official = made_official(made, "planner")
    with_key(official)
    office = Client()
    log_in(office, official)
    for address in ("/oficina/", "/oficina/pueblo/datos/", "/oficina/mi-cuenta/"):
        assert "/oficina/salir/" in office.get(address).content.decode(), address


SENSITIVE = ("/cuenta/llaves/agregar/", "/cuenta/codigos/", "/cuenta/llaves/1/quitar/")


@pytest.mark.parametrize("address", SENSITIVE)
def test_changing_keys_or_codes_needs_the_key_again(client, address):
    """A session that was open for a while adds no key, makes no codes and removes nothing."""
    person, _ = made_person()
    session = log_in(client, person)
    Session.objects.filter(pk=session.pk).update(created_at=session.created_at - FRESH - timedelta(seconds=1))
    answer = client.post(address, {"credential": "", "state": ""})
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/cuenta/entrar/")
    assert (person.passkeys.count(), RecoveryCode.objects.count()) == (1, 0)


def test_an_officials_keys_need_the_key_again_too(client):
    official = made_official(town(), "planner")
    with_key(official)
    session = log_in(client, official)
    Session.objects.filter(pk=session.pk).update(created_at=session.created_at - FRESH - timedelta(seconds=1))
    for address in (
        "/oficina/mi-cuenta/llaves/agregar/",
        f"/oficina/mi-cuenta/llaves/{official.passkeys.get().pk}/quitar/",
    ):
        assert client.post(address).url.startswith("/oficina/entrar/")


def test_session_keys_have_256_bits_and_are_stored_hashed(client):
    person, _ = made_person()
    log_in(client, person)
    key = client.cookies[COOKIES["person"]].value
    session = Session.objects.get()
    assert len(key) >= 43
    stored = " ".join(str(getattr(session, field.attname)) for field in Session._meta.concrete_fields)
    assert key not in stored
    assert len({log_in(Client(), person).pk for _ in range(5)}) == 5


def test_stored_codes_have_112_bits_or_live_ten_minutes_under_a_key():
    import math

    assert len(new_code(RECOVERY_LETTERS).replace("-", "")) >= RECOVERY_LETTERS
    assert RECOVERY_LETTERS * math.log2(32) >= 112
    assert LIFE.total_seconds() <= 600


def test_challenges_have_256_bits():
    assert len({challenges.fresh("test").value for _ in range(50)}) == 50
    assert len(challenges.fresh("test").value) == 32


def test_passkeys_ask_for_the_person_and_not_only_for_presence():
    """User verification: the device plus what unlocks it, two factors in one gesture."""
    options = passkeys.request_options(challenge=b"x" * 32)
    created = passkeys.creation_options(challenge=b"x" * 32, subject="p_" + "a" * 22, name="x", known=[])
    assert '"required"' in str(options).replace("'", '"')
    assert '"required"' in str(created).replace("'", '"')


def test_a_code_serves_only_the_browser_that_asked(client):
    """The state that the form carries is signed for one code; another one does not go with it."""
    from tests.flows.test_account import asked

    answer = client.post("/cuenta/codigo/entrar/", {"codigo": "123456", "state": "x:y:z"})
    assert answer.status_code in {403, 409, 422}
    _, state = asked(client, "/cuenta/entrar/")
    assert client.post("/cuenta/codigo/entrar/", {"codigo": "123456", "state": state}).status_code in {
        403,
        409,
        422,
    }


NEW = """
from alcaldia.project import django_setup
django_setup.start(migrate=True)
from alcaldia.identity.models import Official, Person, Passkey, Session, Invitation
print(Official.objects.count() + Person.objects.count() + Passkey.objects.count() + Session.objects.count() + Invitation.objects.count())
"""


def test_a_fresh_installation_has_no_account(tmp_path):
    given = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "ALCALDIA_HOME": str(tmp_path),
        "DATABASE_URL": "",
    }
    done = subprocess.run([sys.executable, "-c", NEW], env=given, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]


def test_debug_is_off_and_cannot_be_switched_on():
    code = "from django.conf import settings; print(settings.DEBUG)"
    given = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "DEBUG": "true",
        "DJANGO_DEBUG": "1",
        "ALCALDIA_DEBUG": "1",
    }
    done = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert not [app for app in configured.INSTALLED_APPS if "debug" in app or app == "django.contrib.admin"]


def test_tests_and_samples_are_not_in_the_program():
    inside = [
        path
        for path in (ROOT / "src").rglob("*")
        if path.name in {"tests", "conftest.py", "samples"} or path.name.startswith("test_")
    ]
    assert inside == []
    imports = [
        path.name
        for path in (ROOT / "src").rglob("*.py")
        if re.search(r"^\s*(?:from|import) (?:tests|pytest)\b", path.read_text(), re.MULTILINE)
    ]
    assert imports == []


def test_every_text_says_its_charset(client):
    town()
    for address in (
        "/",
        "/ayuda/",
        "/log/checkpoint",
        "/bitacora/verifica.py",
        "/no-existe",
        "/m/pueblo/tema.css",
        f"{API}/layers",
    ):
        kind = client.get(address).headers["Content-Type"]
        assert "charset=utf-8" in kind.lower() or kind.startswith("application/"), (address, kind)


def test_downloads_say_that_they_are(client):
    town()
    sheet = client.get("/visor/pueblo/predio/id-L1/ficha.pdf")
    program = client.get("/bitacora/verifica.py")
    for answer in (sheet, program):
        told = answer.headers["Content-Disposition"]
        assert re.fullmatch(r'(?:attachment|inline); filename="[\w.-]+"', told), told


def test_a_callback_parameter_changes_nothing(client):
    town()
    plain = client.get("/api/v1/municipalities")
    padded = client.get("/api/v1/municipalities?callback=evil&jsonp=evil")
    assert plain.content == padded.content
    assert b"evil" not in padded.content


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_the_api_takes_json_and_no_form_of_another_site(kind):
    """These three types need no preflight: none may issue anything, and no cookie means anything to the API."""
    town()
    body = '{"parcel": "L1", "activity": "461110", "area_m2": 40, "issue": true}'
    answer = Client(headers={"Origin": "https://evil.example"}).post(
        f"{API}/rulings/land-use", body, content_type=kind
    )
    assert answer.status_code == 415


def test_a_repeated_or_moved_parameter_confuses_nothing(client):
    town()
    repeated = client.get(f"{API}/parcels?key=L1&key=L2")
    assert repeated.status_code in {200, 400}
    assert len(repeated.json()) <= 1 or repeated.status_code == 400
    moved = client.post("/cuenta/entrar/?credential=x&state=y", {})
    assert moved.status_code == 403
    twice = client.post(
        f"{API}/rulings/land-use",
        '{"parcel": "L2", "parcel": "L1", "activity": "461110"}',
        content_type="application/json",
    )
    assert twice.status_code in {200, 400}


def test_fields_that_no_form_has_change_nothing(client):
    person, _ = made_person()
    log_in(client, person)
    client.post(
        "/cuenta/avisos/", {"kind": "legal", "public_id": "p_" + "x" * 22, "assurance": "3", "is_staff": "1"}
    )
    same = Person.objects.get(pk=person.pk)
    assert (same.public_id, same.kind) == (person.public_id, person.kind)


def test_no_session_key_or_personal_datum_is_in_an_address(client):
    """Session keys travel in cookies; routes hold slugs, random ids, folios and one-use codes only."""
    known = {
        "slug",
        "town",
        "public_id",
        "draft",
        "folio",
        "pk",
        "name",
        "code",
        "text",
        "z",
        "x",
        "y",
        "layer",
        "level",
        "rest",
        "key",
        "step",
        "day",
    }
    routes = set()

    def walk(patterns):
        for one in patterns:
            routes.update(re.findall(r"<(?:\w+:)?(\w+)>", str(one.pattern)))
            walk(getattr(one, "url_patterns", []))

    from django.urls import get_resolver

    walk(get_resolver().url_patterns)
    assert (
        routes
        - known
        - {
            "id",
            "parcel_id",
            "kind",
            "item",
            "subject",
            "group",
            "number",
            "index",
            "municipality",
            "dataset",
            "collection",
        }
        == set()
    )
    person, _ = made_person()
    log_in(client, person)
    key = client.cookies[COOKIES["person"]].value
    assert key not in client.get("/cuenta/").content.decode()
    assert sha256(key.encode()).hexdigest() not in client.get("/cuenta/").content.decode()


def test_a_host_header_of_another_site_is_in_no_link(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    page = client.get("/cuenta/entrar/", headers={"Host": "evil.example"})
    assert 'href="http://evil.example' not in page.content.decode()
    assert 'action="http://evil.example' not in page.content.decode()


def test_statements_end_by_themselves(monkeypatch):
    from alcaldia.project import environment

    monkeypatch.setenv("DATABASE_URL", "postgresql://a@h/b")
    options = environment.database()["OPTIONS"]["options"]
    assert re.search(r"statement_timeout=\d+", options)
    assert re.search(r"lock_timeout=\d+", options)
    assert re.search(r"idle_in_transaction_session_timeout=\d+", options)


def test_an_official_is_never_made_by_a_page():
    assert not [one for one in addresses() if "alta" in one or "nuevo-funcionario" in one]
    assert Official.objects.count() == 0
    offices.add_official(username="ana", name="Ana", by="operator", channel="command")
    assert Official.objects.count() == 1
