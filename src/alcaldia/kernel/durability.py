"""How hard a write must be: an act and its files survive a power cut; what a person is still writing, a killed process."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def soft_transaction() -> Iterator[None]:
    """All or nothing, but without waiting for the disk: for drafts, never for acts.

    SQLite in WAL mode with synchronous=NORMAL loses at most the last of them in a power cut, and nothing when a
    process is killed; a later act's flush makes them hard too. PostgreSQL: synchronous_commit=off, the same, but
    one of its own processes killed counts as a power cut: the last half second of answers.
    Inside of another transaction it is as hard as that one.
    """
    if connection.in_atomic_block:
        yield
        return
    sqlite = connection.vendor == "sqlite"
    if sqlite:
        _run("PRAGMA synchronous=NORMAL")
    try:
        with transaction.atomic():
            if not sqlite:
                _run("SET LOCAL synchronous_commit TO off")
            yield
    finally:
        if sqlite:
            _run("PRAGMA synchronous=FULL")


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
