"""Names, keys, amounts, streets and addresses that nobody has, and the search for them in whatever lies about: files, dumps, memory."""

import base64
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path

from alcaldia.kernel.text import fold
from alcaldia.project import postgres

STEM = "Cañárya"
STEMS = (STEM, "XQZJVKWQY", "918273645", "918,273,645", "Callejón Ñuzk", "ñuzk.correo")
"""What each kind begins with; nine bytes at least, or base 64 leaves too little of it to find it by."""


def canary(number: int) -> str:
    """A name with accents."""
    return f"{STEM}{number:05d}{secrets.token_hex(4)}"


def id_code(number: int) -> str:
    """Letters and digits as long as a CURP."""
    return f"XQZJVKWQY{number:05d}{secrets.token_hex(2).upper()}"


def amount(number: int) -> str:
    """Pesos and cents that nobody owes."""
    return f"918273645{number:05d}{secrets.randbelow(10_000):04d}.37"


def grouped(pesos: str) -> str:
    """The same as pages write it."""
    return f"{Decimal(pesos):,}"


def street(number: int) -> str:
    """Where nobody lives."""
    return f"Callejón Ñuzk {number:05d}{secrets.token_hex(4)}"


def mail(number: int) -> str:
    """An address that nobody reads."""
    return f"ñuzk.correo{number:05d}{secrets.token_hex(4)}@example.org"


def forms(text: str) -> set[bytes]:
    """How it could lie about: as it is, in capitals, without accents, as JSON, in hexadecimal, in base 64 at any offset."""
    plain = text.encode()
    # Latin-1 is how Python holds it in memory.
    spelled = {plain, text.upper().encode(), fold(text).encode(), plain.hex().encode()}
    # JSON columns and log lines escape what is not ASCII.
    spelled |= {text.encode("utf-16-le"), text.encode("latin-1"), json.dumps(text)[1:-1].encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + plain)
        spelled.add(encoded[4 if offset else 0 : -4])
    return spelled | {base64.urlsafe_b64encode(plain)[:-4]}


def found_in(data: bytes, canaries: Iterable[str]) -> list[str]:
    """Those of the canaries that are in the data in any form."""
    # The common stem first: a search for each of thousands in each file would take hours.
    stems = {form[:8] for stem in STEMS for form in forms(stem)}
    near = b"\n".join(data[at : at + _LONGEST] for stem in stems for at in _places(data, stem))
    return [one for one in canaries if any(form in near for form in forms(one))] if near else []


_LONGEST = 160
"""Bytes that no form of a canary exceeds."""


def _places(data: bytes, stem: bytes) -> Iterator[int]:
    at = data.find(stem)
    while at >= 0:
        yield at
        at = data.find(stem, at + 1)


def files_under(*folders: Path) -> Iterator[Path]:
    """Every regular file."""
    for folder in folders:
        yield from (one for one in sorted(folder.rglob("*")) if one.is_file() and not one.is_symlink())


def dump() -> bytes:
    """Every value of every row of every table of the main database: text as UTF-8, bytes as they are.

    On PostgreSQL also what `pg_dump` writes, where there is one.
    """
    from django.db import connection

    parts: list[bytes] = [_pg_dump()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            parts += [_as_bytes(value) for row in cursor for value in row]
    return b"\n".join(parts)


def _pg_dump() -> bytes:
    from django.db import connection

    folder, given = postgres.binaries(), connection.settings_dict
    if connection.vendor != "postgresql" or folder is None or not (folder / "pg_dump").exists():
        return b""
    options = {"-h": given["HOST"], "-p": given["PORT"], "-U": given["USER"]}
    words = [word for name, value in options.items() if value for word in (name, str(value))]
    secret = {"PGPASSWORD": str(given["PASSWORD"])} if given["PASSWORD"] else {}
    command = [str(folder / "pg_dump"), *words, str(given["NAME"])]
    return subprocess.run(command, env={**os.environ, **secret}, capture_output=True, check=True).stdout


def cluster() -> list[Path]:
    """The data directory of PostgreSQL with its journal, all written down; none on SQLite, whose files lie in the home."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        return [Path(cursor.fetchone()[0])]


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def memory_of(*pids: int) -> bytes:
    """Every readable and writable page of these processes, as root reads it while each stands still."""
    return b"".join(part for pid in pids for part in _pages(pid))


def _pages(pid: int) -> Iterator[bytes]:
    with _standing_still(pid), Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            start, end = (int(one, 16) for one in place.split("-"))
            if rights.startswith("rw"):
                memory.seek(start)
                yield memory.read(end - start)


@contextmanager
def _standing_still(pid: int) -> Iterator[None]:
    """Its map of memory would change under the reader."""
    os.kill(pid, signal.SIGSTOP)
    try:
        while _state(pid)[0] not in "Tt":
            time.sleep(0.001)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def family(pid: int) -> set[int]:
    """A process and all that descend from it."""
    found, fresh = {pid}, {pid}
    while fresh:
        fresh = {child for child, parent in _parents() if parent in fresh} - found
        found |= fresh
    return found


def workers_of(server: int) -> set[int]:
    """Those of a server's processes that answer requests: it starts each of them itself."""
    return {child for child, parent in _parents() if parent == server}


def _parents() -> list[tuple[int, int]]:
    rows = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            rows.append((int(folder.name), int(_state(folder.name)[1])))
    return rows


def _state(pid: int | str) -> list[str]:
    """State, parent and the rest of what the system says of a process."""
    # The name in parentheses may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
