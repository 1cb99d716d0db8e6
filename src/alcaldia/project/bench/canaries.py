"""Names that nobody has, and the search for them in whatever lies about: files, dumps, a process' memory."""

import base64
import json
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from alcaldia.kernel.text import fold

STEM = "Cañárya"


def canary(number: int) -> str:
    """A name with accents."""
    return f"{STEM}{number:05d}{secrets.token_hex(4)}"


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
    if not any(stem[:8] in data for stem in forms(STEM)):
        return []
    return [one for one in canaries if any(form in data for form in forms(one))]


def files_under(*folders: Path) -> Iterator[Path]:
    """Every regular file."""
    for folder in folders:
        yield from (one for one in sorted(folder.rglob("*")) if one.is_file() and not one.is_symlink())


def dump() -> bytes:
    """Every value of every row of every table of the main database: text as UTF-8, bytes as they are."""
    from django.db import connection

    parts: list[bytes] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            parts += [_as_bytes(value) for row in cursor for value in row]
    return b"\n".join(parts)


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def memory_of(pid: int) -> bytes:
    """Every readable and writable page of a process, as root reads it."""
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            start, end = (int(one, 16) for one in place.split("-"))
            if rights.startswith("rw"):
                memory.seek(start)
                parts.append(memory.read(end - start))
    return b"".join(parts)
