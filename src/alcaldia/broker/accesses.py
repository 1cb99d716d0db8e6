"""The only way to an opened key: first the access is written, then the key is unwrapped."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from alcaldia.broker.core import Broker
from alcaldia.broker.store import set_meta
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
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
    """Write accesses, their leaves and what `also` does in one transaction with one flush: all is durable on return."""
    latest = max(event.at for event in events)
    with broker.store.transaction() as connection:
        if also is not None:
            also(connection)
        places = insert(broker, connection, events)
    broker.seen(datetime.fromisoformat(latest))
    return [Written(event.person, place) for event, place in zip(events, places, strict=True)]


def insert(broker: Broker, connection: Connection, events: list[Access]) -> range:
    """The same inside of a transaction that the caller has open; durable when that ends."""
    sealed = [_sealed(broker, event) for event in events]
    places = broker.log.append([leaf for _, _, leaf in sealed])
    rows = [
        (event.person, event.kind, event.office, *one, place)
        for event, one, place in zip(events, sealed, places, strict=True)
    ]
    sql = "INSERT INTO access (person, kind, office, suite, sealed, leaf, place) VALUES (?, ?, ?, ?, ?, ?, ?)"
    connection.executemany(sql, rows)
    set_meta(connection, "latest", max(event.at for event in events))
    return places


def _sealed(broker: Broker, event: Access) -> tuple[str, bytes, bytes]:
    """Suite and event under the person's key, and the leaf that commits to it."""
    salt, body = secrets.token_bytes(16), event.body()
    suite, public = broker.public_key(event.person)
    plain = canonical({"event": body, "salt": to_text(salt)})
    return (
        suite,
        suites.seal(suite, public, plain, _info(event.person)),
        access.leaf(access.commitment(body, salt)),
    )


def secret_of(broker: Broker, written: Written, suite: str) -> bytes:
    """The person's secret key of a suite. Raises CannotOpen, Refusal where its master key is gone; it is never kept."""
    return _secret(broker, written.person, suite)


def secret_for_rewrap(broker: Broker, person: str, suite: str) -> bytes:
    """The same for re-keying, which opens no field and so is no access."""
    return _secret(broker, person, suite)


def told_to(
    broker: Broker, person: str, *, before: int, limit: int, kinds: Sequence[str] = (), skip: int = 0
) -> list[dict[str, Any]]:
    """The accesses of a person (of these kinds), newest first, as body, salt, id and place, after `skip` of them."""
    only = f" AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    rows = broker.store.all(
        "SELECT id, suite, sealed, place FROM access WHERE person = ? AND id < ?"  # noqa: S608 - marks of ours
        f"{only} ORDER BY id DESC LIMIT ? OFFSET ?",
        *(person, before, *kinds, limit, skip),
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
    try:
        return broker.keys.unwrap(row["kek"], row["wrap"], wrap_about(person, suite))
    except CannotOpen as error:
        raise key_lost() from error


def key_lost() -> Refusal:
    """The one answer of every door that needs a secret whose master key is gone."""
    detail = (
        "Se perdió la llave maestra con que el servidor abría esta bóveda. No se usó ni se borró nada: los datos siguen ahí,"
        " cifrados. Su dueño puede restaurarla con una llave de repuesto, en «Mi bóveda»; si no tiene ninguna, avise a la"
        " oficina digital."
    )
    return Refusal("key_lost", detail, status=409)


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
