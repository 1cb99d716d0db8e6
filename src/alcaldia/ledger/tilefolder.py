"""A log as a folder of static files (C2SP tlog-tiles): written from any source, read back as a source."""

import json
import secrets
import shutil
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from alcaldia.kernel.errors import NotFound
from alcaldia.ledger.ports import LogSource
from alcaldia.ledger.rules import merkle, tiles
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.ledger.rules.note import Checkpoint, read_checkpoint, split


def publish(source: LogSource, folder: Path) -> Checkpoint:
    """Bring `folder` up to the source's checkpoint: tiles first, then keys, the checkpoint last.

    Written whole or not at all; what lies there already is not written again.
    """
    signed = source.checkpoint()
    head = source.keys().open(signed)
    old = _size_in(folder)
    for place in tiles.files_of(head.size, old):
        path = folder / tiles.path(*place)
        _write(path, source.tile(*place))
        if place[2] == tiles.WIDTH:
            # C2SP tlog-tiles lets partial tiles go once the full one is there; kept, they would be 100 times the log.
            shutil.rmtree(path.with_name(f"{path.name}.p"), ignore_errors=True)
    if statements := source.statements():
        _write(folder / "log-statements.json", json.dumps(statements, indent=1).encode())
    _write(folder / "log-keys.json", source.keys().text().encode())
    _write(folder / "checkpoint", signed.encode())
    return head


class TileFolder:
    """A published log, read only from its files; `name` as in LogSource."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def keys(self) -> KeySet:
        return KeySet.read((self.folder / "log-keys.json").read_text(encoding="utf-8"))

    def statements(self) -> list[str]:
        path = self.folder / "log-statements.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    def size(self) -> int:
        return _size_in(self.folder)

    def checkpoint(self) -> str:
        """The signed note as it was published. Raises NotFound."""
        try:
            return (self.folder / "checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError:
            raise NotFound("log_unpublished", "Este registro todavía no se publica.") from None

    def tile(self, level: int | str, index: int, width: int = tiles.WIDTH) -> bytes:
        """A tile or bundle, cut from a wider one where only that is there. Raises NotFound."""
        for path in self._candidates(level, index, width):
            if path.exists():
                return _cut(path.read_bytes(), level, width)
        raise NotFound("tile_unknown", "El registro todavía no llega hasta ahí. Pida antes el checkpoint.")

    def _candidates(self, level: int | str, index: int, width: int) -> list[Path]:
        full = self.folder / tiles.path(level, index)
        partial = full.with_name(f"{full.name}.p")
        wider = sorted(int(path.name) for path in partial.iterdir()) if partial.is_dir() else []
        return [partial / str(found) for found in wider if found >= width] + [full]

    def hashes_of(self, subtrees: Iterable[merkle.Subtree]) -> dict[merkle.Subtree, bytes]:
        """Hashes of complete subtrees, from the tiles that hold them."""
        size = self.size()
        read = lru_cache(maxsize=64)(self.tile)
        return {one: tiles.hash_in(read(*tiles.tile_of(one, size)), one) for one in subtrees}


def consistency(source: LogSource, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of `new` entries of this log extends that of `old`."""
    ranges = merkle.consistency_ranges(old, new)
    return merkle.prove(ranges, source.hashes_of(merkle.subtrees_of(ranges)))


def _cut(data: bytes, level: int | str, width: int) -> bytes:
    return tiles.bundle(tiles.read_bundle(data)[:width]) if level == tiles.ENTRIES else data[: 32 * width]


def _size_in(folder: Path) -> int:
    path = folder / "checkpoint"
    return read_checkpoint(split(path.read_text(encoding="utf-8"))[0]).size if path.exists() else 0


def _write(path: Path, data: bytes) -> None:
    _make(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    draft.write_bytes(data)
    # Public, whatever the umask: the broker closes everything else to others.
    draft.chmod(0o644)
    draft.replace(path)


def _make(folder: Path) -> None:
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
