"""The keys of one log over its life: which had to sign a checkpoint of a given size.

A key is added (``log.key_added``) and retired (``log.key_retired``) by acts in the log itself, so
the size of the log is the clock: it cannot be set back.
"""

import json
from base64 import b64encode
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from alcaldia.ledger.rules import note


@dataclass(frozen=True)
class DatedKey:
    """A key that signs checkpoints of `since` entries and more, and of at most `until` (None: still)."""

    key: note.VerifierKey
    since: int = 0
    until: int | None = None

    def covers(self, size: int) -> bool:
        return self.since <= size and (self.until is None or size <= self.until)


@dataclass(frozen=True)
class KeySet:
    """`keys` in the order in which they were added; `strict`: all that cover a size must have signed.

    Not strict is for a verifier who was handed bare keys without dates: one of them is enough.
    """

    origin: str
    keys: tuple[DatedKey, ...]
    strict: bool = True

    @classmethod
    def bare(cls, text: str) -> "KeySet":
        """From verifier keys, one a line, all of one log. Raises note.BadNote."""
        keys = [note.read_key(one) for one in text.split("\n") if one.strip()]
        if not keys or len({key.name for key in keys}) != 1:
            raise note.BadNote("no verifier key of one log")
        return cls(keys[0].name, tuple(map(DatedKey, keys)), strict=False)

    @classmethod
    def read(cls, text: str) -> "KeySet":
        """From the JSON that `text` writes. Raises note.BadNote."""
        try:
            data = json.loads(text)
            rows = tuple(_dated(row) for row in data["keys"])
            origin = str(data["origin"])
        except (ValueError, KeyError, TypeError) as error:
            raise note.BadNote("not the keys of a log") from error
        if not rows or any(row.key.name != origin for row in rows):
            raise note.BadNote("the keys are of another log")
        return cls(origin, rows)

    @classmethod
    def of(cls, text: str) -> "KeySet":
        """From either of the two. Raises note.BadNote."""
        return cls.read(text) if text.lstrip().startswith("{") else cls.bare(text)

    def text(self) -> str:
        """The public file of keys, as JSON."""
        rows = [{"vkey": row.key.text(), "algorithm": row.key.algorithm.name, "since": row.since,
                 "until": row.until} for row in self.keys]  # fmt: skip
        return json.dumps({"origin": self.origin, "keys": rows}, indent=1) + "\n"

    def at(self, size: int) -> tuple[note.VerifierKey, ...]:
        """The keys that sign a checkpoint of this size."""
        return tuple(row.key for row in self.keys if row.covers(size))

    def adding(self, key: note.VerifierKey, since: int) -> "KeySet":
        """These keys and one more."""
        return replace(self, keys=(*self.keys, DatedKey(key, since)))

    def retiring(self, key: note.VerifierKey, until: int) -> "KeySet":
        """The same keys, of which one ends. Raises note.BadNote where no other key would be left."""
        rows = tuple(replace(row, until=until) if row.key == key else row for row in self.keys)
        found = replace(self, keys=rows)
        if not found.at(until + 1):
            raise note.BadNote("the last key of a log cannot be retired")
        return found

    def open(self, signed: str) -> note.Checkpoint:
        """The tree head of a checkpoint that the keys of its size signed. Raises note.BadNote."""
        head = note.read_checkpoint(note.split(signed)[0])
        wanted = set(self.at(head.size))
        found = set(note.signers(signed, wanted))
        if head.origin != self.origin or not found or (self.strict and found != wanted):
            raise note.BadNote("the keys of the log did not sign this checkpoint")
        return head


def change_of_keys(origin: str, size: int, keys: list[str]) -> str:
    """The text that old keys sign over a new list (verifier keys): shaped as a checkpoint, of no log there is.

    Its three lines are all that every algorithm covers, so the list is in by its hash.
    """
    listed = sha256("\n".join(keys).encode()).digest()
    return f"{origin} keys\n{size}\n{b64encode(listed).decode()}\n"


def _dated(row: dict[str, Any]) -> DatedKey:
    until = row["until"]
    return DatedKey(note.read_key(row["vkey"]), int(row["since"]), None if until is None else int(until))
