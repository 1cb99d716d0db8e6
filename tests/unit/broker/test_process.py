"""The broker as a process of its own: killed, started twice, and gone."""

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from django.utils.translation import override

from alcaldia.broker import process
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.spare import REMOVE
from alcaldia.web.components.wording import bare
from tests.conftest import ROOT
from tests.factories.custody import lose_keys, showing
from tests.factories.custody_process import ADDRESS, Remote


@pytest.fixture
def remote():
    folder = Path(tempfile.mkdtemp(prefix="broker-"))
    made = Remote(folder)
    yield made
    made.end()
    made.web.close()
    made.operator.close()
    shutil.rmtree(folder, ignore_errors=True)


def test_an_answer_that_was_given_is_in_the_log_of_the_killed_process(remote):
    person, official = remote.person(), remote.official()
    grant = person.grant(max_uses=100)
    person.give(grant)
    answered, dying = 0, threading.Timer(0.25, remote.kill)
    dying.start()
    with suppress(Refusal):
        while True:
            remote.ask("show", **showing(grant, official.token, []))
            answered += 1
    dying.join()
    remote.start()
    fresh = person.enter()
    told = [one["event"]["kind"] for one in remote.ask("my_accesses", token=fresh, limit=500)]
    [permit] = remote.ask("my_grants", token=fresh)
    assert answered <= told.count("shown") <= answered + 1
    assert permit["used"] == told.count("shown")
    assert remote.ask("log_size") == len(remote.leaves())
    commitments = [json.loads(leaf)["sha256"] for leaf in remote.leaves()]
    assert len(set(commitments)) == len(commitments)


def test_a_refusal_with_a_value_is_said_in_the_language_of_the_page(remote):
    person = remote.person()
    for _ in range(6):
        person.spare()
    with pytest.raises(Refusal) as told:
        person.spare()
    assert str(told.value) == "Puede tener hasta 6 llaves de repuesto. Quite antes alguna."
    with override("en"):
        assert bare(told.value.detail) == "You can have up to 6 spare keys. Remove one first."


def test_every_stored_access_has_its_leaf_wherever_the_kill_fell(remote):
    person = remote.person()
    for delay in (0.01, 0.03, 0.06, 0.1):
        dying = threading.Timer(delay, remote.kill)
        dying.start()
        with suppress(Refusal):
            while True:
                person.give(person.grant())
        dying.join()
        remote.start()
        with sqlite3.connect(remote.folder / "broker.sqlite3") as store:
            rows = store.execute("SELECT leaf, place FROM access").fetchall()
        store.close()
        leaves = remote.leaves()
        assert [leaf for leaf, place in rows if leaves[place] != leaf] == []


def test_a_spare_key_is_whole_or_not_there_wherever_the_kill_fell(remote):
    """Made, removed and used while the process dies: each leaf has its deed, and what was told as done is done."""
    person = remote.person()
    code, closed = person.spare()["code"], False
    for delay in (0.01, 0.02, 0.04, 0.08):
        remote.kill()
        lose_keys(remote.folder)
        remote.start()
        person.token = person.enter()
        dying = threading.Timer(delay, remote.kill)
        dying.start()
        with suppress(Refusal):
            remote.ask("restore", token=person.token, code=code)
            code = ""
            while True:
                made = person.spare()
                remote.ask("remove_spare", **person.act(REMOVE, spare=made["id"]))
        dying.join()
        remote.start()
        person.token = person.enter()
        closed = remote.ask("my_spares", token=person.token)["lost"]
        with sqlite3.connect(remote.folder / "broker.sqlite3") as store:
            bare = store.execute(
                "SELECT count(*) FROM spare WHERE id NOT IN (SELECT spare FROM spare_wrap)"
            ).fetchone()
            kinds = [
                row[0]
                for row in store.execute("SELECT kind FROM access WHERE kind <> 'enrolled' ORDER BY id")
            ]
            left = store.execute("SELECT count(*) FROM spare").fetchone()[0]
        store.close()
        assert bare == (0,)
        assert kinds.count("spare_made") - kinds.count("spare_gone") - kinds.count("restored") == left
        if not closed:
            code = person.spare()["code"]
    assert code or not closed


def test_on_a_full_disk_nothing_is_released_and_the_same_connection_goes_on(remote):
    person, official = remote.person(), remote.official()
    grant = person.grant()
    person.give(grant)
    asked = showing(grant, official.token, [person.record("identity", {"full_name": "N"})])
    size, line = remote.ask("log_size"), remote.web._mine.kept[1]
    with remote.no_room():
        for door, given in (("show", asked), ("own", {"token": person.token, "records": asked["records"]})):
            with pytest.raises(Refusal, match="No se entregó ningún dato") as told:
                remote.ask(door, **given)
            assert (told.value.code, told.value.status) == ("disk_full", 503)
        assert remote.ask("log_size") == size
    assert len(remote.ask("show", **asked)) == 1
    assert remote.web._mine.kept[1] is line
    assert (remote.ask("log_size"), remote.ask("my_grants", token=person.token)[0]["used"]) == (size + 1, 1)


def test_a_session_does_not_outlive_the_process(remote):
    person = remote.person()
    remote.kill()
    remote.start()
    with pytest.raises(Refusal) as told:
        remote.ask("my_grants", token=person.token)
    assert told.value.code == "no_vault_session"


def test_a_second_broker_on_the_same_folder_is_refused(remote):
    with pytest.raises(Refusal, match="apague uno de los dos"):
        process.start(remote.folder, ADDRESS)


def test_the_web_socket_has_no_operators_doors(remote):
    for door in ("invite", "activation", "admit", "rotate_kek", "migrate"):
        with pytest.raises(Refusal) as told:
            remote.ask(door)
        assert told.value.code == "no_such_door"


def test_nobody_else_may_open_the_sockets_or_the_store(remote):
    for name in ("web", "operator", "kek", "broker.sqlite3", "index.key", "seal.key"):
        assert (remote.folder / name).stat().st_mode & 0o077 == 0


def test_noise_on_the_socket_ends_the_connection_and_not_the_broker(remote):
    for noise in (b"\xff" * 64, b"\0\0\0\x02[]", b"\0\0\0\x05hello", b"\0\0\0\x02{}"):
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(remote.folder / "web" / "socket"))
            caller.sendall(noise)
            with suppress(ConnectionResetError):
                caller.shutdown(socket.SHUT_WR)
                while caller.recv(4096):
                    pass
    assert remote.ask("health")["size"] >= 0


def test_the_broker_loads_neither_django_nor_a_driver_of_the_web():
    script = "import sys, alcaldia.broker.__main__; print([m for m in ('django', 'psycopg', 'alcaldia.vault.models') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
