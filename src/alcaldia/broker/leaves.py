"""A stand-in for `ledger.filelog.FileLog` with the same methods, until that is merged."""

import fcntl
import sqlite3
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.keyfiles import made_once
from alcaldia.ledger.rules import merkle, note, tiles
from alcaldia.ledger.rules.receipt import Receipt


class FileLog:
    def __init__(self, folder: Path, origin: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal("log_in_use", "Otro proceso ya escribe este registro. Termínelo antes.") from None
        self._db = sqlite3.connect(folder / "log.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE IF NOT EXISTS entry (place INTEGER PRIMARY KEY, data BLOB NOT NULL);"
            "CREATE TABLE IF NOT EXISTS node (number INTEGER PRIMARY KEY, hash BLOB NOT NULL);"
        )
        seed = made_once(folder / "key", lambda: b64encode(Ed25519PrivateKey.generate().private_bytes_raw()))
        self._private = Ed25519PrivateKey.from_private_bytes(b64decode(seed))
        self.key = note.LogKey(origin, self._private.public_key().public_bytes_raw())
        self._size = self._db.execute("SELECT count(*) FROM entry").fetchone()[0]

    def vkey(self) -> str:
        return self.key.text()

    def _read(self, subtree: merkle.Subtree) -> bytes:
        row = self._db.execute("SELECT hash FROM node WHERE number = ?", (merkle.number(subtree),)).fetchone()
        return bytes(row[0])

    def append(self, entries: list[bytes]) -> range:
        start = self._size
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for place, data in enumerate(entries, start):
                self._db.execute("INSERT INTO entry VALUES (?, ?)", (place, data))
                made = merkle.append(place, merkle.leaf_hash(data), self._read)
                rows = [(merkle.number(subtree), value) for subtree, value in made]
                self._db.executemany("INSERT INTO node VALUES (?, ?)", rows)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        self._size = start + len(entries)
        return range(start, self._size)

    def size(self) -> int:
        return int(self._size)

    def checkpoint(self) -> str:
        head = note.Checkpoint(self.key.name, self._size, merkle.root(self._size, self._read))
        return note.sign(head.text(), self.key, self._private.sign)

    def inclusion(self, index: int, at: int) -> tuple[bytes, ...]:
        ranges = merkle.inclusion_ranges(index, at)
        return merkle.prove(ranges, {one: self._read(one) for one in merkle.subtrees_of(ranges)})

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        ranges = merkle.consistency_ranges(old, new)
        return merkle.prove(ranges, {one: self._read(one) for one in merkle.subtrees_of(ranges)})

    def tile(self, level: int | str, index: int, width: int = tiles.WIDTH) -> bytes:
        first = index * tiles.WIDTH
        if level == tiles.ENTRIES:
            sql = "SELECT data FROM entry WHERE place BETWEEN ? AND ? ORDER BY place"
            return tiles.bundle(row[0] for row in self._db.execute(sql, (first, first + width - 1)))
        return b"".join(self._read((8 * int(level), place)) for place in range(first, first + width))

    def receipt(self, index: int) -> str:
        row = self._db.execute("SELECT data FROM entry WHERE place = ?", (index,)).fetchone()
        return Receipt(row[0], index, self.inclusion(index, self._size), self.checkpoint()).text()

    def close(self) -> None:
        self._db.close()
        self._lock.close()
