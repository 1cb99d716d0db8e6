"""Split custody turned on where people are already: the second broker learns their keys and the permits in force.

It believes the first one's list, once, by leave of its own operator for some days, and for nobody of whom it knows a key
already: afterwards a key counts there only by a touch, as ever. Permits are verified there again by those keys.
"""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import coded, enrolling, grants, subjects
from alcaldia.broker.core import Broker
from alcaldia.broker.store import set_meta
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.text64 import to_bytes, to_text

LONGEST = 30
BATCH = 200
_UNTIL, _UP_TO, _DONE = "adopting_until", "adopted_up_to", "adopted"


def allow(broker: Broker, *, days: int) -> str:
    """At the second broker, by its operator: until then (ISO 8601) the city may tell whom it has already."""
    grants.check_second(broker)
    if not 1 <= days <= LONGEST:
        raise Refusal("bad_adoption", f"Indique de 1 a {LONGEST} días.")
    until = (broker.now() + timedelta(days=days)).isoformat()
    with broker.store.transaction() as connection:
        set_meta(connection, _UNTIL, until)
    return until


def adopt(broker: Broker, *, people: list[dict[str, Any]]) -> int:
    """At the second broker: {"subject", "passkeys", "bundles", "revoked"} of people it has no key of; how many were new.

    Raises Refusal without its operator's leave. Repeating it is harmless.
    """
    until = broker.store.meta(_UNTIL)
    if not broker.config.second or not until or datetime.fromisoformat(until) < broker.now():
        detail = (
            "El segundo custodio no ha dado permiso. Pida a quien lo opera: ./alcaldia broker allow-adoption"
        )
        raise Refusal("no_adoption", detail, status=403)
    with broker.store.transaction() as connection:
        return sum(_adopted(broker, connection, **one) for one in people)


def _adopted(
    broker: Broker, connection: Connection, *, subject: str, passkeys: list[dict[str, Any]],
    bundles: list[dict[str, Any]], revoked: list[str],
) -> bool:  # fmt: skip
    if broker.store.one("SELECT 1 FROM passkey WHERE subject = ?", subject):
        return False
    if not broker.store.one("SELECT 1 FROM subject WHERE subject = ?", subject):
        subjects.create(broker, connection, subject)
    for one in passkeys:
        enrolling.adopt_key(broker, connection, subject, to_bytes(one["credential"]), to_bytes(one["public"]))
    for bundle in bundles:
        with suppress(Refusal):  # past its days meanwhile, or of another key: the person gives it again
            grants.give(broker, **bundle)
    now = broker.now().isoformat()
    gone = [(now, one, subject) for one in revoked]
    connection.executemany("UPDATE permit SET revoked = ? WHERE id = ? AND person = ?", gone)
    counts = [(one["count"], to_bytes(one["credential"]), subject) for one in passkeys]
    connection.executemany("UPDATE passkey SET count = ? WHERE credential = ? AND subject = ?", counts)
    return True


def tell(broker: Broker, *, limit: int = BATCH) -> int:
    """At the first broker, by its operator: the next people are told to the second; returns how many are left.

    With the last of them `is_done`; asked again it begins anew, for whoever came meanwhile.
    """
    up_to = broker.store.meta(_UP_TO) or ""
    sql = (
        "SELECT DISTINCT subject FROM passkey JOIN subject USING (subject)"
        " WHERE kind = 'person' AND erased IS NULL AND revoked IS NULL AND subject > ? ORDER BY subject"
    )
    waiting = [row["subject"] for row in broker.store.all(sql, up_to)]
    chosen, left = waiting[:limit], max(len(waiting) - limit, 0)
    broker.second().ask("adopt", people=[_told(broker, one) for one in chosen])
    with broker.store.transaction() as connection:
        set_meta(connection, _UP_TO, chosen[-1] if left else "")
        if not left:
            set_meta(connection, _DONE, broker.now().isoformat())
    return left


def splits(broker: Broker, subject: str) -> bool:
    """Is a whole data key of this person to be split when it is next sealed? Not of a vault that a request's code opens:
    the second broker would have nothing to check."""
    if broker.guardian is None or subject[:2] != "p_" or not broker.store.meta(_DONE):
        return False
    sql = "SELECT 1 FROM code WHERE subject = ? AND kind = ?"
    return broker.store.one(sql, subject, coded.KIND) is None


def _told(broker: Broker, subject: str) -> dict[str, Any]:
    """Keys that count, bundles that they signed (oldest first, as their counters grew), and what was taken back of them."""
    keys = broker.store.all("SELECT * FROM passkey WHERE subject = ? AND revoked IS NULL", subject)
    sql = "SELECT send, assertion FROM bundle WHERE person = ? AND assisted = '' ORDER BY given"
    bundles = [
        {name: json.loads(row[name]) for name in ("send", "assertion")}
        for row in broker.store.all(sql, subject)
    ]
    gone = broker.store.all("SELECT id FROM permit WHERE person = ? AND revoked IS NOT NULL", subject)
    return {
        "subject": subject,
        "passkeys": [
            {
                "credential": to_text(row["credential"]),
                "public": to_text(row["public"]),
                "count": row["count"],
            }
            for row in keys
        ],
        "bundles": [one for one in bundles if "code" not in one["assertion"]],
        "revoked": [row["id"] for row in gone],
    }
