"""From a backup to a home that runs: the chain checked, the databases rebuilt, the keys opened by the council."""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.project.backup import council, lists, postgres
from alcaldia.project.backup.chain import Link, read, sound
from alcaldia.project.backup.wal import rebuild

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Restored:
    """What came back: databases, documents, keys; the moment of the last file; the newest heads by log."""

    stores: tuple[str, ...]
    files: int
    keys: int
    until: datetime
    heads: dict[str, str]


def restore(
    folder: Path, home: Path, *, parts: Sequence[str] = (), progress: Progress = lambda *_: None
) -> Restored:
    """Rebuild everything of `folder` into the empty `home`. `parts` are members' words, for the keys.

    Refuses a broken chain, a missing or changed file, a home that holds data, and a database that SQLite
    does not find sound; nothing is left of a restore that was refused but what it had already checked.
    """
    links = list(read(folder))
    if not links:
        raise NotFound("no_backup", f"En {folder} no hay un respaldo. Revise la carpeta.")
    _refuse_occupied(home, links, with_keys=bool(parts))
    newest = {link.store: link.generation for link in links}
    kept = [link for link in links if link.generation == newest[link.store]]
    paths = {}
    for number, link in enumerate(kept):
        progress(0.6 * number / len(kept), "Revisando el respaldo")
        paths[link.n] = sound(folder, link)
    stores = sorted({link.store for link in links if link.kind == "snapshot"})
    for number, name in enumerate(stores):
        progress(0.6 + 0.3 * number / len(stores), f"Reconstruyendo {name}")
        _rebuild(home / name, [link for link in kept if link.store == name], paths)
    server = [link for link in kept if link.store == postgres.STORE]
    if server:
        progress(0.9, "Copiando PostgreSQL")
        postgres.rebuild(folder, server, paths, home / "postgres")
    files = [link for link in kept if link.kind == "file"]
    for link in files:
        _copy(paths[link.n], home / link.path)
    for link in [link for link in kept if link.kind == "lists"][-1:]:
        lists.unpack(paths[link.n].read_bytes(), home)
    keys = _keys([link for link in kept if link.kind == "keys"], paths, parts, home)
    progress(1.0, "Restaurado")
    heads = {
        Path(link.path).name.rsplit("-", 1)[0]: paths[link.n].read_text(encoding="utf-8")
        for link in kept
        if link.kind == "head"
    }
    return Restored(
        (*stores, *([postgres.STORE] if server else ())),
        len(files),
        keys,
        datetime.fromisoformat(links[-1].at),
        heads,
    )


def _refuse_occupied(home: Path, links: list[Link], *, with_keys: bool) -> None:
    stores = {link.store for link in links if link.kind in ("snapshot", "base")}
    taken = sorted(name for name in stores if (home / name).exists())
    if taken or (with_keys and (home / "keys").exists()):
        raise Refusal(
            "home_occupied",
            f"En {home} ya hay datos ({taken[0] if taken else 'keys'}). Restaure en una carpeta vacía y cambie ALCALDIA_HOME; así no se pierde nada.",
        )


def _rebuild(path: Path, links: list[Link], paths: dict[int, Path]) -> None:
    snapshot = next(link for link in links if link.kind == "snapshot")
    try:
        rebuild(path, paths[snapshot.n], [paths[link.n] for link in links if link.kind == "wal"])
    except sqlite3.DatabaseError as error:
        raise Refusal(
            "store_unsound",
            f"La base {path.name} no quedó íntegra al reconstruirla ({error}). Use una copia anterior del respaldo.",
        ) from error


def _copy(source: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(source, path)


def _keys(links: list[Link], paths: dict[int, Path], parts: Sequence[str], home: Path) -> int:
    """Keys opened by the council; 0 without parts (they are then brought by another way)."""
    if not parts:
        return 0
    if not links:
        raise NotFound("no_keys", "Este respaldo no trae las llaves: se hizo antes de nombrar al consejo.")
    return len(council.unseal(paths[links[-1].n].read_bytes(), council.join(parts), home))
