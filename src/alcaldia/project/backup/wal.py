"""Following one SQLite database: a whole copy, then what each commit appended to its write-ahead log.

While we hold a reader on the log, SQLite may not begin it anew, so its bytes only grow. Only frames that
the wal-index says are committed are read. Sources: sqlite.org/fileformat2.html §4, sqlite.org/walformat.html.
"""

import shutil
import sqlite3
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HEADER, FRAME_HEADER = 32, 24
# In the wal-index: two equal copies of a 48-byte header, then how many frames are already in the database.
_INDEX = struct.Struct("=IIIBBHII8s8s8s")
_INDEX_SIZE = 48
TRIES = 50


@dataclass(frozen=True)
class Index:
    """What SQLite itself believes of the log: page size, committed frames, salts, frames copied back."""

    page: int
    frames: int
    salt: bytes
    backfilled: int


class Follower:
    """One database, followed from its snapshot on. Holds a reader; `close` gives it back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wal, self._shm = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
        self._store = sqlite3.connect(path, isolation_level=None, timeout=20, check_same_thread=False)
        self._offset = 0
        self._salt = b""

    def snapshot(self) -> Path:
        """The database file, to be copied now; `since` then gives what the copy lacks. A new generation."""
        self._hold()
        self._offset = 0
        return self.path

    def since(self) -> bytes | None:
        """What was committed since the last call, b"" for nothing; None where the log began anew: take a snapshot."""
        index = self._index()
        if index.salt != self._salt:
            return None
        end = HEADER + index.frames * (FRAME_HEADER + index.page) if index.frames else self._offset
        if end <= self._offset:
            return b""
        with self._wal.open("rb") as file:
            file.seek(self._offset)
            data = file.read(end - self._offset)
        self._offset = end
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
            mark = self._store.execute("PRAGMA application_id").fetchone()[0]
            self._store.execute(f"PRAGMA application_id = {(mark + 1) % 1_000_000}")
            self._store.execute("BEGIN")
            self._store.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            index = self._index()
            if index.frames > index.backfilled:
                self._salt = index.salt
                return
        raise RuntimeError(f"{self.path.name}: its log was emptied each time before a reader could hold it")

    def _index(self) -> Index:
        for _ in range(TRIES):
            with self._shm.open("rb") as file:
                data = file.read(2 * _INDEX_SIZE + 4)
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
