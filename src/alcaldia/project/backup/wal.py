"""Following one SQLite database: a whole copy, then what each commit appended to its write-ahead log.

While we hold a reader on the log, SQLite may not begin it anew, so its bytes only grow. Only frames that
the wal-index says are committed are read. Sources: sqlite.org/fileformat2.html §4, sqlite.org/walformat.html.

Trap (sqlite.org/howtocorrupt.html §2.2): closing any descriptor of a file gives up every POSIX lock that this process
has on it, SQLite's too. Then the log is deleted under us when the city stops, and what we write into it comes back
over the database when we end: tables of after were gone. So what we read ourselves we never close.
"""

import io
import os
import shutil
import sqlite3
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from alcaldia.ledger.filelog import OWED

HEADER, FRAME_HEADER = 32, 24
# In the wal-index: two equal copies of a 48-byte header, then how many frames are already in the database.
_INDEX = struct.Struct("=IIIBBHII8s8s8s")
_INDEX_SIZE = 48
TRIES = 50
PATIENCE_MS, BRIEFLY_MS = 20_000, 500
AGAIN_S = 60.0
"""After how long a log that could not be emptied is tried again: each try is a fresh copy."""


@dataclass(frozen=True)
class Index:
    """What SQLite itself believes of the log: page size, committed frames, salts, frames copied back."""

    page: int
    frames: int
    salt: bytes
    backfilled: int


_KEPT: dict[tuple[int, int], int] = {}
"""Device and inode → the descriptor by which this process reads that file, for as long as it lives."""


def _kept(path: Path) -> int:
    known = _KEPT.get(_place(path.stat()))
    if known is None:
        known = os.open(path, os.O_RDONLY)
        _KEPT[_place(os.fstat(known))] = known
    return known


def _place(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


class _Unclosed(io.RawIOBase):
    """Reads a file by its kept descriptor, which stays open when this is closed."""

    def __init__(self, path: Path) -> None:
        self._file, self._at = _kept(path), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = os.pread(self._file, len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def reading(path: Path) -> BinaryIO:
    """A database's file, its log or its index from the start, for who has the database open too: closing it closes nothing."""
    return io.BufferedReader(_Unclosed(path))


class Follower:
    """One database, followed from its snapshot on. Holds a reader; `close` gives it back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wal, self._shm, self._owed = (path.with_name(path.name + end) for end in ("-wal", "-shm", OWED))
        self._store = sqlite3.connect(
            path, isolation_level=None, timeout=PATIENCE_MS / 1000, check_same_thread=False
        )
        self._offset, self._not_before = 0, 0.0
        self._salt = b""

    def snapshot(self) -> BinaryIO:
        """The database file, to be copied now; `since` then gives what the copy lacks. A new generation."""
        self._hold()
        self._offset = 0
        return reading(self.path)

    def since(self) -> bytes | None:
        """What was committed since the last call, b"" for nothing; None where the log began anew or should: take a snapshot."""
        if self._owed.exists() and time.monotonic() > self._not_before:
            return None
        index = self._index()
        if index.salt != self._salt:
            return None
        end = HEADER + index.frames * (FRAME_HEADER + index.page) if index.frames else self._offset
        if end <= self._offset:
            return b""
        data = os.pread(_kept(self._wal), end - self._offset, self._offset)
        self._offset += len(data)
        return data

    @property
    def shipped(self) -> int:
        """Bytes of the log given out in this generation."""
        return self._offset

    def close(self) -> None:
        self._store.close()

    def _hold(self) -> None:
        """Begin a reader that keeps the log from starting anew.

        A reader of a log that is wholly copied back holds nothing, so a harmless write comes first.
        """
        for _ in range(TRIES):
            if self._store.in_transaction:
                self._store.execute("ROLLBACK")
            self._empty()
            mark = self._store.execute("PRAGMA application_id").fetchone()[0]
            self._store.execute(f"PRAGMA application_id = {(mark + 1) % 1_000_000}")
            self._store.execute("BEGIN")
            self._store.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            index = self._index()
            if index.frames > index.backfilled:
                self._salt = index.salt
                return
        raise RuntimeError(f"{self.path.name}: its log was emptied each time before a reader could hold it")

    def _empty(self) -> None:
        """Who destroyed something and found us reading (`FileLog.empty_journal`) wants the log emptied: it is, between two readers.

        Not while somebody else reads, such as a second backup: whoever waits for them keeps all writers waiting too.
        """
        if not self._owed.exists() or time.monotonic() < self._not_before:
            return
        self._owed.unlink(missing_ok=True)  # first: who destroys more meanwhile asks anew
        self._store.execute(f"PRAGMA busy_timeout={BRIEFLY_MS}")
        busy, _, _ = self._store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._store.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        if busy:
            self._owed.touch(mode=0o600)
            self._not_before = time.monotonic() + AGAIN_S

    def _index(self) -> Index:
        for _ in range(TRIES):
            data = os.pread(_kept(self._shm), 2 * _INDEX_SIZE + 4, 0)
            if data[:_INDEX_SIZE] == data[_INDEX_SIZE : 2 * _INDEX_SIZE]:
                break
        else:
            raise RuntimeError(f"{self.path.name}: its index changed while it was read")
        fields = _INDEX.unpack(data[:_INDEX_SIZE])
        page = fields[5] if fields[5] != 1 else 65_536
        return Index(page, fields[6], fields[9], struct.unpack("=I", data[2 * _INDEX_SIZE :])[0])


def rebuild(path: Path, snapshot: Path, logs: Iterable[Path]) -> None:
    """A database from its snapshot and the pieces of its log since; checked by SQLite, whole on return.

    Raises sqlite3.DatabaseError where what is rebuilt is not sound.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for end in ("-shm", "-wal"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    shutil.copyfile(snapshot, path)
    with path.with_name(path.name + "-wal").open("wb") as whole:
        for piece in logs:
            with piece.open("rb") as part:
                shutil.copyfileobj(part, whole)
    store = sqlite3.connect(path, isolation_level=None)
    try:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        found = store.execute("PRAGMA quick_check").fetchone()[0]
    finally:
        store.close()
    if found != "ok":
        raise sqlite3.DatabaseError(f"{path.name}: {found}")
