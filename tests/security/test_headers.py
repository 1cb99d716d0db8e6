"""What every answer tells the browser: run nothing foreign, keep nothing private, come only by TLS."""

import os
import re
import subprocess
import sys

import pytest
from django.http import HttpResponse
from django.test import Client

from alcaldia.identity.rules.assurance import Assurance
from alcaldia.web.components.headers import HEADERS, HSTS, POLICY, SecurityHeaders
from tests.conftest import ROOT
from tests.factories.people import log_in, made_person
from tests.factories.town import town

pytestmark = pytest.mark.django_db
EVERYWHERE = (
    "/", "/no-existe", "/health", "/api/openapi.json", "/api/v1/x", "/cuenta/entrar/", "/tiles/x/y/1/1/1.mvt",
    "/m/pueblo/tema.css", "/visor/pueblo/predio/id-L1/croquis.svg", "/static/nada.js",
)  # fmt: skip
SCRIPTED = "/cuenta/entrar/"
_SCRIPT = re.compile(r"<script [^>]*>")


@pytest.mark.parametrize("address", EVERYWHERE)
def test_every_answer_carries_every_header(client, address):
    town()
    told = client.get(address).headers
    expected = HEADERS | (
        {"Content-Security-Policy": told["Content-Security-Policy"]} if address == SCRIPTED else {}
    )
    assert {name: told.get(name) for name in HEADERS} == expected


def test_a_page_runs_the_scripts_of_its_own_answer_and_no_others(client):
    answers = [client.get(SCRIPTED) for _ in range(2)]
    policies = [scripts_of(answer) for answer in answers]
    for answer, allowed in zip(answers, policies, strict=True):
        nonce = allowed.removeprefix("'nonce-").removesuffix("'")
        tags = _SCRIPT.findall(answer.content.decode())
        assert len(nonce) >= 22
        assert tags
        assert all(f'nonce="{nonce}"' in tag for tag in tags)
    assert policies[0] != policies[1]


def test_a_page_without_scripts_runs_none(client):
    answer = client.get("/ayuda/")
    assert (scripts_of(answer), _SCRIPT.findall(answer.content.decode())) == ("'none'", [])


@pytest.mark.parametrize(
    ("address", "status", "allowed"),
    [("/static/x.js", 200, "'self'"), ("/static/x.js", 404, "'none'"), ("/x.js", 200, "'none'")],
)
def test_the_file_of_a_script_may_import_its_own(rf, address, status, allowed):
    """It matters where the file is a worker, which obeys the policy that came with it."""
    answer = SecurityHeaders(lambda _: HttpResponse(status=status))(rf.get(address))
    assert scripts_of(answer) == allowed


def scripts_of(answer):
    parts = answer.headers["Content-Security-Policy"].split("; ")
    (allowed,) = [part for part in parts if part.startswith("script-src ")]
    return allowed.removeprefix("script-src ")


def test_the_policy_allows_nothing_inline_foreign_or_untyped():
    parts = dict(part.partition(" ")[::2] for part in POLICY.split("; "))
    assert (parts["default-src"], parts["object-src"], parts["base-uri"]) == ("'none'", "'none'", "'none'")
    assert (parts["frame-ancestors"], parts["script-src"]) == ("'none'", "'none'")
    assert parts["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "*" not in POLICY


@pytest.mark.parametrize("address", ["/log/checkpoint", "/bitacora/llaves.json"])
def test_files_of_the_log_are_for_every_site_and_carry_all_else(client, address):
    """What anybody may read and nobody can be recognised by: the verifier may run from a disk."""
    told = client.get(address).headers
    missing = {name for name in HEADERS if told.get(name) != HEADERS[name]}
    assert missing <= {"Cross-Origin-Resource-Policy"}
    assert told["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not client.cookies


@pytest.mark.parametrize("address", ["/", "/api/v1/municipalities"])
def test_no_other_site_may_read_our_answers(client, address):
    town()
    told = client.get(address, headers={"Origin": "https://evil.example"}).headers
    assert not [name for name in told if name.lower().startswith("access-control-")]
    assert told["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("address", ["/cuenta/entrar/", "/cuenta/activar/NADA/", "/oficina/entrar/", "/oficina/invitacion/NADA"])  # fmt: skip
def test_pages_of_one_person_are_kept_nowhere(client, address):
    assert "no-store" in client.get(address).headers["Cache-Control"].split(", ")


def test_whoever_is_inside_gets_no_page_that_may_be_kept(client):
    person, _ = made_person()
    log_in(client, person, Assurance.PASSKEY)
    assert "no-store" in client.get("/ayuda/").headers["Cache-Control"].split(", ")


def test_leaving_clears_what_the_browser_kept(client):
    person, _ = made_person()
    log_in(client, person, Assurance.PASSKEY)
    assert "storage" in client.post("/cuenta/salir/").headers["Clear-Site-Data"]


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "XYZ"])
def test_methods_that_no_page_has_are_refused(client, method):
    assert client.generic(method, "/").status_code == 405
    assert client.generic(method, "/api/v1/municipalities").status_code == 405


@pytest.fixture
def behind_tls(settings):
    settings.BEHIND_TLS = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.usefixtures("behind_tls")
def test_behind_tls_browsers_are_told_to_stay_there():
    answer = Client().get("/ayuda/", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers[HSTS[0]] == HSTS[1]
    assert int(HSTS[1].split("=")[1].split(";")[0]) >= 31_536_000


@pytest.mark.usefixtures("behind_tls")
def test_plain_text_leads_people_to_tls_and_refuses_programs():
    plain = Client(headers={"X-Forwarded-Proto": "http"})
    moved = plain.get("/ayuda/?a=1", headers={"Host": "ciudad.example"})
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://ciudad.example/ayuda/?a=1")
    assert plain.get("/api/v1/municipalities").status_code == 403
    assert plain.post("/cuenta/salir/").status_code == 403
    assert plain.get("/health").status_code == 200


COOKIES = """
from alcaldia.project import django_setup
django_setup.start()
from django.conf import settings
from django.http import HttpResponse
from alcaldia.web.components import sessions
answer = HttpResponse()
for name in [*sessions.COOKIES.values(), *sessions.VAULT_COOKIES.values(), sessions.DEVICE_COOKIE]:
    sessions._set(answer, name, "x" * 43)
sessions.oidc_cookie(answer, "x", 60)
for one in answer.cookies.values():
    assert one.key.startswith("__Host-") and one["secure"] and one["httponly"] and one["path"] == "/" and not one["domain"], one
    assert one["samesite"] == ("Lax" if one.key == sessions.OIDC_COOKIE else "Strict"), one
for name in (settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME):
    assert name.startswith("__Host-"), name
assert settings.CSRF_COOKIE_SECURE and settings.LANGUAGE_COOKIE_SECURE and settings.CSRF_COOKIE_HTTPONLY and settings.LANGUAGE_COOKIE_HTTPONLY
print(len(answer.cookies))
"""


def test_every_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts():
    given = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ALCALDIA_TLS": "true"}
    done = subprocess.run([sys.executable, "-c", COOKIES], env=given, capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "6"
