"""Permits: a signed bundle comes in, is verified, and is kept with how often each grant was used."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from sqlite3 import Connection, IntegrityError
from typing import Any

from alcaldia.broker import accesses, kiosks, passkeys, seals, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.vault import purposes
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.decision import (
    OFFICIAL,
    Standing,
)
from alcaldia.vault.rules.grant import LONGEST, BadGrant, Grant, Send, read_send, withdrawal

BY_CODE = "by code"
"""In place of an official, at the second broker: the person's code was all it could check."""
_NOT_ONE = "El permiso no se entiende. No se guardó nada; actualice la página e intente de nuevo."


def read(told: Any) -> Send:
    """The bundle. Raises Refusal."""
    try:
        return read_send(told)
    except BadGrant as error:
        raise Refusal("bad_grant", _NOT_ONE) from error


def give(broker: Broker, *, send: dict[str, Any], assertion: dict[str, Any]) -> list[str]:
    """Keep what a person signed; returns the grants' ids. The same bundle twice is the same permits."""
    now, found = broker.now(), read(send)
    person = found.grants[0].person
    count = check_signature(broker, found, assertion, person, now)
    if broker.guardian is not None:
        broker.guardian.ask("give", send=send, assertion=assertion)
    return keep(broker, found, assertion, now, also=count)


def check_second(broker: Broker) -> None:
    """A first broker wants an official's signature as well; there a code alone must give nothing."""
    if not broker.config.second:
        raise Refusal("not_second", "Este custodio no es el segundo de nadie.", status=403)


def withdraw(broker: Broker, connection: Connection, grant: str, now: datetime, how: str) -> None:
    """It opens nothing from now on, and its person reads how that came; twice is once."""
    connection.execute(
        "UPDATE permit SET revoked = coalesce(revoked, ?) WHERE id = ?", (now.isoformat(), grant)
    )
    found, _ = standing(broker, grant, now)
    accesses.insert(broker, connection, [event(access.REVOKED, found, now, detail=how)])


def keep_sealed(broker: Broker, send: Send, assertion: dict[str, Any]) -> list[str]:
    """Keep permits whose giver the caller has recognised; `assertion` is the broker's own seal over them."""
    return keep(broker, send, assertion, broker.now())


def check_signature(
    broker: Broker, send: Send, assertion: dict[str, Any], signer: str, now: datetime
) -> Callable[[Connection], None]:
    """What keeps the key's new counter. Raises Refusal; a counter that went back is a cloned key, as at a session.

    A bundle that is kept already may come again as it was: it gives nothing new.
    """
    row = subjects.passkey(broker, passkeys.credential_of(assertion), signer, now)
    last = 0 if is_kept(broker, send) else row["count"]
    count = passkeys.asserted(broker.config, assertion, send.challenge(), row["public"], last)

    def keep(connection: Connection) -> None:
        connection.execute("UPDATE passkey SET count = ? WHERE credential = ?", (count, row["credential"]))

    return keep


def is_kept(broker: Broker, send: Send) -> bool:
    """Was this very bundle given before?"""
    return broker.store.one("SELECT 1 FROM bundle WHERE hash = ?", send.challenge().hex()) is not None


