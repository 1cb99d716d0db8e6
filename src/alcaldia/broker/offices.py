"""Offices of officials: an official's key opens what was granted to the office that they are of, and to no other."""

from alcaldia.broker import accesses
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import NotFound
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.decision import OFFICIAL


def give(broker: Broker, *, subject: str, office: str, role: str, name: str) -> None:
    """The operator's word: from the next time that they enter, by a key that they have, they are of this office.

    An invitation says the same of somebody who has no key yet. Raises NotFound for whoever is no official here.
    """
    now = broker.now().isoformat()
    with broker.store.transaction() as connection:
        sql = "UPDATE subject SET office = ?, role = ?, name = ? WHERE subject = ? AND kind = ?"
        if not connection.execute(sql, (office, role, name, subject, OFFICIAL)).rowcount:
            raise NotFound(
                "unknown_official", "Esa cuenta todavía no entró nunca a la bóveda. Invítela antes."
            )
    broker.sessions.close_all(subject)
    accesses.write(broker, [Access(access.TOOK_OFFICE, now, subject, office=office)])


def leave(broker: Broker, *, subject: str, office: str, left: bool) -> bool:
    """An official is no longer of that office, or has `left` altogether: nothing is opened to them for it from now on.

    The web may say so without anybody's signature, because it only takes away; a new office is the operator's word.
    Whether there was anything to take away.
    """
    with broker.store.transaction() as connection:
        row = connection.execute(
            "SELECT * FROM subject WHERE subject = ? AND kind = ?", (subject, OFFICIAL)
        ).fetchone()
        if row is None or not (left or (row["office"] and row["office"] == office)):
            return False
        now = broker.now().isoformat()
        connection.execute("UPDATE subject SET office = '', role = '' WHERE subject = ?", (subject,))
        if left:
            connection.execute(
                "UPDATE passkey SET revoked = ? WHERE subject = ? AND revoked IS NULL", (now, subject)
            )
    broker.sessions.close_all(subject)
    detail = "left" if left else "office"
    accesses.write(broker, [Access(access.LEFT_OFFICE, now, subject, office=row["office"], detail=detail)])
    return True
