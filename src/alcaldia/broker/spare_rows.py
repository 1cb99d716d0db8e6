"""Spare keys as they lie in the broker's store: public halves, and the person's secrets sealed to them."""

from datetime import datetime
from sqlite3 import Connection, Row

from alcaldia.broker import accesses
from alcaldia.broker.core import Broker
from alcaldia.kernel.canonical import canonical
from alcaldia.vault.rules import access, suites
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.spare import PERSON


def of(broker: Broker, person: str) -> list[Row]:
    """The person's own spares, oldest first."""
    return broker.store.all("SELECT * FROM spare WHERE subject = ? ORDER BY made, id", person)


def helped_by(broker: Broker, person: str) -> list[Row]:
    """Spares of others whose trusted person this is, oldest first."""
    return broker.store.all("SELECT * FROM spare WHERE helper = ? ORDER BY made, id", person)


def fill(broker: Broker, connection: Connection, spare: str, person: str) -> None:
    """Seal each of the person's secrets to a spare that was just inserted. Raises Refusal where one is lost."""
    for pair in connection.execute("SELECT suite FROM keypair WHERE subject = ?", (person,)).fetchall():
        row = connection.execute("SELECT * FROM spare WHERE id = ?", (spare,)).fetchone()
        _seal(connection, row, pair["suite"], accesses.secret_for_rewrap(broker, person, pair["suite"]))


def opened(connection: Connection, row: Row, suite: str, secret: bytes) -> bytes | None:
    """The person's secret of a suite, by the spare's secret; None where the spare has none. Raises CannotOpen."""
    sql = "SELECT sealed FROM spare_wrap WHERE spare = ? AND suite = ?"
    wrap = connection.execute(sql, (row["id"], suite)).fetchone()
    return suites.open_sealed(row["suite"], secret, wrap["sealed"], _info(row, suite)) if wrap else None


def rekeyed(broker: Broker, connection: Connection, person: str, suite: str) -> None:
    """The person has a new current pair: their spares learn its secret, and what is sealed to them moves to it."""
    own = of(broker, person)
    if own:
        secret = accesses.secret_for_rewrap(broker, person, suite)
        for row in own:
            _seal(connection, row, suite, secret)
    for row in helped_by(broker, person):
        _move(broker, connection, row, suite)


def _move(broker: Broker, connection: Connection, row: Row, suite: str) -> None:
    """From the trusted person's last pair to their current one."""
    before = accesses.secret_for_rewrap(broker, row["helper"], row["suite"])
    wraps = connection.execute("SELECT suite FROM spare_wrap WHERE spare = ?", (row["id"],)).fetchall()
    plain = {one["suite"]: opened(connection, row, one["suite"], before) for one in wraps}
    told = (suite, broker.public_key(row["helper"])[1], row["id"])
    connection.execute("UPDATE spare SET suite = ?, public = ? WHERE id = ?", told)
    fresh = connection.execute("SELECT * FROM spare WHERE id = ?", (row["id"],)).fetchone()
    for name, secret in plain.items():
        _seal(connection, fresh, name, secret or b"")


def retire(connection: Connection, person: str) -> None:
    """Old pairs of the person are gone: so are their secrets' wraps."""
    connection.execute(
        "DELETE FROM spare_wrap WHERE spare IN (SELECT id FROM spare WHERE subject = ?)"
        " AND suite NOT IN (SELECT suite FROM keypair WHERE subject = ?)",
        (person, person),
    )


def drop(connection: Connection, spare: str) -> None:
    """Destroy one, in the file too (secure_delete)."""
    connection.execute("DELETE FROM spare_wrap WHERE spare = ?", (spare,))
    connection.execute("DELETE FROM spare WHERE id = ?", (spare,))


def gone(broker: Broker, connection: Connection, row: Row, now: datetime, why: str) -> None:
    """Destroy one and tell owner and trusted person, whoever of them has a vault."""
    drop(connection, row["id"])
    told = [Access(access.SPARE_GONE, now.isoformat(), row["subject"], detail=f"{row['kind']} {why}".strip())]
    if row["kind"] == PERSON:
        told.append(Access(access.UNTRUSTED, now.isoformat(), row["helper"]))
    alive = "SELECT 1 FROM keypair WHERE subject = ?"
    events = [one for one in told if connection.execute(alive, (one.person,)).fetchone()]
    if events:
        accesses.insert(broker, connection, events)


def forget(broker: Broker, connection: Connection, person: str, now: datetime) -> None:
    """An erased person's spares, and what others had sealed to them; their pairs are gone already."""
    for row in of(broker, person) + helped_by(broker, person):
        gone(broker, connection, row, now, "erased" if row["helper"] == person else "")


def forget_credential(
    broker: Broker, connection: Connection, person: str, credential: str, now: datetime
) -> None:
    """A passkey stopped counting: the spare that only it makes again goes along."""
    for row in of(broker, person):
        if row["credential"] == credential:
            gone(broker, connection, row, now, "revoked")


def _seal(connection: Connection, row: Row, suite: str, secret: bytes) -> None:
    sealed = suites.seal(row["suite"], row["public"], secret, _info(row, suite))
    connection.execute("INSERT OR REPLACE INTO spare_wrap VALUES (?, ?, ?)", (row["id"], suite, sealed))


def _info(row: Row, suite: str) -> bytes:
    return canonical(["alcaldia spare", row["subject"], row["id"], suite])
