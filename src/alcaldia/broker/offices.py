"""Offices of officials: an official's key opens what was granted to an office that they are of, and to no other."""

from collections.abc import Iterable
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any, NamedTuple

from alcaldia.broker import accesses
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import NotFound
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access

OFFICIALS = "o_"
"""How the account of an official begins."""


class Post(NamedTuple):
    """An office and the role in it; `since` is the moment (ISO 8601, UTC) from which it counts, "" for always."""

    office: str
    role: str
    since: str = ""


def give(broker: Broker, *, subject: str, posts: list[dict[str, str]], name: str) -> None:
    """The operator's word: from the next time that they enter they are of these offices, and of no other.

    A post is {"office", "role", "since"}. One that begins later waits here for its day: nobody has to be asked then who
    may give it. Who has no key yet may be told beforehand; the same again changes nothing. Raises NotFound for whoever is
    no official.
    """
    if not subject.startswith(OFFICIALS):
        raise NotFound(
            "unknown_official", "Esa cuenta no es de un funcionario. Revise de quién es el puesto."
        )
    given = {_read(one) for one in posts}
    with broker.store.transaction() as connection:
        before = set(of(connection, subject))
        replace(connection, subject, given)
        connection.execute("UPDATE subject SET name = ? WHERE subject = ?", (name, subject))
    if given != before:
        broker.sessions.close_all(subject)
        _tell(broker, subject, access.TOOK_OFFICE, given - before)
        _tell(broker, subject, access.LEFT_OFFICE, before - given, "office")


def keep(broker: Broker, *, subject: str, posts: list[dict[str, str]], left: bool) -> bool:
    """Of the offices that an official had these stay, or none and no key either if they `left` altogether.

    The web may say so without anybody's signature, because it only takes away; a new office is the operator's word.
    Whether there was anything to take away.
    """
    if not subject.startswith(OFFICIALS):
        return False
    stays = set() if left else {(one["office"], one["role"]) for one in posts}
    with broker.store.transaction() as connection:
        before = of(connection, subject)
        gone = [one for one in before if (one.office, one.role) not in stays]
        replace(connection, subject, set(before) - set(gone))
        if left:
            sql = "UPDATE passkey SET revoked = ? WHERE subject = ? AND revoked IS NULL"
            connection.execute(sql, (broker.now().isoformat(), subject))
    if not (gone or left):
        return False
    broker.sessions.close_all(subject)
    _tell(broker, subject, access.LEFT_OFFICE, gone or [Post("", "")], "left" if left else "office")
    return True


def of(connection: Connection, subject: str) -> list[Post]:
    """Every post of theirs, also one that has yet to begin."""
    sql = "SELECT office, role, since FROM post WHERE subject = ? ORDER BY office, role"
    return [Post(*row) for row in connection.execute(sql, (subject,))]


def in_force(broker: Broker, subject: str) -> tuple[tuple[str, str], ...]:
    """Office and role of each post that counts now."""
    now = broker.now().isoformat()
    rows = broker.store.all(
        "SELECT office, role, since FROM post WHERE subject = ? ORDER BY office, role", subject
    )
    return tuple((one["office"], one["role"]) for one in rows if one["since"] <= now)


def replace(connection: Connection, subject: str, posts: Iterable[Post]) -> None:
    """These are all of theirs."""
    connection.execute("DELETE FROM post WHERE subject = ?", (subject,))
    rows = [(subject, *one) for one in sorted(posts)]
    connection.executemany("INSERT INTO post (subject, office, role, since) VALUES (?, ?, ?, ?)", rows)


def _read(told: dict[str, Any]) -> Post:
    since = told.get("since", "")
    begins = datetime.fromisoformat(since).astimezone(UTC).isoformat() if since else ""
    return Post(str(told["office"]), str(told["role"]), begins)


def _tell(broker: Broker, subject: str, kind: str, posts: Iterable[Post], detail: str = "") -> None:
    """A line with the official for each post; none with somebody who has yet to come."""
    now = broker.now().isoformat()
    told = [
        Access(kind, now, subject, office=one.office, detail=detail or one.since) for one in sorted(posts)
    ]
    if told and broker.store.one("SELECT 1 FROM subject WHERE subject = ?", subject):
        accesses.write(broker, told)
