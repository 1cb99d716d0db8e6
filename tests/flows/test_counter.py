"""A counter without its server: the slip is on the disk first, and what is sent arrives once, whatever is killed."""

import json
import re
import runpy
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from alcaldia.counters import actions
from alcaldia.counters.models import CounterDevice, OfflineRequest
from alcaldia.counters.rules.slip import PAPERS, BadSlip, read_slip
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from tests.conftest import ROOT
from tests.factories import people
from tests.factories.town import town as make_town
from tests.flows.test_no_debt import _plain_static_files

assert _plain_static_files
PROGRAM = ROOT / "counter" / "mostrador.py"
SLIP = {
    "key": "k" * 24, "number": "M1-00001", "procedure": "licencia-bajo-riesgo", "papers": ["identification"],
    "taken_at": "2026-03-02T15:00:00+00:00",
}  # fmt: skip


@pytest.fixture
def town(db):
    return make_town()


@pytest.fixture
def token(town):
    return actions.add_device(town=town, name="M1", by="t", channel="cli")


def post(token, *slips, client=None):
    return (client or Client()).post(
        "/api/v1/counter/requests", json.dumps({"requests": list(slips)}), content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def states(answer):
    return [one["state"] for one in answer.json()["answers"]]


def test_the_same_slip_however_often_is_one_request(token):
    assert states(post(token, SLIP, SLIP)) == ["received", "received"]
    assert states(post(token, SLIP)) == ["received"]
    assert OfflineRequest.objects.count() == 1
    assert Entry.objects.filter(type="counters.received").count() == 1
    assert not any(b"identification" in bytes(one.body) for one in Entry.objects.all())


def test_a_key_or_number_that_says_something_else_is_refused(token):
    post(token, SLIP)
    answer = post(
        token,
        {**SLIP, "papers": ["deed"]},
        {**SLIP, "key": "q" * 24},
        {**SLIP, "key": "r" * 24, "number": "Z9-00001"},
    )
    assert states(answer) == ["refused"] * 3
    assert OfflineRequest.objects.count() == 1


@pytest.mark.parametrize(
    "changed",
    [{"key": "short"}, {"number": "1"}, {"procedure": "¡"}, {"note": "Ada"}, {"papers": ["Ada"]}, {"papers": "plan"}, {"papers": [["plan"]]}, {"taken_at": "ayer"}, {"taken_at": "9999-12-31T23:00:00-06:00"},
     {"taken_at": "2026-03-02T15:00:00"}, {"number": 3}, {"more": "x"}, {"papers": [3]}],
)  # fmt: skip
def test_what_is_no_slip_is_refused_for_good(changed):
    with pytest.raises(BadSlip):
        read_slip({**SLIP, **changed})


def test_what_may_be_ticked_is_the_same_at_the_counter_and_at_the_server():
    counter = runpy.run_path(str(PROGRAM), run_name="counter")
    assert counter["PAPERS"] == PAPERS


def test_a_stranger_or_a_counter_that_was_taken_away_hands_in_nothing(token, town):
    assert post("", SLIP).status_code == 401
    assert post("x" * 43, SLIP).status_code == 401
    actions.revoke_device(town=town, name="M1", by="t", channel="cli")
    assert post(token, SLIP).status_code == 401
    assert OfflineRequest.objects.count() == 0
    assert not CounterDevice.objects.filter(token_hash=token).exists()


def test_the_office_settles_each_once_and_only_where_it_has_a_post(token, town):
    post(token, SLIP)
    office = Client()
    people.log_in(office, people.made_official(town, "clerk", username="ventanilla"))
    shown = office.get("/oficina/mostrador/").content.decode()
    assert all(words in shown for words in ("M1-00001", "Abrir un negocio sencillo", "Identificación"))
    row = OfflineRequest.objects.get()
    assert office.post(f"/oficina/mostrador/{row.pk}/", {"folio": "EXP-1"}).status_code == 302
    assert office.post(f"/oficina/mostrador/{row.pk}/", {"folio": "EXP-2"}).status_code == 409
    elsewhere = Client()
    people.log_in(elsewhere, people.made_official(make_town("otro"), "clerk", username="ajena"))
    assert elsewhere.post(f"/oficina/mostrador/{row.pk}/", {"folio": "EXP-3"}).status_code == 404
    with pytest.raises(Refusal):
        actions.add_device(town=town, name="M1", by="t", channel="cli")


def test_a_token_is_never_taken_for_an_option_of_the_counter(town, monkeypatch):
    monkeypatch.setattr(actions, "token_urlsafe", lambda length: "-" * length)
    assert actions.add_device(town=town, name="M1", by="t", channel="cli")[0].isalpha()


class Counter:
    """The program on a machine of its own, killed and started at will."""

    def __init__(self, folder, server, token):
        self.folder, self.process, self.address = folder, None, ""
        words = ["init", "--folder", folder, "--server", server, "--token", token, "--name", "M1"]
        subprocess.run([sys.executable, PROGRAM, *words], check=True, capture_output=True)

    def start(self):
        command = [
            sys.executable,
            "-u",
            PROGRAM,
            "serve",
            "--folder",
            self.folder,
            "--port",
            "0",
            "--every",
            "0.05",
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def page(self):
        with urllib.request.urlopen(self.address, timeout=10) as answer:
            text = answer.read().decode()
        return {name: re.search(rf'name="{name}" value="([^"]+)"', text)[1] for name in ("secret", "key")}

    def take(self, fields):
        """The number on the slip that the person was handed."""
        data = urllib.parse.urlencode({**fields, "procedure": "licencia", "papers": "plan"}).encode()
        with urllib.request.urlopen(self.address, data, timeout=10) as answer:
            return re.search(r'class="number">([^<]+)<', answer.read().decode())[1]


@contextmanager
def lossy(target):
    """Between counter and server: every second answer is lost after the server has taken it in."""
    turns = iter(range(10**6))

    class Between(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = urllib.request.Request(target + self.path, body, {name: self.headers[name] for name in ("Authorization", "Content-Type")})  # fmt: skip
            with urllib.request.urlopen(asked, timeout=20) as answer:
                told = answer.read()
            if next(turns) % 2 == 0:
                return self.connection.close()
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def do_GET(self):
            self.send_error(503)

        def log_message(self, *words):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *about):
            pass

    with Server(("127.0.0.1", 0), Between) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    assert holds()


@pytest.mark.django_db(transaction=True)
def test_killed_again_and_again_with_lost_answers_no_slip_is_lost_or_doubled(live_server, tmp_path):
    token = actions.add_device(town=make_town(), name="M1", by="t", channel="cli")
    with lossy(live_server.url.replace("localhost", "127.0.0.1")) as between:
        counter, given = Counter(tmp_path / "m", between, token), {}
        for _ in range(3):
            counter.start()
            for fields in [counter.page() for _ in range(5)]:
                number = counter.take(fields)
                given[number] = fields["key"]
            counter.kill()
            counter.start()
            # The page was still open when the machine went down, and is sent once more.
            assert counter.take(fields) == number
            counter.kill()
        counter.start()
        try:
            until(lambda: OfflineRequest.objects.count() >= len(given))
            until(lambda: "0 en espera" in urllib.request.urlopen(counter.address, timeout=5).read().decode())
        finally:
            counter.kill()
    assert len(given) == 15
    assert dict(OfflineRequest.objects.values_list("number", "key")) == given


def test_without_any_server_it_gives_numbers_and_says_that_it_waits(tmp_path):
    counter = Counter(tmp_path / "m", "http://127.0.0.1:9", "t" * 43)
    counter.start()
    try:
        assert counter.take(counter.page()) == "M1-00001"
        text = urllib.request.urlopen(counter.address, timeout=5).read().decode()
        assert "1 en espera" in text
        foreign = urllib.request.Request(counter.address, headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403") as told:
            urllib.request.urlopen(foreign, timeout=5)
        told.value.close()
    finally:
        counter.kill()
