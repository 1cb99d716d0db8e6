"""The newest version of each field, as it was told when it was stored: what is older, changed or gone is noticed.

The main database can be rolled back, and rows deleted, by whoever administers it; this list is not theirs.
"""

from collections.abc import Iterable
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import subjects
from alcaldia.broker.core import Broker
from alcaldia.broker.told import read_records
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import sentence
from alcaldia.vault.rules.sealing import Record, field_digest

Head = tuple[str, str, str, int, str]
"""Person, group, item/field, version number, digest of the ciphertext."""
LIMIT = 2_000


def kept(broker: Broker, *, heads: list[dict[str, Any]]) -> None:
    """Told by whoever stored: {"person", "group", "item", "number", "fields": {name: digest}} each. Never lowers one."""
    told = [
        (str(one["person"]), str(one["group"]), f"{one['item']}/{name}", int(one["number"]), str(digest))
        for one in heads
        for name, digest in one["fields"].items()
    ]
    now = broker.now()
    with broker.store.transaction() as connection:
        _note(connection, told, now)


def remember(connection: Connection, records: list[Record], now: datetime) -> None:
    """What was just opened is known from now on, even where nobody told of it."""
    _note(connection, [*of_records(records)], now)


def _note(connection: Connection, heads: list[Head], now: datetime) -> None:
    sql = (
        "INSERT INTO newest VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (person, grp, item) DO UPDATE SET"
        " number = excluded.number, digest = excluded.digest, at = excluded.at WHERE excluded.number > number"
    )
    connection.executemany(sql, [(*one, now.isoformat()) for one in heads])


def of_records(records: Iterable[Record]) -> Iterable[Head]:
    """Each field's place, version and digest: of an item, fields may come from different versions."""
    for one in records:
        for name, data in one.fields.items():
            yield one.person, one.group, f"{one.item}/{name}", one.number, field_digest(data)


def check(broker: Broker, person: str, groups: set[str], records: list[Record]) -> None:
    """Raises Refusal where a field of these groups is older than known, changed, or not among the records."""
    faults = found_wrong(broker, person, groups, records)
    if any(one["fault"] == "gone" for one in faults):
        day = min(one["at"] for one in faults if one["fault"] == "gone")[:10]
        detail = "Falta un dato que la ciudad guardó el %(day)s: alguien lo quitó de la base. No se usó nada; avise a la oficina digital."
        raise Refusal("missing", sentence(detail, day=day), status=409)
    if faults:
        detail = "Los datos de la bóveda son más viejos que los ya guardados, o alguien los cambió. Avise a la oficina digital; no se usó nada."
        raise Refusal("rolled_back", detail, status=409)


def found_wrong(
    broker: Broker, person: str, groups: set[str] | None, records: list[Record]
) -> list[dict[str, str]]:
    """What is not as it was stored: {"group", "field", "at", "fault": gone, older or changed}; `groups` None: all."""
    sent = {head[1:3]: head[3:] for head in of_records(records)}
    wrong = []
    for row in broker.store.all("SELECT * FROM newest WHERE person = ?", person):
        if groups is not None and row["grp"] not in groups:
            continue
        fault = _fault(sent.get((row["grp"], row["item"])), row)
        if fault:
            field = row["item"].rpartition("/")[2]
            wrong.append({"group": row["grp"], "field": field, "at": row["at"], "fault": fault})
    return wrong


def _fault(found: tuple[int, str] | None, row: Any) -> str:
    if found is None:
        return "gone"
    number, digest = found
    if number < row["number"]:
        return "older"
    return "changed" if number == row["number"] and digest != row["digest"] else ""


def my_missing(
    broker: Broker, *, token: str, records: list[dict[str, Any]], groups: list[str] | None = None
) -> list[dict[str, str]]:
    """For the person of this session: what the city stored of theirs and the records do not hold any more."""
    person = subjects.person_session(broker, token)
    return found_wrong(broker, person, None if groups is None else set(groups), read_records(records))


def page(broker: Broker, *, after: list[str]) -> list[list[Any]]:
    """The next heads in order, for the operator's comparison with the database; `after` the last one's place."""
    sql = "SELECT person, grp, item, number, digest, at FROM newest WHERE (person, grp, item) > (?, ?, ?) ORDER BY 1, 2, 3 LIMIT ?"
    return [list(row) for row in broker.store.all(sql, *(after or ["", "", ""]), LIMIT)]
