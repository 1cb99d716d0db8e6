"""Identifiers (CURP, RFC, account numbers) as keyed hashes: found only by whoever presents the whole one."""

import hmac
from datetime import datetime
from hashlib import sha256
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import accesses, mentions, rates, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.text import fold
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access

ACCOUNT, PERSON, ABOUT = "account", "person", "about"
"""Kinds of identifier that an import gives: a number of an account, a person's own key (CURP), the thing that accounts speak of."""


def mark(broker: Broker, kind: str, value: str) -> str:
    """The keyed hash of an identifier, however it was typed."""
    spelled = "".join(letter for letter in fold(value) if letter.isalnum())
    return hmac.new(broker.index_key, f"{kind} {spelled}".encode(), sha256).hexdigest()


def identify(broker: Broker, *, kind: str, value: str, case: str, token: str) -> str:
    """Who an identifier is of, for an official before whom the person presents it: throttled, and told to them."""
    session = subjects.official_session(broker, token, "Esta consulta es de la oficina.")
    now = broker.now()
    # Kept with the official, before the answer: whoever tries keys one after another leaves a line for each.
    tried = Access(
        access.SEARCHED, now.isoformat(), session.who.subject, official=session.name, office=session.who.acting(),
        case=case, detail=kind,
    )  # fmt: skip
    if not _in_time(broker, session.who.subject, mark(broker, kind, value), now):
        if broker.rates.room("told", session.who.subject, 1, now):
            accesses.write(broker, [tried])
        raise rates.too_many()
    row = broker.store.one("SELECT subject FROM identifier WHERE mark = ?", mark(broker, kind, value))
    if row is None:
        accesses.write(broker, [tried])
        raise NotFound(
            "identifier_unknown", "Nadie tiene esa clave aquí. Revísela letra por letra con la persona."
        )
    event = Access(
        access.IDENTIFIED, now.isoformat(), row["subject"], official=session.name, office=session.who.acting(),
        case=case, detail=kind,
    )  # fmt: skip
    accesses.write(broker, [event])
    return str(row["subject"])


def _in_time(broker: Broker, official: str, key: str, now: datetime) -> bool:
    """Is there room in this minute, for the official and for the identifier?"""
    most = broker.config.lookups_per_minute
    return all(broker.rates.room("identify", one, most, now) for one in (official, key))


def admit(broker: Broker, *, rows: list[dict[str, Any]], suite: str) -> list[dict[str, Any]]:
    """For the operator's import: subject, certificate, opaque items and content marks of each row.

    A row is {"person": [kind, value], "items": [[kind, value, content], …], "about": value}; whoever is unknown
    becomes a subject, and each item's value finds them afterwards, and nobody whom it found before. `about` (optional) is the thing that the items
    speak of, such as a parcel: persons of the same thing are mentioned in each other's records. The same row twice
    gives the same answer.
    """
    answers: list[dict[str, Any]] = []
    with broker.store.transaction() as connection:
        for row in rows:
            key = mark(broker, *row["person"])
            found = connection.execute("SELECT subject FROM identifier WHERE mark = ?", (key,)).fetchone()
            subject = found["subject"] if found else "p_" + _random_id()
            if not found:
                subjects.create(broker, connection, subject, suite)
                connection.execute("INSERT INTO identifier VALUES (?, ?)", (key, subject))
            items = [_item(broker, connection, subject, *one) for one in row["items"]]
            if row.get("about"):
                mentions.note(
                    connection, subject, [one["item"] for one in items], mark(broker, ABOUT, row["about"])
                )
            answers.append({"subject": subject, "items": items})
    for answer in answers:
        answer["certificate"] = subjects.certificate(broker, answer["subject"])
    return answers


def _item(
    broker: Broker, connection: Connection, subject: str, kind: str, value: str, content: str
) -> dict[str, str]:
    key, item = mark(broker, kind, value), mark(broker, "item " + kind, value)[:32]
    before = connection.execute("SELECT subject FROM identifier WHERE mark = ?", (key,)).fetchone()
    if before is not None and before["subject"] != subject:
        _leave(connection, before["subject"], key, item)
    connection.execute("INSERT OR IGNORE INTO identifier VALUES (?, ?)", (key, subject))
    held = hmac.new(broker.index_key, f"content {subject} {content}".encode(), sha256).hexdigest()
    return {"item": item, "mark": held[:32]}


def _leave(connection: Connection, subject: str, key: str, item: str) -> None:
    """An account changed hands: its number no longer leads to whoever had it, nor do codes that lie on its bills."""
    connection.execute("DELETE FROM identifier WHERE mark = ?", (key,))
    connection.execute("DELETE FROM common WHERE person = ? AND item = ?", (subject, item))
    connection.execute("DELETE FROM code WHERE subject = ? AND kind IN ('activation', 'assist')", (subject,))


def _random_id() -> str:
    from secrets import token_bytes

    from alcaldia.vault.rules.text64 import to_text

    return to_text(token_bytes(17))[:22]
