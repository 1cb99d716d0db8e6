"""What officials at a counter said of somebody's recovery: it waits a day, and after a week it says nothing any more."""

from datetime import datetime, timedelta
from sqlite3 import Connection

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.key_acts import both_marks
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
    """Did two officials approve the two halves of this code for the subject, a day ago or more and each within the last week?

    It is spent by asking. Raises Refusal where the day has not passed or one of the two has lapsed.
    """
    marks = both_marks(codes.spelled(code))
    sql = "SELECT hash, official, at FROM approval WHERE hash IN (?, ?) AND subject = ? ORDER BY at"
    given = [
        (row["hash"], row["official"], datetime.fromisoformat(row["at"]))
        for row in connection.execute(sql, (*marks, subject))
    ]
    counting = [one for one in given if one[2] + LIFE > now]
    if not _by_two(given, marks):
        return False
    if not _by_two(counting, marks):
        detail = "La autorización de ventanilla venció: vale siete días. Pida en ventanilla que dos funcionarios la hagan de nuevo."
        raise Refusal("approval_lapsed", detail, status=403)
    if counting[0][2] + DELAY > now:
        detail = "La recuperación todavía está en su plazo de un día. Vuelva cuando termine."
        raise Refusal("not_yet", detail, status=403)
    connection.execute("DELETE FROM approval WHERE hash IN (?, ?)", marks)
    return True


def _by_two(given: list[tuple[str, str, datetime]], marks: tuple[str, str]) -> bool:
    """Is there an official for each half, and another one for the other?"""
    first, second = ({official for mark, official, _ in given if mark == one} for one in marks)
    return bool(first and second) and len(first | second) > 1
