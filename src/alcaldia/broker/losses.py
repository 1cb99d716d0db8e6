"""Pairs whose master key is gone: noticed before anything is written, and counted for the operator."""

from collections.abc import Iterable, Iterator
from sqlite3 import Row

from alcaldia.broker import accesses
from alcaldia.broker.core import Broker
from alcaldia.vault.rules.suites import CannotOpen

TRIES = 3
"""Wraps tried before a master key counts as lost: one of them may be damaged itself."""


def check(broker: Broker, person: str, suites: Iterable[str]) -> None:
    """Raises Refusal where the master key of one of these pairs of the person is gone. Nothing is written before."""
    wanted = set(suites)
    rows = broker.store.all("SELECT suite, kek FROM keypair WHERE subject = ?", person) if wanted else []
    if any(row["suite"] in wanted and not works(broker, row["kek"]) for row in rows):
        raise accesses.key_lost()


def works(broker: Broker, kek: str) -> bool:
    """Is this master key here, and the one that it was? Tried once on a wrap: under an id of earlier versions, or in a
    token, other bytes may lie."""
    if kek not in broker.proven and broker.keys.has(kek):
        rows = broker.store.all("SELECT * FROM keypair WHERE kek = ? LIMIT ?", kek, TRIES)
        if any(opens(broker, row) for row in rows):
            broker.proven.add(kek)
    return kek in broker.proven


def leave_behind(broker: Broker) -> None:
    """At the start: where the current master key no longer opens what it wrapped, nothing new may rest on it."""
    current = broker.keys.current()
    if current in named(broker) and not works(broker, current):
        broker.keys.rotate()


def is_lost(broker: Broker, person: str) -> bool:
    """Does any pair of the person not open? Each is tried, and forgotten."""
    rows = broker.store.all("SELECT * FROM keypair WHERE subject = ?", person)
    return any(not opens(broker, row) for row in rows)


def opens(broker: Broker, row: Row) -> bool:
    """Does the wrap of this row open?"""
    try:
        broker.keys.unwrap(row["kek"], row["wrap"], accesses.wrap_about(row["subject"], row["suite"]))
    except CannotOpen:
        return False
    return True


def named(broker: Broker) -> Iterator[str]:
    """The ids of all master keys that wraps name, in order; a step through the index for each."""
    row = broker.store.one("SELECT min(kek) AS kek FROM keypair")
    while row is not None and row["kek"] is not None:
        yield row["kek"]
        row = broker.store.one("SELECT min(kek) AS kek FROM keypair WHERE kek > ?", row["kek"])


def counts(broker: Broker) -> dict[str, int]:
    """Master keys that are gone (`fading`: only in this process's memory), persons who can not be opened for it, and how
    many of these have a spare key."""
    keks = list(named(broker))
    gone = [kek for kek in keks if not works(broker, kek)]
    lost: set[str] = set()
    for kek in gone:
        sql = "SELECT subject FROM keypair WHERE kek = ? AND subject LIKE 'p\\_%' ESCAPE '\\'"
        lost |= {row["subject"] for row in broker.store.all(sql, kek)}
    spared = (
        {row["subject"] for row in broker.store.all("SELECT DISTINCT subject FROM spare")} if lost else set()
    )
    fading = sum(kek not in gone and not broker.keys.kept(kek) for kek in keks)
    return {"keys": len(gone), "fading": fading, "lost": len(lost), "spared": len(lost & spared)}
