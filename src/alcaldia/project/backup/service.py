"""Making a backup: every database followed, every document copied once, the keys sealed, the log's head beside them."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.filelog import OWED
from alcaldia.project.backup import council, lists
from alcaldia.project.backup.chain import Chain, Content
from alcaldia.project.backup.postgres import Source
from alcaldia.project.backup.wal import Follower

NEW_SNAPSHOT_AT = 128 << 20
"""Bytes of log after which a fresh copy is made: it bounds what a restore must replay."""
EVERY_S = 1.0
LEFT_OUT = ("public", "static", "uploads", "backups", "cache", "monitor", "restored", "run")
"""What can be made again from the rest (tiles, styles, published logs), or is nobody's to restore: uploads that wait, the
monitor's memory of other cities' logs, which its next visit begins anew, and counts of attempts, a page of log for each request."""
COPIED_ONCE = ("documents", "attachments", "sealed")
KEY_FOLDERS = ("keys", "broker", "identity")
"""`identity` but for what is public there (`lists`)."""
NOT_KEYS = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-queue", f".sqlite3{OWED}", ".lock")


@dataclass
class Service:
    """One backup of one home. `heads` gives the signed heads of the logs, by name; `server` is PostgreSQL's."""

    home: Path
    chain: Chain
    heads: Callable[[], dict[str, str]] = dict
    server: Source | None = None
    _followers: dict[str, Follower] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)

    def step(self) -> int:
        """Bring the backup up to this moment; returns how many files it added.

        Heads are read first and written last: whatever they promise is in the databases beside them.
        """
        before = len(self.chain.links)
        promised = self.heads()
        if self.server:
            self.server.step(self.chain)
        for name in self._stores():
            self._ship(name)
        for name, path in self._documents():
            self._add("documents", "file", 0, name, path)
        self._keys()
        self._lists()
        for name, note in sorted(promised.items()):
            if self._said.get(name) != note:
                self._add("heads", "head", 0, f"heads/{name}-{len(self.chain.links):08d}.txt", note.encode())
                self._said[name] = note
        return len(self.chain.links) - before

    def follow(self, stop: Callable[[], bool], every: float = EVERY_S) -> None:
        """Step after step until `stop` says so."""
        while not stop():
            began = time.monotonic()
            self.step()
            time.sleep(max(every - (time.monotonic() - began), 0.05))

    def close(self) -> None:
        """Give every reader back."""
        if self.server:
            self.server.close()
        for follower in self._followers.values():
            follower.close()

    def _add(self, store: str, kind: str, generation: int, name: str, data: Content) -> None:
        self.chain.add(store, kind, generation, name, data)

    def _stores(self) -> Iterator[str]:
        for path in sorted(self.home.rglob("*.sqlite3")):
            name = path.relative_to(self.home).as_posix()
            if name.split("/")[0] not in LEFT_OUT:
                yield name

    def _ship(self, name: str) -> None:
        try:
            self._ship_on(name)
        except Refusal:
            # What was read and not written would be a hole: the next step begins with a fresh copy.
            if name in self._followers:
                self._followers.pop(name).close()
            raise

    def _ship_on(self, name: str) -> None:
        follower = self._followers.get(name)
        data = follower.since() if follower else None
        if follower is None or data is None or follower.shipped > NEW_SNAPSHOT_AT:
            self._snapshot(name)
            data = self._followers[name].since()
        if data:
            generation = self.chain.generation(name)
            self._add(
                name, "wal", generation, f"{name}/{generation:04d}/{len(self.chain.links):08d}.wal", data
            )

    def _snapshot(self, name: str) -> None:
        follower = self._followers.setdefault(name, Follower(self.home / name))
        generation = self.chain.generation(name) + 1
        copied = follower.snapshot()
        self._add(name, "snapshot", generation, f"{name}/{generation:04d}/snapshot.sqlite3", copied)

    def _documents(self) -> Iterator[tuple[str, Path]]:
        """Files that never change once written, and that the backup has not yet."""
        known = self.chain.files
        for folder in COPIED_ONCE:
            for path in sorted((self.home / folder).rglob("*")):
                name = path.relative_to(self.home).as_posix()
                if path.is_file() and name not in known and not path.name.startswith("."):
                    yield name, path

    def _keys(self) -> None:
        """All keys, sealed to the council, whenever one of them changed; nothing where there is no council."""
        public = self.home / "keys" / "council.pub"
        if not public.exists():
            return
        files = list(self._key_files())
        state = hashlib.sha256()
        for name, path in files:
            state.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        if self._said.get("keys") == state.hexdigest():
            return
        sealed = council.seal(files, bytes.fromhex(public.read_text(encoding="ascii").strip()))
        self._add("keys", "keys", 0, f"keys/{len(self.chain.links):08d}.sealed", sealed)
        self._said["keys"] = state.hexdigest()

    def _lists(self) -> None:
        """All of them whenever one changed: what was taken off a list must not come back with a restore."""
        data = lists.packed(self.home)
        state = hashlib.sha256(data).hexdigest()
        if (data or "lists" in self._said) and self._said.get("lists") != state:
            self._add("lists", "lists", 0, f"lists/{len(self.chain.links):08d}.json", data or b"{}")
            self._said["lists"] = state

    def _key_files(self) -> Iterator[tuple[str, Path]]:
        for folder in KEY_FOLDERS:
            for path in sorted((self.home / folder).rglob("*")):
                name = path.relative_to(self.home).as_posix()
                if path.is_file() and not name.endswith(NOT_KEYS) and not name.startswith(lists.FOLDERS):
                    yield name, path
