"""What officials at a counter said of somebody's recovery: it waits a day, and after a week it says nothing any more."""

from datetime import datetime, timedelta
from hashlib import sha256
from sqlite3 import Connection

from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import codes

DELAY = timedelta(hours=24)
"""From the first approval to a key by that code: time for the person, who is told, to stop it."""
LIFE = timedelta(days=7)
"""As long as the page of the counter holds a recovery open (`identity.recovery.LIFE`): a week leaves time for the second
official, the day of delay and the person's way back; a signature from months ago must not be half of a new recovery."""


def keep(connection: Connection, *, code_hash: str, official: str, subject: str, now: datetime) -> None:
    """One official's word; the same twice is one. Whatever has lapsed, of anybody, is forgotten with it."""
    forget_lapsed(connection, now)
    row = (code_hash, official, subject, now.isoformat())
    connection.execute("INSERT OR IGNORE INTO approval VALUES (?, ?, ?, ?)", row)


def forget_lapsed(connection: Connection, now: datetime) -> None:
    """Drop what no longer counts."""
    connection.execute("DELETE FROM approval WHERE at <= ?", ((now - LIFE).isoformat(),))


def withdraw(connection: Connection, *, code_hash: str, subject: str) -> None:
    """The recovery was stopped: what officials said of it counts no more."""
    connection.execute("DELETE FROM approval WHERE hash = ? AND subject = ?", (code_hash, subject))


def spend(connection: Connection, code: str, subject: str, now: datetime) -> bool:
    """Did two officials approve this code for the subject, a day ago or more and each within the last week?

    It is spent by asking. Raises Refusal where the day has not passed or one of the two has lapsed.
    """
    hashed = sha256(f"alcaldia.recovery\n{codes.spelled(code)}".encode()).hexdigest()
    sql = "SELECT at FROM approval WHERE hash = ? AND subject = ? ORDER BY at"
    given = [datetime.fromisoformat(row["at"]) for row in connection.execute(sql, (hashed, subject))]
    counting = [at for at in given if at + LIFE > now]
    if len(given) < 2:
        return False
    if len(counting) < 2:
        detail = "La autorización de ventanilla venció: vale siete días. Pida en ventanilla que dos funcionarios la hagan de nuevo."
        raise Refusal("approval_lapsed", detail, status=403)
    if counting[0] + DELAY > now:
        detail = "La recuperación todavía está en su plazo de un día. Vuelva cuando termine."
        raise Refusal("not_yet", detail, status=403)
    connection.execute("DELETE FROM approval WHERE hash = ?", (hashed,))
    return True
