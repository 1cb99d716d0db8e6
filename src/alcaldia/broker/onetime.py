"""Codes that count once: an activation, an invitation, a person's own for the counter, a receipt's; only their hashes are kept."""

from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any

from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import spelled_groups
from alcaldia.vault.rules import codes

BAD_CODE = "Ese código no existe, ya se usó o venció. Revíselo letra por letra o pida otro."


def make(broker: Broker, kind: str, *, days: int, **words: str) -> str:
    """A code of 125 random bits in letters that are read aloud; only its hash is kept. Expires in `days`.

    Tries of codes are not counted here: a count for everybody is one that a stranger fills to lock everybody out.
    The shortest that is kept, a request's, has 80 bits: with a million alive (2^20) and 4,096 tries a second (2^12),
    more than a broker answers, one is found in 2^48 seconds, nine million years.
    """
    code = spelled_groups(5, 5)
    until = (broker.now() + timedelta(days=days)).isoformat()
    keep(broker, code, kind, until, **words)
    return code


def keep(broker: Broker, code: str, kind: str, until: str, **words: str) -> None:
    """Accept a code that somebody else made (an invitation's link carries one code for web and broker)."""
    with broker.store.transaction() as connection:
        insert(connection, code, kind, until, **words)


def insert(connection: Connection, code: str, kind: str, until: str, **words: str) -> None:
    """The same inside of a transaction that the caller has open."""
    told = (words.get(name, "") for name in ("subject", "office", "role", "name"))
    row = (codes.mark(code), kind, *told, until)
    connection.execute("INSERT OR REPLACE INTO code VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def spend(connection: Connection, code: str, kinds: set[str], now: datetime) -> Any:
    """The row of a code, which is gone afterwards. Raises Refusal."""
    return spend_marked(connection, codes.mark(code), kinds, now)


def spend_marked(connection: Connection, mark: str, kinds: set[str], now: datetime) -> Any:
    """The same for a code of which only the hash came, because that is what was signed."""
    row = connection.execute("SELECT * FROM code WHERE hash = ?", (mark,)).fetchone()
    if row is None or row["kind"] not in kinds or row["until"] < now.isoformat():
        raise Refusal("bad_code", BAD_CODE, status=403)
    connection.execute("DELETE FROM code WHERE hash = ?", (row["hash"],))
    return row


def owner(broker: Broker, code: str, kinds: set[str]) -> str:
    """The subject of a code of these kinds, which stays unspent. Raises Refusal."""
    now = broker.now()
    row = broker.store.one("SELECT * FROM code WHERE hash = ?", codes.mark(code))
    if row is None or row["kind"] not in kinds or row["until"] < now.isoformat():
        raise Refusal("bad_code", BAD_CODE, status=403)
    return str(row["subject"])
