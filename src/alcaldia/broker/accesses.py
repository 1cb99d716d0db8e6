"""The only way to an opened key: first the access is written, then the key is unwrapped."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from alcaldia.broker.core import Broker
from alcaldia.broker.store import set_meta
from alcaldia.kernel.canonical import canonical
from alcaldia.vault.rules import access, suites
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.suites import CannotOpen
from alcaldia.vault.rules.text64 import to_text


@dataclass(frozen=True)
class Written:
    """An access that is durable in the log; who holds one may open the person's key."""

    person: str
    place: int


def write(
    broker: Broker, events: list[Access], also: Callable[[Connection], None] | None = None
) -> list[Written]:
    """Write accesses: store (with `also`, in the same transaction), then log, both durable on return.

    The places in the log are noted with the next access: they can be found again from the log itself.
    """
    latest = max(event.at for event in events)
    with broker.store.transaction() as connection:
        _place(connection, broker.unplaced)
        if also is not None:
            also(connection)
        rows = [_insert(broker, connection, event) for event in events]
        set_meta(connection, "latest", latest)
    broker.unplaced.clear()
    broker.seen(datetime.fromisoformat(latest))
    places = broker.log.append([leaf for _, leaf in rows])
    broker.unplaced += zip(places, (number for number, _ in rows), strict=True)
    return [Written(event.person, place) for event, place in zip(events, places, strict=True)]


def _place(connection: Connection, places: list[tuple[int, int]]) -> None:
    connection.executemany("UPDATE access SET place = ? WHERE id = ?", places)


def settle(broker: Broker) -> None:
    """Note what is not noted yet, before places are read."""
    if broker.unplaced:
        with broker.store.transaction(durable=False) as connection:
            _place(connection, broker.unplaced)
        broker.unplaced.clear()


def _insert(broker: Broker, connection: Connection, event: Access) -> tuple[int, bytes]:
    salt = secrets.token_bytes(16)
    body = event.body()
    leaf = access.leaf(access.commitment(body, salt))
    suite, public = broker.public_key(event.person)
    sealed = suites.seal(
        suite, public, canonical({"event": body, "salt": to_text(salt)}), _info(event.person)
    )
    made = connection.execute(
        "INSERT INTO access (person, kind, office, suite, sealed, leaf) VALUES (?, ?, ?, ?, ?, ?)",
        (event.person, event.kind, event.office, suite, sealed, leaf),
    )
    return int(made.lastrowid or 0), leaf


def recover(broker: Broker) -> int:
    """After a crash: accesses that were stored and may lack their leaf or its place. Returns how many.

    A crash can fall between store and log, or between log and the note of the place: what the log's end
    already holds is only noted; the rest is appended, so an access may be told that was never answered.
    """
    pending = broker.store.all("SELECT id, leaf FROM access WHERE place IS NULL ORDER BY id")
    if not pending:
        return 0
    ends = {leaf: place for place, leaf in broker.newest_leaves(4 * len(pending) + 64)}
    missing = [row for row in pending if row["leaf"] not in ends]
    places = broker.log.append([row["leaf"] for row in missing]) if missing else range(0)
    noted = [(ends[row["leaf"]], row["id"]) for row in pending if row["leaf"] in ends]
    noted += list(zip(places, (row["id"] for row in missing), strict=True))
    with broker.store.transaction() as connection:
        connection.executemany("UPDATE access SET place = ? WHERE id = ?", noted)
    return len(pending)


def secret_of(broker: Broker, written: Written, suite: str) -> bytes:
    """The person's secret key of a suite. Raises CannotOpen; it is never kept."""
    return _secret(broker, written.person, suite)


def secret_for_rewrap(broker: Broker, person: str, suite: str) -> bytes:
    """The same for re-keying, which opens no field and so is no access."""
    return _secret(broker, person, suite)


def told_to(broker: Broker, person: str, *, before: int, limit: int) -> list[dict[str, Any]]:
    """The accesses of a person, newest first, as body, salt, id and place; what cannot be opened is left out."""
    settle(broker)
    rows = broker.store.all(
        "SELECT id, suite, sealed, place FROM access WHERE person = ? AND id < ? ORDER BY id DESC LIMIT ?",
        *(person, before, limit),
    )
    secrets_by_suite = {suite: _secret(broker, person, suite) for suite in {row["suite"] for row in rows}}
    return [_opened(row, secrets_by_suite[row["suite"]], person) for row in rows]


def _opened(row: Any, secret: bytes, person: str) -> dict[str, Any]:
    found = json.loads(suites.open_sealed(row["suite"], secret, row["sealed"], _info(person)))
    return {"id": row["id"], "place": row["place"], "event": found["event"], "salt": found["salt"]}


def _secret(broker: Broker, person: str, suite: str) -> bytes:
    row = broker.store.one("SELECT wrap, kek FROM keypair WHERE subject = ? AND suite = ?", person, suite)
    if row is None:
        raise CannotOpen("the person has no key of this suite, or erased it")
    return broker.keys.unwrap(row["kek"], row["wrap"], wrap_about(person, suite))


def wrap_about(person: str, suite: str) -> bytes:
    """What a wrap is bound to."""
    return canonical(["alcaldia person key", person, suite])


def _info(person: str) -> bytes:
    return canonical(["alcaldia access", person])


def reseal(broker: Broker, person: str, suite: str) -> None:
    """Seal the person's accesses again to their current key (re-keying)."""
    rows = broker.store.all(
        "SELECT id, suite, sealed FROM access WHERE person = ? AND suite <> ?", person, suite
    )
    _, public = broker.public_key(person)
    changed = []
    for row in rows:
        plain = suites.open_sealed(
            row["suite"], _secret(broker, person, row["suite"]), row["sealed"], _info(person)
        )
        changed.append((suite, suites.seal(suite, public, plain, _info(person)), row["id"]))
    with broker.store.transaction() as connection:
        connection.executemany("UPDATE access SET suite = ?, sealed = ? WHERE id = ?", changed)
