"""With a broker every ceremony goes to it too; without one, or while it is down, people still enter."""

import json

import pytest
from django.test import Client

from alcaldia.identity import actions, recovery
from alcaldia.identity.models import Passkey, Person
from alcaldia.identity.ports import Enrolled, plugged
from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.sessions import VAULT_COOKIES
from tests.factories.passkey import SoftPasskey
from tests.factories.people import made_official
from tests.flows.test_account import add, asked, create, get, make_codes

pytestmark = pytest.mark.django_db


class Broker:
    """Remembers what it was told; `down` plays a broker that does not answer."""

    def __init__(self):
        self.said, self.made, self.down, self.codes = [], {}, False, []

    def challenge(self, *, purpose, subject):
        self._up()
        value = bytes([len(self.made)]) * 32
        self.made[value] = (purpose, subject)
        return value

    def enrol(self, *, subject, challenge, credential, authority):
        self._up()
        assert self.made[challenge] == ("enrol", subject)
        self.said.append(("enrol", authority["kind"]))
        return Enrolled("" if authority["kind"] == "session" else f"token-{len(self.said)}")

    def open_session(self, *, subject, challenge, assertion):
        self._up()
        assert self.made[challenge][0] == "session"
        self.said.append(("open", subject))
        return "token-1"

    def close_session(self, token):
        self._up()
        self.said.append(("close", token))

    def close_sessions(self, *, subject):
        self._up()
        self.said.append(("close all", subject))

    def revoke(self, *, subject, credential_id, token):
        self._up()
        self.said.append(("revoke", token))

    def block_key(self, *, subject, credential_id):
        self._up()
        self.said.append(("block", credential_id))

    def remember_invitation(self, *, subject, code): ...

    def give_offices(self, *, subject):
        self._up()
        self.said.append(("office", subject))

    def remember_codes(self, *, subject, codes, challenge, assertion, token):
        assert self.made[challenge] == ("codes", subject)
        self.codes += [("recovery", token)] * len(codes)

    def approve_recovery(self, **_): ...

    def withdraw_recovery(self, *, subject, code_hash):
        self._up()
        self.said.append(("withdraw", subject, code_hash))

    def _up(self):
        if self.down:
            raise Refusal("broker_down", "El custodio no responde. Intente en unos minutos.", status=503)


@pytest.fixture
def broker(monkeypatch, settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
    made = Broker()
    monkeypatch.setattr(plugged, "custodian", made)
    return made


def test_registering_entering_and_leaving_reach_the_broker(client, broker):
    device = SoftPasskey()
    create(client, "/cuenta/registro/", device)
    get(client, "/cuenta/entrar/", device)
    token = client.cookies[VAULT_COOKIES["person"]].value
    client.post("/cuenta/salir/")

    person = Person.objects.get()
    assert token == "token-1"
    assert broker.said == [("enrol", "new"), ("open", person.public_id), ("close", "token-1")]
    assert client.cookies[VAULT_COOKIES["person"]].value == ""


def test_the_token_is_the_browsers_alone(client, broker):
    device = SoftPasskey()
    create(client, "/cuenta/registro/", device)
    get(client, "/cuenta/entrar/", device)
    cookie = client.cookies[VAULT_COOKIES["person"]]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert b"token-1" not in dump()


def dump():
    from django.apps import apps

    models = [model for model in apps.get_models() if model.__module__.startswith("alcaldia.")]
    return str([list(model.objects.values()) for model in models]).encode()


def test_a_second_key_a_removal_and_codes_carry_the_live_token(client, broker):
    device = SoftPasskey()
    create(client, "/cuenta/registro/", device)
    get(client, "/cuenta/entrar/", device)
    add(client, "/cuenta/llaves/agregar/", SoftPasskey(), device)
    make_codes(client, device)
    client.post(f"/cuenta/llaves/{Passkey.objects.latest('pk').pk}/quitar/")

    assert ("enrol", "session") in broker.said
    assert ("revoke", "token-1") in broker.said
    assert broker.codes == [("recovery", "token-1")] * 4


def test_while_the_broker_is_down_one_enters_without_a_token_and_nobody_registers(client, broker):
    device = SoftPasskey()
    create(client, "/cuenta/registro/", device)
    broker.down = True
    entered = get(Client(), "/cuenta/entrar/", device)
    refused = client.get("/cuenta/registro/")

    assert (entered.status_code, refused.status_code) == (302, 503)
    assert Person.objects.count() == 1


def test_a_broker_that_refuses_an_enrolment_leaves_nobody_behind(client, broker):
    options, state = asked(client, "/cuenta/registro/")
    broker.down = True
    done = client.post(
        "/cuenta/registro/", {"state": state, "credential": json.dumps(SoftPasskey().create(options))}
    )

    assert (done.status_code, Person.objects.count(), Passkey.objects.count()) == (503, 0, 0)


@pytest.mark.parametrize("down", [False, True])
def test_a_copied_key_is_blocked_at_the_broker_too_and_here_although_it_is_down(client, broker, down):
    device = SoftPasskey()
    create(client, "/cuenta/registro/", device)
    get(client, "/cuenta/entrar/", device)
    options, state = asked(Client(), "/cuenta/entrar/")
    device.counter, broker.down = 0, down
    refused = client.post("/cuenta/entrar/", {"state": state, "credential": json.dumps(device.get(options))})

    assert refused.status_code == 403
    assert Passkey.objects.get().flagged_at
    assert (("block", device.id) in broker.said) is not down


@pytest.mark.parametrize("down", [False, True])
def test_a_recovery_that_is_stopped_is_stopped_whether_the_broker_answers_or_not(broker, db, down):
    first, person = made_official(username="ventanilla"), actions.create_person()
    made = recovery.request_recovery(
        account=person.public_id,
        half="A" * 16,
        by=first,
        approval=recovery.Approval({}, {}, "t"),
        channel="counter",
    )
    broker.down = down
    recovery.cancel_recovery(request=made, by=person.public_id, channel="portal")
    made.refresh_from_db()
    assert made.cancelled_at
    assert broker.said == ([] if down else [("withdraw", person.public_id, made.code_hash)])
