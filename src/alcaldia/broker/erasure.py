"""Erasure: the keys are destroyed, and with them every copy of the data whose keys are not in an older backup.

A copy of this store from before holds the wraps, and the keys sealed beside it the master key of then: both must be
destroyed too (docs/manual/respaldos.md). A store that is put back erases again what `erased` lists.
"""

import hmac
import os
from hashlib import sha256
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import passkeys, second, spare_rows, subjects
from alcaldia.broker.core import Broker
from alcaldia.vault.rules import access
from alcaldia.vault.rules.erasing import erasure
from alcaldia.vault.rules.text64 import to_bytes

LIST = "erased"
"""Keyed hashes of erased persons, one a line."""


def erase(broker: Broker, *, challenge: str, assertion: dict[str, Any], token: str, before: str = "") -> None:
    """Destroy one's own vault for ever, by one's session and one's passkey over exactly that. The tombstone is a leaf; a
    list of them outside of the store lets a restored store forget again. `before`: at a second broker, the first one's
    part of the joint challenge.
    """
    person, raw, now = subjects.person_session(broker, token), to_bytes(challenge), broker.now()
    mates = broker.challenges.spend(raw, "erase", person, now)
    signed = to_bytes(before) + raw
    key = subjects.passkey(broker, passkeys.credential_of(assertion), person, now)
    passkeys.asserted(broker.config, assertion, erasure(person, signed), key["public"], key["count"])
    if mates:
        second.erase(broker, mates, assertion, subjects.session(broker, token).other)
    _list(broker, mark(broker, person))
    forget(broker, person)


def _list(broker: Broker, one: str) -> None:
    """Durable before anything is destroyed: whoever is on the list is forgotten at the next start at the latest."""
    with (broker.config.folder / LIST).open("a", encoding="ascii") as told:
        told.write(one + "\n")
        told.flush()
        os.fsync(told.fileno())


def mark(broker: Broker, person: str) -> str:
    """The keyed hash by which only this broker recognises an erased person."""
    return hmac.new(broker.index_key, b"tombstone " + person.encode(), sha256).hexdigest()


def forget(broker: Broker, person: str) -> None:
    """Destroy wraps, spare keys, accesses with their salts, passkeys and identifiers of a person."""
    at = broker.now()
    now = at.isoformat()

    def destroy(connection: Connection) -> None:
        looked = "DELETE FROM looked WHERE permit IN (SELECT id FROM permit WHERE person = ?)"
        connection.execute(looked, (person,))
        for table, column in (
            ("keypair", "subject"),
            ("access", "person"),
            ("identifier", "subject"),
            ("newest", "person"),
            ("common", "person"),
            ("digest", "person"),
        ):
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (person,))  # noqa: S608
        spare_rows.forget(broker, connection, person, at)
        connection.execute("UPDATE passkey SET revoked = ? WHERE subject = ?", (now, person))
        connection.execute("UPDATE permit SET revoked = coalesce(revoked, ?) WHERE person = ?", (now, person))
        connection.execute("UPDATE subject SET erased = ?, name = '' WHERE subject = ?", (now, person))
        broker.log.append([access.tombstone(mark(broker, person))])

    with broker.store.transaction() as connection:
        destroy(connection)
    broker.store.checkpoint()
    broker.sessions.close_all(person)


def replay(broker: Broker) -> int:
    """After a restore: forget again whoever the list says was erased. Returns how many."""
    path = broker.config.folder / LIST
    marks = set(path.read_text(encoding="ascii").split()) if path.exists() else set()
    alive = broker.store.all("SELECT subject FROM subject WHERE erased IS NULL") if marks else []
    gone = [row["subject"] for row in alive if mark(broker, row["subject"]) in marks]
    for person in gone:
        forget(broker, person)
    return len(gone)
