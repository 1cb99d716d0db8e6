"""A log in a folder of its own, for a process that has no Django: one SQLite file, one writer, own keys.

`append` returns when the entries are on the disk: what was acknowledged is there after a power cut. A
second process that opens the same log is refused (a lock that the system frees when its holder dies).
Whoever keeps tables of their own beside it (`beside`) writes both in one transaction and one flush.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.ledger.keyring import Keyring
from alcaldia.ledger.rules import merkle, tiles
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.ledger.rules.note import Checkpoint
from alcaldia.ledger.rules.receipt import Receipt

TABLES = """
CREATE TABLE IF NOT EXISTS entry (place INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS node (place INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_kept BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS node_stays BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS node_kept BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""
MAX_ENTRY = 0xFFFF
OWED = "-owed"
"""How the file beside a database ends that asks whoever reads in its journal to have it emptied: what was destroyed is in it."""
# Hosts of SQLite differ in how many values one statement may carry; proofs need at most 130.
CHUNK = 400


class FileLog:
    """One log; safe to use from several threads of the one process that holds it."""

    def __init__(
        self, folder: Path, *, origin: str, name: str = "accesses", beside: Path | None = None
    ) -> None:
        """Open or begin the log in `folder`, its rows in the SQLite file `beside` where one is given.

        Raises Refusal("log_held") where another process has it.
        """
        self.name = name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._hold = _lock(folder / "log.lock")
        self._turn = threading.RLock()
        path = beside or folder / "log.sqlite3"
        self._owed = path.with_name(path.name + OWED)
        self._store = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._store.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + TABLES)
        self._size = self._store.execute("SELECT COALESCE(MAX(place) + 1, 0) FROM entry").fetchone()[0]
        self._edge = merkle.edge(self.hashes_of(merkle.cover(0, self._size)))
        self._ring = Keyring(folder / "keys", origin, size=self.size)

    def close(self) -> None:
        """Give the log back; nothing is lost without it."""
        self._store.close()
        os.close(self._hold)

    @property
    def store(self) -> sqlite3.Connection:
        """The one connection that writes; for tables beside the log."""
        return self._store

    def empty_journal(self) -> bool:
        """Move the journal into the file and cut it off; False where another process still reads in it.

        A backup reads as long as it runs. A file beside the log (`OWED`) tells it, until `journal_was_emptied`.
        """
        with self._turn:
            # Whoever reads may do so for minutes: it is asked again later instead of waited for.
            self._store.execute("PRAGMA busy_timeout=0")
            try:
                busy, _, _ = self._store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self._store.execute("PRAGMA busy_timeout=5000")
            if busy:
                self._owed.touch(mode=0o600)
            else:
                self._owed.unlink(missing_ok=True)
        return not busy

    def journal_was_emptied(self) -> bool:
        """Since `empty_journal` answered False: did a backup do it, between two of its readers?"""
        return not self._owed.exists()

    @contextmanager
    def together(self) -> Iterator[sqlite3.Connection]:
        """One transaction for tables beside the log and what is appended meanwhile: all durable on leaving, or nothing."""
        with self._turn:
            before = self._size, dict(self._edge)
            self._store.execute("BEGIN IMMEDIATE")
            try:
                yield self._store
                self._store.execute("COMMIT")
            except BaseException:
                if self._store.in_transaction:
                    self._store.execute("ROLLBACK")
                self._size, self._edge = before
                raise

    def append(self, entries: list[bytes]) -> range:
        """The places of the entries, once all of them are on the disk; one flush for the batch.

        Inside of `together` they are durable when that ends. Raises Refusal("entry_too_long") before anything is written, Refusal("log_disk") where the disk
        does not take them: then none of them is in the log.
        """
        if any(len(entry) > MAX_ENTRY for entry in entries):
            raise Refusal("entry_too_long", "Una línea del registro tiene como máximo 65,535 bytes.")
        with self._turn:
            first, edge = self._size, dict(self._edge)
            nodes = merkle.grow(first, map(merkle.leaf_hash, entries), edge)
            self._write(list(enumerate(entries, first)), nodes)
            self._size, self._edge = first + len(entries), edge
        return range(first, first + len(entries))

    def _write(self, entries: list[tuple[int, bytes]], nodes: list[tuple[int, bytes]]) -> None:
        joined = self._store.in_transaction
        try:
            if not joined:
                self._store.execute("BEGIN IMMEDIATE")
            self._store.executemany("INSERT INTO entry VALUES (?, ?)", entries)
            self._store.executemany("INSERT INTO node VALUES (?, ?)", nodes)
            if not joined:
                self._store.execute("COMMIT")
        except sqlite3.Error as error:
            if self._store.in_transaction and not joined:
                self._store.execute("ROLLBACK")
            raise Refusal(
                "log_disk",
                "El registro no pudo guardar la anotación: el disco no la aceptó. No se hizo nada; "
                "libere espacio y repita la operación.",
                status=503,
            ) from error

    def keys(self) -> KeySet:
        """The public keys of the log with the sizes that they sign."""
        return self._ring.keys

    @property
    def keyring(self) -> Keyring:
        """To add and retire keys; the caller appends the entry that says so."""
        return self._ring

    def statements(self) -> list[str]:
        """Changes of the log's keys, oldest first."""
        return self._ring.statements()

    def size(self) -> int:
        """How many entries are on the disk."""
        with self._turn:
            return int(self._size)

    def head(self, at: int | None = None) -> Checkpoint:
        """The tree head now, or as it was when the log had `at` entries."""
        with self._turn:
            count = self._size if at is None else at
            hashes = self.hashes_of(merkle.cover(0, count))
        return Checkpoint(self._ring.origin, count, merkle.root(count, hashes.__getitem__))

    def checkpoint(self) -> str:
        """The head, signed by every key of the log."""
        return self._ring.sign(self.head().text())

    def inclusion(self, index: int, at: int) -> tuple[bytes, ...]:
        """The proof that entry `index` is in the tree of `at` entries. ValueError where it cannot be."""
        ranges = merkle.inclusion_ranges(index, at)
        return merkle.prove(ranges, self.hashes_of(merkle.subtrees_of(ranges)))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that the tree of `new` entries extends that of `old`."""
        ranges = merkle.consistency_ranges(old, new)
        return merkle.prove(ranges, self.hashes_of(merkle.subtrees_of(ranges)))

    def receipt(self, index: int, *, checkpoint: str = "") -> str:
        """The tlog-proof of entry `index`, under a head signed now or under a `checkpoint` of this log."""
        signed = checkpoint or self.checkpoint()
        size = self.keys().open(signed).size
        return Receipt(self.entry(index), index, self.inclusion(index, size), signed).text()

    def entry(self, index: int) -> bytes:
        """The bytes of one entry. Raises NotFound beyond the log."""
        with self._turn:
            row = self._store.execute("SELECT data FROM entry WHERE place = ?", (index,)).fetchone()
        if row is None:
            raise NotFound("entry_unknown", "El registro todavía no llega hasta ahí.")
        return bytes(row[0])

    def _entries(self, first: int, count: int) -> list[bytes]:
        with self._turn:
            rows = self._store.execute(
                "SELECT data FROM entry WHERE place BETWEEN ? AND ? ORDER BY place",
                (first, first + count - 1),
            )
            return [bytes(data) for (data,) in rows]

    def tile(self, level: int | str, index: int, width: int = tiles.WIDTH) -> bytes:
        """The bytes of a C2SP tile, or of an entry bundle (level "entries"). Raises NotFound beyond the log."""
        wanted = tiles.subtrees(level, index, width, self._size)
        if wanted is None:
            raise NotFound(
                "tile_unknown", "El registro todavía no llega hasta ahí. Pida antes el checkpoint."
            )
        if level == tiles.ENTRIES:
            return tiles.bundle(self._entries(index * tiles.WIDTH, width))
        stored = self.hashes_of(wanted)
        return b"".join(stored[subtree] for subtree in wanted)

    def hashes_of(self, subtrees: Iterable[merkle.Subtree]) -> dict[merkle.Subtree, bytes]:
        """The stored hashes of complete subtrees. KeyError where the log has not that one yet."""
        places = {merkle.number(subtree): subtree for subtree in subtrees}
        numbers = list(places)
        found: dict[merkle.Subtree, bytes] = {}
        with self._turn:
            for start in range(0, len(numbers), CHUNK):
                some = numbers[start : start + CHUNK]
                marks = ",".join("?" * len(some))
                rows = self._store.execute(f"SELECT place, hash FROM node WHERE place IN ({marks})", some)  # noqa: S608
                found |= {places[place]: bytes(value) for place, value in rows}
        if len(found) != len(places):
            raise KeyError("the log does not reach that far")
        return found


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise Refusal(
            "log_held",
            "Otro proceso ya escribe este registro. Dos a la vez lo bifurcarían: apague uno de los dos.",
        ) from error
    return descriptor
