"""PostgreSQL in a backup: a base copy and its write-ahead log as it is written, with PostgreSQL's own tools.

Restoring needs nothing but stock PostgreSQL. Source: PostgreSQL 15 manual, 26.3 (continuous archiving).
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

from alcaldia.kernel.errors import Refusal
from alcaldia.project.backup.chain import Chain, Link
from alcaldia.project.postgres import binaries

STORE = "postgres"
SLOT = "alcaldia_backup"
PARTIAL = ".partial"
PATIENCE = 30.0
"""Seconds. A segment comes in 128 pieces, each synced: where a sync lasts 0.1 s, that is 13 s."""
RECEIVED = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %(slot)s AND restart_lsn >= %(now)s::pg_lsn"
RESERVE = """
    SELECT pg_create_physical_replication_slot(%(slot)s, immediately_reserve => true)
    WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name = %(slot)s)
"""


class Source:
    """One PostgreSQL, followed. The segment being written lies in `incoming/`, synced commit by commit."""

    def __init__(self, folder: Path, url: str) -> None:
        self._incoming, self._url = folder / "incoming", url
        self._receiver: subprocess.Popen[bytes] | None = None

    def step(self, chain: Chain) -> None:
        """A base copy the first time; then every segment that is complete. Raises Refusal where a tool fails."""
        if self._receiver is None:
            self._reserve()
        self._keep_receiving()
        if chain.generation(STORE) == 0:
            self._base(chain)
        self._catch_up()
        for path in sorted(self._incoming.glob("*")):
            if not path.name.endswith(PARTIAL) and path.is_file():
                name = f"{STORE}/{chain.generation(STORE):04d}/{path.name}"
                if not (chain.folder / name).exists():
                    chain.add(STORE, "segment", chain.generation(STORE), name, path)
                path.unlink()

    def close(self) -> None:
        """Stop receiving; what was received stays."""
        if self._receiver is not None:
            self._receiver.terminate()
            self._receiver.wait()

    def _reserve(self) -> None:
        """From here on the server keeps what was not received yet.

        A slot that pg_receivewal creates reserves nothing until its first report: the checkpoint of the base copy, which
        begins at the same moment, could remove the segment that the receiver was about to ask for.
        """
        try:
            with psycopg.connect(self._url, autocommit=True) as asking:
                asking.execute(RESERVE, {"slot": SLOT})
        except psycopg.Error as error:
            raise _not_copied("pg_create_physical_replication_slot", str(error)) from error

    def _keep_receiving(self) -> None:
        if self._receiver is None or self._receiver.poll() is not None:
            self._receive()

    def _receive(self) -> None:
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        # At the end of a segment it tells nothing until the next commit or its next report, by itself each 10 s: a city
        # where nobody does anything would look behind.
        report = ("--synchronous", "--status-interval", "1", "--no-loop")
        words = _words("pg_receivewal", "--slot", SLOT, "-d", self._url, "-D", str(self._incoming), *report)
        self._receiver = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _catch_up(self) -> None:
        """Wait until everything committed by now is received and on the disk. Refuses after PATIENCE seconds."""
        until = time.monotonic() + PATIENCE
        with psycopg.connect(self._url, autocommit=True) as asking:
            now = asking.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
            while not asking.execute(RECEIVED, {"now": now[0] if now else None, "slot": SLOT}).fetchone():
                if time.monotonic() > until:
                    raise Refusal(
                        "postgres_behind",
                        "El respaldo de PostgreSQL va atrasado: revise que pg_receivewal pueda conectarse y que haya espacio.",
                    )
                time.sleep(0.05)
                self._keep_receiving()

    def _base(self, chain: Chain) -> None:
        with tempfile.TemporaryDirectory(dir=chain.folder, prefix=".base-") as place:
            how = ("-F", "tar", "-X", "fetch", "-c", "fast", "--no-sync")
            _run("pg_basebackup", "-d", self._url, "-D", place, *how)
            chain.add(STORE, "base", 1, f"{STORE}/0001/base.tar", Path(place) / "base.tar")


def source(folder: Path) -> Source | None:
    """The source that DATABASE_URL names; None on SQLite."""
    url = os.environ.get("DATABASE_URL")
    return Source(folder, url) if url else None


def rebuild(folder: Path, links: Iterable[Link], paths: dict[int, Path], into: Path) -> Path:
    """A data directory that PostgreSQL brings to the last commit received when it starts. Returns it."""
    data, wal = into / "data", into / "wal"
    wal.mkdir(parents=True, mode=0o700)
    data.mkdir(mode=0o700)
    for link in links:
        if link.kind == "base":
            with tarfile.open(paths[link.n]) as archive:
                unpack(archive, data)
        else:
            shutil.copyfile(paths[link.n], wal / Path(link.path).name)
    for path in (folder / "incoming").glob("*"):
        target = wal / path.name.removesuffix(PARTIAL)
        if not target.exists():
            shutil.copyfile(path, target)
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write(f"restore_command = 'cp \"{wal}/%f\" \"%p\"'\nrecovery_target_timeline = 'latest'\n")
    (data / "recovery.signal").touch()
    return data


def unpack(archive: tarfile.TarFile, into: Path) -> None:
    """Files and folders, all below `into`. Raises Refusal for anything else, before a byte is written.

    As `filter="data"` of tarfile does, which Python 3.11.2, Debian 12's, does not have yet.
    """
    root = into.resolve()
    for member in archive:
        below = (root / member.name).resolve().is_relative_to(root)
        if not below or not (member.isfile() or member.isdir()):
            raise Refusal(
                "bad_backup",
                f"La copia trae «{member.name[:60]}», que no es de una base de datos. No se restauró.",
            )
    safe: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    for member in archive:
        archive.extract(member, root, **safe)


def _words(tool: str, *words: str) -> list[str]:
    place = binaries()
    if place is None:
        raise Refusal(
            "no_postgres_tools", "Faltan las herramientas de PostgreSQL (apt-get install postgresql)."
        )
    return [str(place / tool), *words]


def _run(tool: str, *words: str) -> None:
    done = subprocess.run(_words(tool, *words), capture_output=True, text=True, check=False)
    if done.returncode:
        raise _not_copied(tool, done.stderr)


def _not_copied(tool: str, said: str) -> Refusal:
    reason = said.strip().splitlines()[-1:] or ["sin explicación"]
    return Refusal(
        "postgres_not_copied",
        f"{tool} no pudo copiar la base: {reason[0]}. El usuario de DATABASE_URL necesita el permiso REPLICATION.",
    )
