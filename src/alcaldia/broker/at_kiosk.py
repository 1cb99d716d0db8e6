"""Permits at a kiosk: the person's one-use code and the machine's key. Nobody was looking, so it is the weakest of all.

It is as small as one at a counter, of one grant, for an office of the kiosk's own municipality, and ends with the kiosk.
"""

from contextlib import suppress
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import accesses, assisted, grants, kiosks, onetime
from alcaldia.broker.core import Broker
from alcaldia.broker.kiosks import Kiosk
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.vault.rules import access, offices
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.grant import Send


def person(broker: Broker, *, kiosk: str, code: str, signature: str) -> dict[str, str]:
    """Whose code was typed there, which is not spent yet, and the kiosk. Raises Refusal, and counts every attempt."""
    found = kiosks.live(broker, kiosk)
    kiosks.check_tried(found, code, signature)
    _count(broker, found)
    whose = onetime.owner(broker, code, {assisted.ASSIST})
    return {"person": whose, "town": found.town, "name": found.name}


def give(broker: Broker, *, kiosk: str, send: dict[str, Any], code: str, signature: str) -> dict[str, str]:
    """Keep what the kiosk signed for whoever's code it is, once: the permit's id and the code that voids it."""
    found, sent = kiosks.live(broker, kiosk), grants.read(send)
    if not kiosks.signed(found, signature, sent.challenge()):
        raise kiosks.bad_signature()
    _count(broker, found)
    _check_fits(broker, found, sent)
    [id] = assisted.keep_with_code(broker, sent, code, {kiosks.CODE: signature}, found.subject)
    whose = sent.grants[0].person
    return {"id": id, "void": onetime.make(broker, "void", days=2, subject=whose, name=id)}


def _count(broker: Broker, kiosk: Kiosk) -> None:
    """Only what the machine itself signed: a stranger who knows its account cannot use up its tries."""
    broker.rates.check("assist", kiosk.subject, broker.config.lookups_per_minute, broker.now())


def _check_fits(broker: Broker, kiosk: Kiosk, send: Send) -> None:
    if grants.is_kept(broker, send):
        raise Refusal("given_already", "Ese permiso ya se dio. Para dar otro, vuelva a empezar.", status=409)
    if len(send.grants) != 1:
        raise Refusal("assisted_limit", "En un quiosco se da un permiso a la vez. Vuelva a empezar.")
    if offices.split(send.grants[0].office)[0] != kiosk.town:
        detail = "Este quiosco sólo da permisos a oficinas de su municipio. Vaya a la ventanilla del otro."
        raise Refusal("other_town", detail, status=403)


def end(broker: Broker, *, town: str, name: str) -> None:
    """The operator's word: from now on its key signs nothing, and what was given there opens nothing. Raises NotFound.

    Whoever gave a permit there reads it. A second broker is told where it answers; by itself it opens nothing.
    """
    with broker.store.transaction() as connection:
        where = (town, name)
        sql = "DELETE FROM code WHERE kind = ? AND office = ? AND name = ?"
        waited = connection.execute(sql, (kiosks.CODE, *where)).rowcount
        sql = "SELECT subject FROM kiosk WHERE town = ? AND name = ? AND revoked IS NULL"
        row = connection.execute(sql, where).fetchone()
        ended = _end(broker, connection, row["subject"], name) if row else []
    if row is None and not waited:
        raise NotFound("kiosk_unknown", f"No hay un quiosco «{name}» en uso en ese municipio.")
    for id in ended if broker.guardian is not None else []:
        with suppress(Refusal):
            broker.second().ask("withdrawn", grant=id)


def _end(broker: Broker, connection: Connection, subject: str, name: str) -> list[str]:
    """The ids of its permits that ended with it; what its erased givers gave opens nothing anyway."""
    now = broker.now()
    connection.execute("UPDATE kiosk SET revoked = ? WHERE subject = ?", (now.isoformat(), subject))
    sql = (
        "SELECT p.id FROM permit p JOIN bundle b ON b.hash = p.bundle JOIN subject s ON s.subject = p.person"
        " WHERE b.assisted = ? AND p.revoked IS NULL AND s.erased IS NULL"
    )
    given = [
        grants.standing(broker, row["id"], now)[0] for row in connection.execute(sql, (subject,)).fetchall()
    ]
    live = [one for one in given if one.not_after > now]
    rows = [(now.isoformat(), one.id) for one in live]
    connection.executemany("UPDATE permit SET revoked = ? WHERE id = ?", rows)
    told = access.at_kiosk(name)
    events = [Access(access.KIOSK_ENDED, now.isoformat(), subject, detail=told)]
    events += [grants.event(access.KIOSK_ENDED, one, now, detail=told) for one in live]
    accesses.insert(broker, connection, events)
    return [one.id for one in live]
