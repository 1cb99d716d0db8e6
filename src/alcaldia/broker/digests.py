"""What happened in a month, counted for each person when it ends. Nothing is opened for it."""

import re
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access

TOLD = (*access.BY_OTHERS, access.MENTIONED, access.NUMBERED)
SMALLEST = 10
"""A count over fewer persons than this is not told: it could point at one of them."""
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def close_month(broker: Broker, *, month: str) -> bool:
    """Count what came since the last month that was closed, as of `month` (YYYY-MM); False where that was done before.

    A month that is not over is refused. Counts stay here: whoever asks learns of nobody's.
    """
    now = broker.now()
    if not _MONTH.fullmatch(month) or month >= f"{now:%Y-%m}":
        raise Refusal("month_not_over", "Ese mes todavía no termina; su resumen se hace cuando acaba.")
    last = broker.store.one("SELECT max(month) AS month, max(upto) AS upto FROM closed")
    if last is not None and last["month"] is not None and last["month"] >= month:
        return False
    since = int(last["upto"] or 0) if last is not None else 0
    newest = broker.store.one("SELECT coalesce(max(id), 0) AS id FROM access")
    upto = int(newest["id"]) if newest is not None else 0
    marks = ", ".join("?" * len(TOLD))
    sql = (
        "INSERT INTO digest SELECT person, ?, kind, count(*) FROM access"  # noqa: S608
        f" WHERE id > ? AND id <= ? AND kind IN ({marks}) GROUP BY person, kind"
    )
    with broker.store.transaction() as connection:
        connection.execute(sql, (month, since, upto, *TOLD))
        _tally(connection, month, since, upto)
        connection.execute("INSERT INTO closed VALUES (?, ?, ?)", (month, upto, now.isoformat()))
    return True


def _tally(connection: Connection, month: str, since: int, upto: int) -> None:
    """What is public of the month, kept as it is told: whoever erases their vault later changes no figure."""
    marks = ", ".join("?" * len(access.BY_OTHERS))
    connection.execute(
        "INSERT INTO tally SELECT ?, office, kind, CAST(round(count(*) / 10.0) AS INTEGER) * 10 FROM access"  # noqa: S608
        f" WHERE id > ? AND id <= ? AND kind IN ({marks}) GROUP BY office, kind"
        " HAVING count(DISTINCT person) >= ?",
        (month, since, upto, *access.BY_OTHERS, SMALLEST),
    )


def stats(broker: Broker) -> list[dict[str, Any]]:
    """For everybody: how often each office looked, by month that ended (36, the newest first) and kind.

    To the nearest ten, and nothing where fewer than SMALLEST persons were looked at: neither one reading nor the
    difference of two shows a single look.
    """
    newest = "SELECT month FROM closed ORDER BY month DESC LIMIT 36"
    sql = f"SELECT * FROM tally WHERE month IN ({newest}) ORDER BY month DESC, office, kind"  # noqa: S608
    return [dict(row) for row in broker.store.all(sql)]


def my_digests(broker: Broker, *, token: str) -> list[dict[str, Any]]:
    """The person's months, newest first; a month in which nobody looked says so with zeros."""
    person = subjects.person_session(broker, token)
    found = {
        row["month"]: {"month": row["month"], "at": row["at"], **dict.fromkeys(TOLD, 0)}
        for row in broker.store.all("SELECT * FROM closed ORDER BY month DESC LIMIT 36")
    }
    for row in broker.store.all("SELECT month, kind, number FROM digest WHERE person = ?", person):
        if row["month"] in found:
            found[row["month"]][row["kind"]] = row["number"]
    return list(found.values())
