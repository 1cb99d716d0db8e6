"""Erasure: the keys are destroyed, and with them every copy of the data, in any backup."""

import hmac
import json
from hashlib import sha256
from sqlite3 import Connection

from alcaldia.broker import subjects
from alcaldia.broker.core import Broker
from alcaldia.broker.store import set_meta
from alcaldia.vault.rules import access


def erase(broker: Broker, *, token: str) -> None:
    """Destroy one's own vault for ever. The tombstone is a leaf, so that a restored backup forgets again."""
    person = subjects.person_session(broker, token)
    broker.log.append([access.tombstone(mark(broker, person))])
    forget(broker, person)


def mark(broker: Broker, person: str) -> str:
    """The keyed hash by which only this broker recognises an erased person."""
    return hmac.new(broker.index_key, b"tombstone " + person.encode(), sha256).hexdigest()


def forget(broker: Broker, person: str) -> None:
    """Destroy wraps, accesses with their salts, passkeys and identifiers of a person."""
    now = broker.now().isoformat()

    def destroy(connection: Connection) -> None:
        for table, column in (
            ("keypair", "subject"),
            ("access", "person"),
            ("identifier", "subject"),
            ("newest", "person"),
        ):
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (person,))  # noqa: S608
        connection.execute("UPDATE passkey SET revoked = ? WHERE subject = ?", (now, person))
        connection.execute("UPDATE permit SET revoked = coalesce(revoked, ?) WHERE person = ?", (now, person))
        connection.execute("UPDATE subject SET erased = ?, name = '' WHERE subject = ?", (now, person))
        set_meta(connection, "log_size", str(broker.log.size()))

    with broker.store.transaction() as connection:
        destroy(connection)
    broker.store.checkpoint()
    broker.sessions.close_all(person)


def replay(broker: Broker) -> int:
    """After a restore: forget again whoever the log says was erased. Returns how many."""
    known = int(broker.store.meta("log_size") or 0)
    size = broker.log.size()
    told = (json.loads(entry) for place, entry in broker.newest_leaves(size - known) if place >= known)
    marks = {leaf["sha256"] for leaf in told if leaf.get("type") == "vault.erased"}
    alive = broker.store.all("SELECT subject FROM subject WHERE erased IS NULL") if marks else []
    gone = [row["subject"] for row in alive if mark(broker, row["subject"]) in marks]
    for person in gone:
        forget(broker, person)
    with broker.store.transaction() as connection:
        set_meta(connection, "log_size", str(size))
    return len(gone)
