"""What leaves this server goes where the operator said, to the public internet, without detours."""

import ipaddress
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from alcaldia.kernel import outbound
from tests.conftest import ROOT

INSIDE = (
    "127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1",
    "::127.0.0.1", "::10.1.2.3", "fec0::1",
)  # fmt: skip


@pytest.fixture
def nothing_private(settings):
    settings.PRIVATE_PEERS = ()


@contextmanager
def listening(status=200, headers=(), body=b"{}"):
    seen = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.headers["Host"], self.path))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def ask(url, *allowed):
    with outbound.client(lambda: allowed or (url,)) as client:
        return client.get(url)


@pytest.mark.usefixtures("nothing_private")
@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_reached(address):
    assert not outbound.may_reach(ipaddress.ip_address(address))


@pytest.mark.usefixtures("nothing_private")
@pytest.mark.parametrize("address", ["8.8.8.8", "200.57.1.1", "2606:4700::1111"])
def test_the_public_internet_is(address):
    assert outbound.may_reach(ipaddress.ip_address(address))


def test_a_network_that_the_operator_named_is_reached_and_no_other(settings):
    settings.PRIVATE_PEERS = ("10.1.0.0/16",)
    assert outbound.may_reach(ipaddress.ip_address("10.1.2.3"))
    assert not outbound.may_reach(ipaddress.ip_address("10.2.2.3"))


@pytest.mark.usefixtures("nothing_private")
def test_a_name_that_answers_with_an_inner_address_is_not_followed(monkeypatch):
    rows = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(outbound.Blocked):
        ask("https://testigo.example/add-checkpoint")


@pytest.mark.usefixtures("nothing_private")
@pytest.mark.parametrize("url", ["http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://localhost/", "http://[::1]/"])  # fmt: skip
def test_other_spellings_of_this_machine_are_this_machine(url):
    with pytest.raises(outbound.Blocked):
        ask(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/otra", "https://evil.example/", "ftp://127.0.0.1/", "http://127.0.0.1:9999/"])  # fmt: skip
def test_an_address_that_nobody_configured_is_refused_before_a_name_is_looked_up(monkeypatch, url):
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))
    with pytest.raises((outbound.Blocked, httpx.UnsupportedProtocol)):
        ask(url, "http://127.0.0.1:4444/")


def test_the_connection_goes_to_the_checked_address_and_keeps_the_name(monkeypatch):
    with listening() as (address, seen):
        port = address.rpartition(":")[2]
        real = outbound.socket.getaddrinfo
        monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.1", *a, **k))
        assert ask(f"http://testigo.example:{port}/x").status_code == 200
    assert seen == [(f"testigo.example:{port}", "/x")]


def test_a_redirect_is_an_answer_and_never_a_way():
    with listening() as (inner, reached), listening(302, [("Location", inner)]) as (outer, _):
        assert ask(outer, outer, inner).status_code == 302
    assert reached == []


def test_an_endless_or_packed_answer_is_cut():
    with listening(body=b"x" * (outbound.LARGEST + 1)) as (address, _), pytest.raises(httpx.ReadError):
        ask(address)
    with listening(headers=[("Content-Encoding", "gzip")]) as (address, _), pytest.raises(httpx.ReadError):
        ask(address)


def test_an_answer_that_drips_is_cut(monkeypatch):
    monkeypatch.setattr(outbound, "WHOLE", -1.0)
    with listening(body=b"x") as (address, _), pytest.raises(httpx.ReadTimeout):
        ask(address)


def test_nothing_else_in_the_program_opens_connections():
    """One door: httpx, urllib and sockets to elsewhere are used there alone (bench asks the server it started)."""
    opens = re.compile(r"httpx\.(?:Client|get|post|request|stream)\(|urlopen\(|requests\.|socket\.create_connection|http\.client")  # fmt: skip
    files = [one for one in (ROOT / "src").rglob("*.py") if "bench" not in one.parts]
    found = {one.name for one in files if opens.search(one.read_text())}
    assert found == {"outbound.py"}


def test_a_wrong_network_stops_the_program(monkeypatch):
    from alcaldia.project import environment

    monkeypatch.setenv("ALCALDIA_PRIVATE_PEERS", "10.0.0.0/99")
    with pytest.raises(SystemExit, match="no es una red"):
        environment.networks("ALCALDIA_PRIVATE_PEERS")


def test_certificates_are_checked_for_the_name(tmp_path, monkeypatch):
    """A self-signed certificate, or one for another name, ends the connection before a byte is asked."""
    import ssl

    from tests.factories.authority import self_signed

    certificate, key = self_signed(tmp_path, "otro.example")
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        real = outbound.socket.getaddrinfo
        monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.1", *a, **k))
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            ask(f"https://testigo.example:{server.server_port}/")
        server.shutdown()
        thread.join()
