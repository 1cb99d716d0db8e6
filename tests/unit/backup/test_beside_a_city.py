"""The backup in one process, the city in another: SQLite's locks are between processes, so one alone shows nothing."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import contextmanager

import pytest

from alcaldia.ledger.filelog import FileLog
from alcaldia.project.backup.chain import Chain
from alcaldia.project.backup.restore import restore
from alcaldia.project.backup.service import Service
from tests.conftest import ROOT

CITY = """
import json, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
for line in sys.stdin:
    print(json.dumps(store.execute(line).fetchall()), flush=True)
"""
BACKUP = """
import sys
from pathlib import Path
from alcaldia.project.backup.wal import Follower
follower = Follower(Path(sys.argv[1]))
for line in sys.stdin:
    anew = line.strip() == "snapshot" or follower.since() is None
    if anew:
        follower.snapshot()
    follower.since()
    print("true" if anew else "false", flush=True)
"""


@contextmanager
def beside(code, path):
    """A process of its own with that database open; what it is told it does at once and answers in JSON."""
    given = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        [sys.executable, "-c", code, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=given,
    ) as process:

        def does(word):
            process.stdin.write(word + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield does


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    with beside(CITY, tmp_path / "home" / "main.sqlite3") as does:
        does("PRAGMA journal_mode=WAL")
        does("CREATE TABLE act (n INTEGER)")
        does("INSERT INTO act VALUES (0)")
    return tmp_path / "home"


def acts(path):
    with sqlite3.connect(path) as store:
        found = [n for (n,) in store.execute("SELECT n FROM act ORDER BY n")]
    store.close()
    return found


def test_the_journal_does_not_begin_anew_while_it_is_followed(home, tmp_path):
    service = Service(home, Chain(tmp_path / "copy"))
    with beside(CITY, home / "main.sqlite3") as does:
        for turn in range(1, 6):
            service.step()
            does(f"INSERT INTO act VALUES ({turn})")
            [[busy, *_]] = does("PRAGMA wal_checkpoint(RESTART)")
            assert busy
        service.step()
        service.close()
    assert {link.generation for link in service.chain.links if link.store == "main.sqlite3"} == {1}
    restore(tmp_path / "copy", tmp_path / "back")
    assert acts(tmp_path / "back" / "main.sqlite3") == [0, 1, 2, 3, 4, 5]


def test_a_city_that_stops_and_goes_on_keeps_everything_when_the_backup_ends_last(home, tmp_path):
    """With locks lost, the city's end deleted the journal under the backup, whose own end then undid what came after."""
    service = Service(home, Chain(tmp_path / "copy"))
    with beside(CITY, home / "main.sqlite3") as does:
        service.step()
        does("INSERT INTO act VALUES (1)")
        service.step()
    with beside(CITY, home / "main.sqlite3") as does:
        does("INSERT INTO act VALUES (2)")
        service.step()
        does("CREATE TABLE later (n INTEGER)")
        does("INSERT INTO act VALUES (3)")
        service.step()
    service.close()
    assert acts(home / "main.sqlite3") == [0, 1, 2, 3]
    with sqlite3.connect(home / "main.sqlite3") as store:
        assert store.execute("SELECT count(*) FROM later").fetchone() == (0,)
    store.close()
    restore(tmp_path / "copy", tmp_path / "back")
    assert acts(tmp_path / "back" / "main.sqlite3") == [0, 1, 2, 3]


def test_what_is_destroyed_leaves_the_journal_of_a_quiet_log_that_is_followed(tmp_path):
    log = FileLog(tmp_path / "log", origin="bench.example/accesses")
    log.store.executescript("PRAGMA secure_delete=ON; CREATE TABLE secret (data TEXT)")
    log.store.execute("INSERT INTO secret VALUES ('KANARIENVOGEL')")
    path = tmp_path / "log" / "log.sqlite3"
    with beside(BACKUP, path) as backup:
        assert backup("snapshot")
        log.store.execute("DELETE FROM secret")
        assert not log.empty_journal()
        assert not log.journal_was_emptied()
        assert backup("step")
        assert log.journal_was_emptied()
        assert not backup("step")
        held = [one.read_bytes() for one in (path, path.with_name("log.sqlite3-wal"))]
    log.close()
    assert not any(b"KANARIENVOGEL" in data for data in held)


def test_two_backups_do_not_copy_anew_each_second_for_what_neither_can_empty(tmp_path):
    log = FileLog(tmp_path / "log", origin="bench.example/accesses")
    log.store.execute("CREATE TABLE secret (data TEXT)")
    path = tmp_path / "log" / "log.sqlite3"
    with beside(BACKUP, path) as one:
        with beside(BACKUP, path) as other:
            assert one("snapshot")
            assert other("snapshot")
            log.store.execute("INSERT INTO secret VALUES ('x')")
            assert not log.empty_journal()
            assert (one("step"), one("step"), other("step"), other("step")) == (True, False, True, False)
        assert not log.journal_was_emptied()
        assert not log.empty_journal()
    assert log.empty_journal()
    log.close()