def keep(
    broker: Broker,
    send: Send,
    assertion: dict[str, Any],
    now: datetime,
    *,
    assisted: str = "",
    also: Any = None,
) -> list[str]:
    """Keep a bundle whose signature the caller has checked; `assisted` is whoever signed it where its person did not."""
    person, name = send.grants[0].person, send.challenge().hex()
    if is_kept(broker, send):
        return [grant.id for grant in send.grants]
    for grant in send.grants:
        purposes.check(grant.purpose)
        if grant.not_after - grant.not_before > LONGEST or grant.not_after < now:
            raise Refusal("bad_period", "El permiso ya venció o dura más de 90 días. Dé uno nuevo.")

    def insert(connection: Connection) -> None:
        if also:
            also(connection)
        told = (
            name,
            person,
            canonical(send.body()).decode(),
            json.dumps(assertion),
            assisted,
            now.isoformat(),
        )
        connection.execute("INSERT INTO bundle VALUES (?, ?, ?, ?, ?, ?)", told)
        rows = [(g.id, name, at, person, g.nonce, g.office, g.case) for at, g in enumerate(send.grants)]
        sql = "INSERT INTO permit (id, bundle, place, person, nonce, office, number) VALUES (?, ?, ?, ?, ?, ?, ?)"
        connection.executemany(sql, rows)

    how = _how(assisted, _name_of(broker, assisted))
    given = [event(access.GIVEN, grant, now, detail=how) for grant in send.grants]
    try:
        accesses.write(broker, given, insert)
    except IntegrityError as error:
        raise Refusal(
            "nonce_used", "Ese permiso ya se había dado. Actualice la página y dé uno nuevo."
        ) from error
    return [grant.id for grant in send.grants]


def event(kind: str, grant: Grant, now: datetime, detail: str = "") -> Access:
    """What happened to a permit, for its person."""
    return Access(
        kind, now.isoformat(), grant.person, office=grant.office, fields=grant.fields, purpose=grant.purpose,
        case=grant.case, grant=grant.id, detail=detail,
    )  # fmt: skip


def _name_of(broker: Broker, assisted: str) -> str:
    """Of a kiosk; "" where something else vouched."""
    row = broker.store.one("SELECT name FROM kiosk WHERE subject = ?", assisted)
    return str(row["name"]) if row else ""


def _how(assisted: str, kiosk: str) -> str:
    """How a permit was given, as accesses tell it: "" by its person's own key."""
    return access.at_kiosk(kiosk) if kiosk else assisted and "assisted"


def standing(broker: Broker, id: str, now: datetime) -> tuple[Grant, Standing]:
    """A permit and what is known of it now, its signature verified again. Raises NotFound."""
    row = broker.store.one(
        "SELECT p.*, b.send, b.assertion, b.assisted, b.given, s.erased, k.name AS kiosk FROM permit p"
        " JOIN bundle b ON b.hash = p.bundle JOIN subject s ON s.subject = p.person"
        " LEFT JOIN kiosk k ON k.subject = b.assisted WHERE p.id = ?",
        id,
    )
    if row is None:
        raise NotFound("grant_unknown", "Ese permiso no existe. Pida a la persona que lo dé desde su cuenta.")
    send = _kept(row["send"])
    grant = send.grants[row["place"]]
    signed = grant.id == id and _still_signed(broker, send, row, now)
    revoked, erased = bool(row["revoked"]), bool(row["erased"])
    purposed = purposes.known(grant.purpose) or row["given"] < broker.purposes_since
    how = _how(row["assisted"], row["kiosk"] or "")
    found = Standing(now, broker.latest, row["used"], signed, revoked, erased, purposed, how)
    return grant, found


@lru_cache(maxsize=4096)
def _kept(text: str) -> Send:
    return read(json.loads(text))


def _still_signed(broker: Broker, send: Send, row: Any, now: datetime) -> bool:
    """The key must still count today; whether these bytes are its signature never changes."""
    if row["assisted"] == BY_CODE:
        return broker.config.second
    assertion = json.loads(row["assertion"])
    if row["kiosk"]:
        signature = str(assertion[kiosks.CODE])
        return kiosks.still_signed(broker, row["assisted"], signature, send.challenge())
    if "code" in assertion:
        return seals.sealed_here(broker, send, assertion)
    try:
        key = subjects.passkey(
            broker, passkeys.credential_of(assertion), row["assisted"] or row["person"], now
        )
        return passkeys.signed(broker.config, row["assertion"], send.challenge(), key["public"])
    except Refusal:
        return False


