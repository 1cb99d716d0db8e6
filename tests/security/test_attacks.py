"""Attacks that fit into a test run: the API fuzzed from its own description, and broken HTTP against the real server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings, strategies
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from alcaldia.connectors.simulated import SimulatedBank
from alcaldia.connectors.simulated_bank.app import application
from alcaldia.connectors.simulated_bank.bank import Bank
from alcaldia.kernel import outbound
from alcaldia.payments.ports import plugged
from alcaldia.procedures.actions.paying import CasePayments
from alcaldia.project.payments import PREFIX
from alcaldia.project.wsgi import django_application
from alcaldia.web.components import rate
from tests.conftest import ROOT
from tests.procedures.conftest import town as town  # a fixture
from tests.security.lived_in import Known, lived_in

pytestmark = pytest.mark.slow
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BOUNDS = settings(
    max_examples=25, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def connection_kept():
    """A request through WSGI ends by looking after its connection, which here holds the test's transaction."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known(monkeypatch, tmp_path, town, broker) -> Iterator[Known]:
    """The real names of a town with cases, an order and an appointment; the bank is the simulated one."""
    books = Bank(tmp_path, "secreto")
    bank = SimulatedBank(outbound.inside(application(books, PREFIX)), books.secret, PREFIX)
    monkeypatch.setattr(plugged, "providers", {"simulated": bank})
    monkeypatch.setattr(plugged, "listeners", [CasePayments()])
    yield lived_in(town)
    books.store.close()


# The first is what Hypothesis tries first: every operation is asked about what exists.
LENT = ("path and body", "path", "nothing")


def lend(known: Known, case: schemathesis.Case, what: str, folio: str) -> None:
    """Put real names in the place of invented ones."""
    if what == "nothing":
        return
    address = case.operation.path
    names = [one.name for one in case.operation.path_parameters]
    case.path_parameters = {**case.path_parameters, **known.path(address, names, folio)}
    if what == "path and body" and isinstance(case.body, dict):
        case.body = {**case.body, **known.body(address, folio)}


@pytest.mark.django_db
@pytest.mark.usefixtures("connection_kept")
def test_the_api_answers_as_its_description_says_whatever_is_asked(known):
    """Lawful and unlawful questions of every operation, of what exists and what does not: no failure of ours, nothing
    that is not described.
    """
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", django_application)
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 5
    met: dict[str, set[int]] = {operation.label: set() for operation in operations}
    for operation in operations:
        for mode in GenerationMode:

            @BOUNDS
            @given(
                case=operation.as_strategy(generation_mode=mode), what=strategies.sampled_from(LENT),
                folio=strategies.sampled_from(sorted(known.codes)),
            )  # fmt: skip
            def attack(case, what, folio):
                rate.forget()
                lend(known, case, what, folio)
                met[case.operation.label].add(case.call_and_validate(checks=CHECKS).status_code)

            # An operation without parameters cannot be asked wrongly.
            with suppress(Unsatisfiable):
                attack()
    unknown = [label for label, statuses in met.items() if statuses <= {404, 429}]
    assert unknown == []


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[int]:
    """The production server on a fresh home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {**os.environ, "ALCALDIA_HOME": str(tmp_path_factory.mktemp("attacked")), "PYTHONPATH": str(ROOT / "src"), "DATABASE_URL": ""}  # fmt: skip
    command = [sys.executable, "-m", "alcaldia.project", "serve", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        if said(port, b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(
            b"HTTP/1.1 200"
        ):
            break
        time.sleep(0.2)
    yield port
    process.terminate()
    process.wait(timeout=90)


def said(port: int, request: bytes) -> bytes:
    """All that the server answers to these bytes before it closes or two seconds pass."""
    found = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(request)
            while block := line.recv(65536):
                found += block
    except OSError:
        pass
    return found


HEAD = b"POST /idioma/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
INNER = b"GET /oficina/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
BROKEN = {
    "length and chunks": HEAD + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + INNER,
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n" + INNER,
    "a length with a plus": HEAD + b"Content-Length: +0\r\n\r\n" + INNER,
    "an unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER,
    "a space before the colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + INNER,
    "a folded header": HEAD + b"X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\x00b\r\n\r\n",
    "a bare line feed": b"GET / HTTP/1.1\nHost: localhost\nX: y\rEvil: 1\n\n",
    "no method": b"/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "noise": bytes(range(256)) * 8,
    "a header without end": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 600_000,
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_smuggled_and_broken_messages_are_refused(server, kind):
    """No answer to the request hidden inside, and the server lives on."""
    answer = said(server, BROKEN[kind])
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b"HTTP/1.1 5" not in answer
    assert b"/oficina/entrar/" not in answer
    assert said(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(
        b"HTTP/1.1 200"
    )


INJECTED = (
    "/x%0d%0aSet-Cookie:%20a=b",
    "/cuenta/entrar/?next=/x%0d%0aSet-Cookie:%20a=b",
    "/visor/%0d%0aX-Evil:%201/",
)


@pytest.mark.parametrize("address", INJECTED)
def test_no_address_splits_an_answer(server, address):
    head = (
        said(server, f"GET {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        .partition(b"\r\n\r\n")[0]
        .lower()
    )
    assert b"\r\nset-cookie: a=b" not in head
    assert b"\r\nx-evil" not in head


def test_a_slow_sender_does_not_stop_the_others(server):
    slow = [socket.create_connection(("127.0.0.1", server), timeout=2) for _ in range(60)]
    for one in slow:
        one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-")
    started = time.perf_counter()
    answer = said(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    took = time.perf_counter() - started
    for one in slow:
        one.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert took < 2
