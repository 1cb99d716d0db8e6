"""Entering and proving one's identity with an OpenID provider, which may lie."""

import re
import time
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest

import alcaldia.identity
from alcaldia.identity import federation, queries
from alcaldia.identity.models import LinkedIdentity, Person, Session, Verification
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import Refusal
from tests.factories.people import log_in, made_person
from tests.fakes.oidc import provider

pytestmark = pytest.mark.django_db
PROFILE = Path(alcaldia.identity.__file__).parent / "profiles" / "llave-mx.toml"


@pytest.fixture(autouse=True)
def plain(settings, tmp_path):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
    settings.HOME = tmp_path


@pytest.fixture
def llave(settings):
    with provider() as made:
        folder = settings.HOME / "identity"
        folder.mkdir()
        (folder / "prueba.toml").write_text(made.toml())
        yield made


def away(client):
    """What the person's browser is sent to the provider with."""
    page = client.get("/cuenta/con/prueba/").content.decode()
    url = unescape(re.search(r'href="(http://127[^"]+)"', page).group(1))
    return {name: values[0] for name, values in parse_qs(urlparse(url).query).items()}


def return_(client, asked, **changed):
    code = f"{asked['nonce']}|{asked['code_challenge']}"
    given = {"code": code, "state": asked["state"], **changed}
    client.get("/cuenta/con/prueba/regreso/", given)
    return client.post("/cuenta/con/prueba/regreso/", given)


def test_the_request_carries_state_nonce_and_pkce(client, llave):
    asked = away(client)

    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) >= 16
    assert asked["redirect_uri"] == "http://localhost:8000/cuenta/con/prueba/regreso/"


def test_one_enters_at_the_lowest_level_and_is_the_same_person_again(client, llave):
    for _ in range(2):
        assert return_(client, away(client)).url == "/cuenta/con-codigo/"

    assert (Person.objects.count(), LinkedIdentity.objects.count()) == (1, 1)
    assert Session.objects.latest("pk").assurance == Assurance.CODE
    assert "persona-1" not in LinkedIdentity.objects.get().subject_hash


def test_a_verified_login_there_proves_who_is_inside_with_a_key(client, llave):
    person, _ = made_person()
    session = log_in(client, person)
    llave.claims = {"acr": "Verificada"}

    done = return_(client, away(client))

    assert done.url == "/cuenta/"
    assert queries.assurance_of(session) == Assurance.VERIFIED
    assert "Comprobada" in client.get("/cuenta/").content.decode()


def test_a_verified_proof_does_not_raise_a_session_that_began_with_a_code(client, llave):
    llave.claims = {"acr": "Verificada"}
    return_(client, away(client))
    session = Session.objects.get()

    assert Verification.objects.filter(person=session.person).exists()
    assert queries.assurance_of(session) == Assurance.CODE


def test_an_account_there_belongs_to_one_account_here(client, llave):
    return_(client, away(client))
    person, _ = made_person()
    log_in(client, person)

    assert return_(client, away(client)).status_code == 409


HOUR = 3600
LIES = {
    "another nonce": ({"nonce": "otro"}, "RS256"),
    "no nonce": ({"nonce": None}, "RS256"),
    "expired": ({"exp": time.time() - HOUR}, "RS256"),
    "no end": ({"exp": None}, "RS256"),
    "of tomorrow": ({"iat": time.time() + HOUR}, "RS256"),
    "for another": ({"aud": "otra-aplicacion"}, "RS256"),
    "for two without azp": ({"aud": ["alcaldia-pruebas", "otra"]}, "RS256"),
    "of another issuer": ({"iss": "https://malo.example"}, "RS256"),
    "of nobody": ({"sub": ""}, "RS256"),
    "unsigned": ({}, "none"),
    "signed with the public key": ({}, "HS256"),
    "an algorithm not allowed": ({}, "RS512"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_opens_nothing(client, llave, lie):
    llave.claims, llave.algorithm = LIES[lie]

    answer = return_(client, away(client))

    assert answer.status_code == 403
    assert Person.objects.count() == 0


def test_a_key_that_is_not_published_opens_nothing(client, llave):
    from joserfc.jwk import RSAKey

    llave.published = [RSAKey.generate_key(2048, parameters={"kid": "1"})]

    assert return_(client, away(client)).status_code == 403


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(client, llave):
    from django.test import Client

    asked = away(client)

    assert return_(client, asked, state="otro").status_code == 403
    assert return_(Client(), asked).status_code == 403


def test_what_one_provider_was_asked_is_not_taken_from_another(client, llave, settings):
    """A mix-up: the honest provider's code is sent to the return address of a hostile one, which would get it."""
    with provider() as hostile:
        (settings.HOME / "identity" / "otra.toml").write_text(hostile.toml(id="otra"))
        asked = away(client)
        given = {"code": f"{asked['nonce']}|{asked['code_challenge']}", "state": asked["state"]}
        answer = client.post("/cuenta/con/otra/regreso/", given)

    assert (answer.status_code, hostile.asked) == (403, {})
    assert return_(client, asked).status_code == 302


def test_a_code_without_its_verifier_buys_nothing(client, llave):
    asked, other = away(client), away(client)

    assert return_(client, {**other, "code_challenge": asked["code_challenge"]}).status_code == 503


def test_a_provider_that_is_down_says_what_to_do(client, llave):
    llave.down = True
    answer = return_(client, away(client))

    assert (answer.status_code, "entre con su llave" in answer.content.decode()) == (503, True)


def test_an_unknown_provider_does_not_exist(client):
    assert client.get("/cuenta/con/nadie/").status_code == 404


def test_the_profile_of_llave_mx_says_that_it_is_to_be_confirmed_and_is_off():
    found = federation.read_provider(PROFILE.read_text())

    assert found.status == "perfil técnico por confirmar"
    assert found.problems() == ["Falta client_id"]


@pytest.mark.parametrize(
    "wrong", ['token_endpoint = "http://malo.example/t"', 'algorithms = ["none"]', 'algorithms = ["HS256"]', 'algoritms = ["RS256"]']
)  # fmt: skip
def test_a_dangerous_description_is_not_used(wrong):
    text = PROFILE.read_text().replace('client_id = ""', 'client_id = "x"')
    name = wrong.partition(" ")[0]
    text = re.sub(rf"^{name} = .*$", "", text, flags=re.MULTILINE)
    assert problems_of(f"{wrong}\n{text}")


def problems_of(text):
    try:
        return federation.read_provider(text).problems()
    except Refusal as refusal:
        return [refusal.code]