def revoke(broker: Broker, *, grant: str, token: str) -> None:
    """Withdraw a permit of one's own, at once; twice is once."""
    person, now = subjects.person_session(broker, token), broker.now()
    row = broker.store.one("SELECT revoked FROM permit WHERE id = ? AND person = ?", grant, person)
    if row is None:
        raise NotFound("grant_unknown", "No encontramos ese permiso entre los suyos.")
    if row["revoked"]:
        return
    found, _ = standing(broker, grant, now)

    def mark(connection: Connection) -> None:
        connection.execute("UPDATE permit SET revoked = ? WHERE id = ?", (now.isoformat(), grant))

    accesses.write(broker, [event(access.REVOKED, found, now)], mark)
    if broker.guardian is not None:
        broker.guardian.ask("revoke_grant", grant=grant, token=subjects.session(broker, token).other)


def revoke_signed(broker: Broker, *, grant: str, assertion: dict[str, Any]) -> None:
    """Withdraw a permit by the person's own signature over exactly that; needs no session. Twice is once."""
    now = broker.now()
    row = broker.store.one("SELECT revoked, person FROM permit WHERE id = ?", grant)
    if row is None:
        raise NotFound("grant_unknown", "No encontramos ese permiso entre los suyos.")
    key = subjects.passkey(broker, passkeys.credential_of(assertion), row["person"], now)
    passkeys.asserted(broker.config, assertion, withdrawal(grant), key["public"], 0)
    if not row["revoked"]:
        with broker.store.transaction() as connection:
            withdraw(broker, connection, grant, now, "signed")
    if broker.guardian is not None:
        broker.guardian.ask("revoke_signed", grant=grant, assertion=assertion)


def of_person(broker: Broker, *, token: str) -> list[dict[str, Any]]:
    """The permits that one gave, newest first; `read` are the fields that were ever looked at under each."""
    person = subjects.person_session(broker, token)
    sql = "SELECT l.permit, l.field FROM looked l JOIN permit p ON p.id = l.permit WHERE p.person = ?"
    read: dict[str, list[str]] = {}
    for row in broker.store.all(sql, person):
        read.setdefault(row["permit"], []).append(row["field"])
    return [{**one, "read": read.get(one["id"], [])} for one in _told(broker, "p.person = ?", person)]


def of_case(broker: Broker, *, case: str, token: str) -> list[dict[str, Any]]:
    """The permits to an official's offices for one case, by its exact number; there is no other way to search.

    Found or not, each number that an official tries leaves a line with them, once a minute.
    """
    session, now = subjects.session(broker, token), broker.now()
    who = session.who
    if who.kind != OFFICIAL:
        raise Refusal("officials_only", "Esta consulta es de la oficina.", status=403)
    broker.rates.check("case", who.subject, broker.config.shows_per_minute, now)
    if broker.rates.room("searched", f"{who.subject} {case}", 1, now):
        tried = Access(
            access.SEARCHED, now.isoformat(), who.subject, official=session.name, office=who.acting(), case=case,
            detail="folio",
        )  # fmt: skip
        accesses.write(broker, [tried])
    theirs = json.dumps([office for office, _ in who.posts])
    return _told(broker, "p.number = ? AND p.office IN (SELECT value FROM json_each(?))", case, theirs)


def _told(broker: Broker, where: str, *given: str) -> list[dict[str, Any]]:
    sql = (
        "SELECT p.*, b.send, b.assisted, b.given, k.name AS kiosk FROM permit p JOIN bundle b ON b.hash = p.bundle"
        " LEFT JOIN kiosk k ON k.subject = b.assisted"
    )
    rows = broker.store.all(f"{sql} WHERE {where} ORDER BY b.given DESC, p.place LIMIT 500", *given)
    return [
        {
            "id": row["id"], "grant": json.loads(row["send"])["grants"][row["place"]], "used": row["used"],
            "revoked": row["revoked"], "given": row["given"], "assisted": bool(row["assisted"]),
            "kiosk": row["kiosk"] or "",
        }
        for row in rows
    ]  # fmt: skip
