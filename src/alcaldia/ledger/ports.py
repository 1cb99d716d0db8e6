"""What whoever publishes, witnesses or replays a log needs of it, wherever its entries lie."""

from collections.abc import Iterable
from typing import Protocol

from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.ledger.rules.merkle import Subtree
from alcaldia.ledger.rules.note import Checkpoint


class LogSource(Protocol):
    """A log: the Django tables (`queries.ACTS`), the broker's own file, a folder or an address of tiles."""

    name: str
    """Short and stable: "acts", "accesses"."""

    def keys(self) -> KeySet: ...

    def size(self) -> int: ...

    def checkpoint(self) -> str:
        """The signed note over all entries that are committed."""

    def statements(self) -> list[str]:
        """Changes of keys, oldest first (`Keyring.statements`), for witnesses that knew the keys of before."""

    def hashes_of(self, subtrees: Iterable[Subtree]) -> dict[Subtree, bytes]: ...

    def tile(self, level: int | str, index: int, width: int) -> bytes:
        """The bytes of a tile, or of an entry bundle (level "entries")."""


def head_of(source: LogSource) -> tuple[str, Checkpoint]:
    """The signed note and what it says; the note is opened with the log's own keys. Raises BadNote."""
    signed = source.checkpoint()
    return signed, source.keys().open(signed)
