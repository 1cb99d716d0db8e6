"""The folder of a backup: files that are only ever added, and a chain of lines that names each of them."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from alcaldia.kernel.errors import Refusal

NAME = "chain.jsonl"
START = "0" * 64
PIECE = 1 << 20
Content = bytes | Path | BinaryIO


@dataclass(frozen=True)
class Link:
    """One file of the backup. `store` is what it belongs to, `kind` snapshot, wal, file, lists, keys or head.

    `generation` numbers the snapshots of a store; `prev` is the hash of the line before, START for the first.
    """

    n: int
    at: str
    store: str
    kind: str
    generation: int
    path: str
    size: int
    sha256: str
    prev: str

    def line(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True) + "\n"


class Chain:
    """Adds files to a backup and reads it back. One writer at a time; readers need no lock."""

    def __init__(self, folder: Path) -> None:
        """Open or begin the backup in `folder`. Raises Refusal where its chain is broken."""
        self.folder = folder
        self.links: list[Link] = []
        self.files: set[str] = set()
        self._generations: dict[str, int] = {}
        for link in read(folder):
            self._know(link)

    def add(self, store: str, kind: str, generation: int, name: str, data: Content) -> Link:
        """Write one file (bytes, or a copy of a file, which is closed), on the disk before its line is. Never overwrites.

        Raises Refusal where the disk is full; then nothing of it is left.
        """
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            size, digest = _durably(path, data, "xb")
            link = self._link(store, kind, generation, name, size, digest)
            _durably(self.folder / NAME, link.line().encode(), "ab")
        except FileExistsError as error:
            raise _occupied(name) from error
        except OSError as error:
            path.unlink(missing_ok=True)
            raise Refusal(
                "backup_disk",
                f"No se pudo escribir en el respaldo ({error.strerror}). Libere espacio o cambie de disco; lo ya respaldado sigue bien.",
            ) from error
        self._know(link)
        return link

    def _know(self, link: Link) -> None:
        self.links.append(link)
        self._generations[link.store] = link.generation
        if link.kind == "file":
            self.files.add(link.path)

    def _link(self, store: str, kind: str, generation: int, name: str, size: int, digest: str) -> Link:
        before = hashlib.sha256(self.links[-1].line().encode()).hexdigest() if self.links else START
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return Link(len(self.links), now, store, kind, generation, name, size, digest, before)

    def generation(self, store: str) -> int:
        """The newest generation of a store; 0 before the first."""
        return self._generations.get(store, 0)


def read(folder: Path) -> Iterator[Link]:
    """The lines in order, each checked against the one before. A last line cut by a crash is left out.

    Raises Refusal where a line was changed, taken out or put in.
    """
    path = folder / NAME
    if not path.exists():
        return
    before = START
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(keepends=True)):
        if not line.endswith("\n"):
            _cut(path, line)
            return
        try:
            link = Link(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise _broken(number) from error
        if link.n != number or link.prev != before or link.line() != line:
            raise _broken(number)
        before = hashlib.sha256(line.encode()).hexdigest()
        yield link


def sound(folder: Path, link: Link) -> Path:
    """Where one file is. Raises Refusal where it is missing or not the one that the chain names."""
    path = folder / link.path
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refusal("backup_hole", f"Falta el archivo {link.path} del respaldo.") from error
    if digest != link.sha256:
        raise Refusal(
            "backup_changed", f"El archivo {link.path} no es el que se respaldó: alguien lo cambió."
        )
    return path


def _durably(path: Path, data: Content, mode: str) -> tuple[int, str]:
    """Its size and SHA-256, once it is on the disk."""
    digest, size = hashlib.sha256(), 0
    with path.open(mode) as out, _opened(data) as source:
        while piece := source.read(PIECE):
            out.write(piece)
            digest.update(piece)
            size += len(piece)
        out.flush()
        os.fsync(out.fileno())
    return size, digest.hexdigest()


def _opened(data: Content) -> BinaryIO:
    if isinstance(data, bytes):
        return BytesIO(data)
    return data.open("rb") if isinstance(data, Path) else data


def _cut(path: Path, torn: str) -> None:
    """A crash left half a line; what it named was not acknowledged by anybody."""
    size = path.stat().st_size - len(torn.encode())
    with path.open("r+b") as file:
        file.truncate(size)


def _occupied(name: str) -> Refusal:
    detail = f"El respaldo ya tiene un archivo {name} que su cadena no nombra. Use una carpeta nueva; no borre ésta."
    return Refusal("backup_occupied", detail)


def _broken(number: int) -> Refusal:
    detail = f"La cadena del respaldo está rota en la línea {number + 1}: alguien la cambió. Use otra copia."
    return Refusal("backup_broken", detail)
