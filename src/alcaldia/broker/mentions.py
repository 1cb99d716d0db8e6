"""Third persons: who else appears in what was shown. They are told that it was looked at, and nothing of whose it was."""

from collections.abc import Iterable
from datetime import datetime
from sqlite3 import Connection

from alcaldia.broker.core import Broker
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.sealing import Record

MANY = 20
"""Everybody is told, of each look; where a thing is of more than these, once a minute of an official's looks: a line costs
0.3 ms, so a look at the land of 500 takes 130."""


def note(connection: Connection, person: str, items: Iterable[str], mark: str) -> None:
    """These items of a person speak of the thing of that keyed hash."""
    connection.executemany(
        "INSERT OR IGNORE INTO common VALUES (?, ?, ?)", [(person, one, mark) for one in items]
    )


def of(broker: Broker, event: Access, records: Iterable[Record]) -> list[Access]:
    """One line for each other person of the same things; only where a human saw values.

    Official, office and time are told; neither the case nor its purpose, which are another person's.
    """
    if event.kind not in {access.SHOWN, access.EMERGENCY}:
        return []
    groups = {name.partition(".")[0] for name in event.fields}
    items = {one.item for one in records if one.item and one.group in groups}
    sql = (
        "SELECT DISTINCT o.person FROM common c JOIN common o ON o.mark = c.mark AND o.person <> c.person"
        " JOIN keypair k ON k.subject = o.person AND k.current WHERE c.person = ? AND c.item = ?"
    )
    others = {row["person"] for item in items for row in broker.store.all(sql, event.person, item)}
    return [
        Access(access.MENTIONED, event.at, one, official=event.official, office=event.office)
        for one in sorted(others)
        if len(others) <= MANY or _first(broker, event, one)
    ]


def _first(broker: Broker, event: Access, person: str) -> bool:
    """Is it the first time in a minute that this official's looks are told to this person?"""
    whose = f"{event.office} {event.official} {person}"
    return broker.rates.room("mentioned", whose, 1, datetime.fromisoformat(event.at))
