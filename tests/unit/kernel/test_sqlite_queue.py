"""Writers of one SQLite file queue: one has the turn, and it goes with whoever had it."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db.utils import OperationalError

from alcaldia.kernel.sqlite import base
from alcaldia.kernel.sqlite.base import DatabaseWrapper, Place

HOLDS = """
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)
print("mine", flush=True)
sys.stdin.read()
"""


def wrapper(path: Path) -> DatabaseWrapper:
    path.touch()
    return DatabaseWrapper(
        {"NAME": str(path), "OPTIONS": {"transaction_mode": "IMMEDIATE"}, "TIME_ZONE": None, "ATOMIC_REQUESTS": False,
         "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
    )  # fmt: skip


def test_a_second_thread_waits_until_the_first_gives_the_turn(tmp_path: Path) -> None:
    first, second, done = Place(str(tmp_path / "db")), Place(str(tmp_path / "db")), threading.Event()
    first.take()
    waiting = threading.Thread(target=lambda: (second.take(), done.set(), second.give()), daemon=True)
    waiting.start()
    assert not done.wait(0.05)
    first.give()
    assert done.wait(5)
    waiting.join()


def test_a_killed_process_gives_its_turn(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "db-queue")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"mine\n"
        other.kill()
    mine = Place(str(tmp_path / "db"))
    mine.take()
    mine.close()


def test_without_room_for_its_file_a_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    for _ in range(2):
        mine = Place(str(tmp_path / "db"))
        mine.take()
        mine.close()


def test_who_waits_too_long_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PATIENCE", 0.01)
    first = Place(str(tmp_path / "db"))
    first.take()
    with pytest.raises(OperationalError, match="locked"):
        Place(str(tmp_path / "db")).take()
    first.close()


@pytest.mark.django_db
@pytest.mark.parametrize("ends", ["commit", "rollback", "close"])
def test_every_end_of_a_transaction_gives_the_turn(tmp_path: Path, ends: str) -> None:
    one, next_one = wrapper(tmp_path / "db"), Place(str(tmp_path / "db"))
    one.ensure_connection()
    one._start_transaction_under_autocommit()
    getattr(one, f"_{ends}")()
    next_one.take()
    next_one.close()
    one._close()


@pytest.mark.django_db
def test_a_database_in_memory_has_no_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = wrapper(tmp_path / "db")
    one.settings_dict["NAME"] = ":memory:"
    one.ensure_connection()
    one._start_transaction_under_autocommit()
    one._rollback()
    one._close()
    assert [path.name for path in tmp_path.iterdir()] == ["db"]
