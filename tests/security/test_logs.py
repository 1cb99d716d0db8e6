"""Logs: what happened is told, of whom never. Canaries go through every door and none comes out in a line."""

import json
import logging

import pytest
import structlog

from alcaldia.project import logs
from alcaldia.web.components.watch import client_of
from tests.factories.passkey import SoftPasskey
from tests.factories.people import log_in, made_official, made_person, with_key
from tests.factories.town import town
from tests.flows.test_account import create, get

CANARIES = (
    "GOMC850312MCHNRR09", "GOMC850312AB1", "canaria.perez@correo.example", "614 555 0199", "+52 614 555 0199",
    "4152313312345678", "K7Q2-9XMA-TT41-PPZ3", "p_AbCdEfGhIjKlMnOpQrStUv", "kJ8s7dFh3Lq9xZ2mN5vB8cR1tY6wE4uI",
)  # fmt: skip


@pytest.fixture
def lines(capfd):
    """The lines of JSON that were logged so far, parsed; each must be one."""

    def read() -> list[dict]:
        return [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]

    return read


@pytest.mark.parametrize("canary", CANARIES)
def test_a_datum_in_a_template_is_covered(lines, canary):
    logging.getLogger("any.library").warning(f"no se pudo leer {canary} de la base")
    structlog.stdlib.get_logger("alcaldia.security").warning(f"falló {canary}", code=canary, name=canary)
    told = lines()
    assert len(told) == 2
    assert canary not in json.dumps(told)
    assert "falló" in told[1]["event"]


def test_arguments_and_messages_of_exceptions_never_reach_a_line(lines):
    logger = logging.getLogger("any.library")
    try:
        raise ValueError("DETAIL: Key (name)=(Canaria Pérez) already exists")
    except ValueError:
        logger.exception("Fallo al guardar %s", "Canaria Pérez")
    logger.error("Vive en %s", {"calle": "Canaria 5"})
    told = lines()
    assert "Canaria" not in json.dumps(told, ensure_ascii=False)
    assert (told[0]["error"], told[0]["event"]) == ("ValueError", "Fallo al guardar %s")
    assert "test_arguments" in told[0]["where"][-1]


def test_a_line_has_only_listed_fields_a_time_in_utc_and_is_one_line(lines):
    log = structlog.stdlib.get_logger("alcaldia.security")
    log.warning('uno\n{"falso": 1}\r\ndos', code="a\nb", password="x", body={"a": 1}, kind="person")
    (told,) = lines()
    assert set(told) <= set(logs.FIELDS)
    assert told["at"].endswith("+00:00")
    assert "\n" not in told["event"] + told["code"]


def test_what_an_operator_needs_is_still_readable():
    for text in (
        "Not Found: %s",
        "ledger.actions.record",
        "2 de 3 testigos",
        "ZONA-H2",
        "no space left on device",
    ):
        assert logs.redact(text) == text


def secrets_of(client) -> list[str]:
    return [morsel.value for morsel in client.cookies.values() if len(morsel.value) > 10]


DOORS = (
    ("post", "/cuenta/entrar/", {"credential": "{c}", "state": "{c}"}),
    ("post", "/cuenta/recuperar/", {"codigo": "{c}", "state": "{c}", "credential": "{c}"}),
    ("post", "/cuenta/codigo/", {"contacto": "{c}"}),
    ("post", "/cuenta/codigo/entrar/", {"codigo": "{c}", "state": "{c}"}),
    ("post", "/cuenta/llaves/agregar/", {"credential": "{c}", "state": "{c}"}),
    ("post", "/oficina/entrar/", {"credential": "{c}", "state": "{c}"}),
    ("get", "/cuenta/activar/{c}/", {}),
    ("get", "/oficina/invitacion/{c}", {}),
    ("get", "/verificar/{c}", {}),
    ("get", "/visor/pueblo/", {"q": "{c}"}),
    ("get", "/visor/pueblo/dictamen/{c}/", {}),
    ("get", "/{c}", {}),
    ("get", "/api/v1/municipalities/pueblo/parcels", {"key": "{c}"}),
    ("get", "/cuenta/con/llave-mx/regreso/", {"code": "{c}", "state": "{c}"}),
    ("post", "/residencia/verificar/", {"credencial": "{c}"}),
    ("trace", "/{c}", {}),
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("canary", ["Canaria Pérez", *CANARIES[:1], CANARIES[2], CANARIES[6], CANARIES[8]])
def test_no_canary_comes_out_of_any_door(client, capfd, canary):
    town()
    person, _ = made_person()
    log_in(client, person)
    for method, path, data in DOORS:
        filled = {name: text.format(c=canary) for name, text in data.items()}
        getattr(client, method)(path.format(c=canary), **({"data": filled} if method != "trace" else {}))
    out = "".join(capfd.readouterr())
    leaked = [word for word in (canary, person.public_id, *secrets_of(client)) if word in out]
    assert leaked == []
    assert '"event": "refused"' in out


@pytest.mark.django_db
def test_an_unexpected_failure_is_logged_with_its_place_and_without_its_data(client, lines, monkeypatch):
    town()

    def broken(*_, **__):
        raise RuntimeError("fila de Canaria Pérez")

    monkeypatch.setattr("alcaldia.web.visor.views.search", broken)
    client.raise_request_exception = False
    answer = client.get("/visor/pueblo/?q=x")
    (told,) = [line for line in lines() if line["level"] == "error"]
    assert (answer.status_code, told["error"], told["status"]) == (500, "RuntimeError", 500)
    assert told["route"] == "visor/<slug:slug>/"
    assert "Canaria" not in json.dumps(told) + answer.content.decode()


@pytest.mark.django_db
def test_coming_in_leaving_and_being_refused_are_told(client, lines):
    create(client, "/cuenta/registro/", SoftPasskey())
    client.post("/cuenta/salir/")
    get(client, "/cuenta/entrar/", SoftPasskey())
    events = [(line["event"], line.get("code", "")) for line in lines()]
    assert ("entered", "") in events
    assert ("left", "") in events
    assert any(event == "refused" for event, _ in events)


def test_clients_are_told_apart_and_not_named():
    assert client_of("203.0.113.7") != client_of("203.0.113.8")
    assert "203" not in client_of("203.0.113.7")


@pytest.mark.django_db
def test_a_refused_right_is_told(client, lines):
    made = town()
    official = made_official(made, "reviewer")
    with_key(official)
    log_in(client, official)
    assert client.get("/oficina/pueblo/datos/").status_code == 403
    (told,) = lines()
    assert (told["event"], told["status"], told["route"]) == ("refused", 403, "oficina/<slug:town>/datos/")


def test_there_is_one_handler():
    """Everything goes to standard error, through the formatter of listed fields; nothing is mailed or sent."""
    from django.conf import settings

    told = settings.LOGGING
    assert list(told["handlers"]) == ["stderr"]
    assert told["root"]["handlers"] == ["stderr"]
    assert all(not one.get("handlers") for one in told["loggers"].values())
    assert not settings.ADMINS
    assert not logging.getLogger("django").handlers
