"""Spare keys ("llaves de repuesto"): made, listed and removed by their owner's passkey alone."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Any

from alcaldia.broker import accesses, losses, onetime, spare_rows, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import spelled_groups
from alcaldia.kernel.text import sentence
from alcaldia.vault.rules import access, codes, spare, suites
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.spare import DEVICE, MAKE, PAPER, PERSON, REMOVE, Act
from alcaldia.vault.rules.suites import CannotOpen
from alcaldia.vault.rules.text64 import to_bytes, to_text

MOST, CODE_DAYS = 6, 1


def signed(broker: Broker, what: str, act: Any, assertion: dict[str, Any], token: str) -> Act:
    """The act of the person of this session, signed just now by a passkey of theirs. Raises Refusal; serves once."""
    person, now = subjects.person_session(broker, token), broker.now()
    try:
        found = spare.read_act(act)
        nonce = to_bytes(found.nonce)
    except ValueError as error:
        raise _bad_act() from error
    if found.person != person or found.what != what:
        raise _bad_act()
    broker.challenges.spend(nonce, "spare", person, now)
    with broker.store.transaction() as connection:
        subjects.touched(broker, connection, person, found.challenge(), assertion)
    return found


def make(broker: Broker, *, act: dict[str, Any], assertion: dict[str, Any], token: str) -> dict[str, str]:
    """A spare of the kind that was signed: its id and, for one on paper, the code, which is told here and never kept."""
    _check_whole(broker)
    found, now = signed(broker, MAKE, act, assertion, token), broker.now()
    _check_room(broker, found)
    if losses.is_lost(broker, found.person):
        raise accesses.key_lost()
    row, code = _KINDS[found.kind](broker, found)
    event = Access(access.SPARE_MADE, now.isoformat(), found.person, detail=found.kind)
    with logged(broker, [event]) as connection:
        if found.kind == PERSON:
            _name_helper(broker, connection, found, row, now)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(f"INSERT INTO spare ({', '.join(row)}) VALUES ({values})", row)  # noqa: S608
        spare_rows.fill(broker, connection, row["id"], found.person)
    return {"id": row["id"], "code": code}


@contextmanager
def logged(broker: Broker, events: list[Access]) -> Iterator[Connection]:
    """One transaction that begins with these leaves: what is opened in it is opened after them, and all or nothing stays."""
    with broker.store.transaction() as connection:
        accesses.insert(broker, connection, events)
        yield connection
    broker.seen(datetime.fromisoformat(max(one.at for one in events)))


def remove(broker: Broker, *, act: dict[str, Any], assertion: dict[str, Any], token: str) -> None:
    """Destroy one of one's own, or stop being somebody's trusted person."""
    found, now = signed(broker, REMOVE, act, assertion, token), broker.now()
    row = broker.store.one("SELECT * FROM spare WHERE id = ?", found.about["spare"])
    if row is None or found.person not in {row["subject"], row["helper"]}:
        raise NotFound("spare_unknown", "Esa llave de repuesto ya no está. Actualice la página.")
    kinds = [one["kind"] for one in spare_rows.of(broker, row["subject"]) if one["id"] != row["id"]]
    if found.person == row["subject"] and DEVICE in kinds and not {PAPER, PERSON} & set(kinds):
        detail = "Sólo quedaría la de su aparato, y una llave borrada del aparato se la lleva. Haga antes otra en papel, o quite primero la del aparato."
        raise Refusal("device_alone", detail)
    with broker.store.transaction() as connection:
        spare_rows.gone(broker, connection, row, now, "" if found.person == row["subject"] else "declined")


def mine(broker: Broker, *, token: str) -> dict[str, Any]:
    """What the page of the person of this session shows: their spares, whom they may help, and whether theirs are needed.

    `why` says in a code why they can make none: "split" custody or no "passkey"; "" where they can.
    """
    person, now = subjects.person_session(broker, token), broker.now()
    return {
        "lost": losses.is_lost(broker, person), "why": _why_not(broker, person, now),
        "spares": [_told(row) for row in spare_rows.of(broker, person)],
        "helping": [_told(row) for row in spare_rows.helped_by(broker, person)],
    }  # fmt: skip


def trust_code(broker: Broker, *, token: str) -> str:
    """A one-use code that the person of this session hands to whoever is to name them as trusted person."""
    _check_whole(broker)
    person, now = subjects.person_session(broker, token), broker.now()
    broker.rates.check("trust", person, broker.config.lookups_per_minute, now)
    if _why_not(broker, person, now):
        detail = "Para ser persona de confianza hace falta una llave de acceso. Registre una en su cuenta."
        raise Refusal("needs_key", detail, status=403)
    return onetime.make(broker, "trust", days=CODE_DAYS, subject=person)


def _told(row: Row) -> dict[str, str]:
    told = {name: row[name] or "" for name in ("id", "kind", "made", "asked", "credential", "salt")}
    return {**told, "number": spare.number(row["id"])}


def _why_not(broker: Broker, person: str, now: datetime) -> str:
    if broker.guardian is not None or broker.config.second:
        return "split"
    sql = "SELECT 1 FROM passkey WHERE subject = ? AND revoked IS NULL AND valid_from <= ?"
    return "" if broker.store.one(sql, person, now.isoformat()) else "passkey"


def _check_whole(broker: Broker) -> None:
    if broker.guardian is not None or broker.config.second:
        detail = "Aquí la custodia está dividida entre dos manos y no hay llaves de repuesto: cada custodio cuida su mitad."
        raise Refusal("split_custody", detail, status=403)


def _check_room(broker: Broker, act: Act) -> None:
    kinds = [one["kind"] for one in spare_rows.of(broker, act.person)]
    if len(kinds) >= MOST:
        too_many = sentence("Puede tener hasta %(n)s llaves de repuesto. Quite antes alguna.", n=MOST)
        raise Refusal("too_many_spares", too_many)
    if act.kind == DEVICE and not {PAPER, PERSON} & set(kinds):
        detail = "Haga primero una llave en papel o con una persona de confianza: si se borra la llave del aparato, esta se va con ella."
        raise Refusal("paper_first", detail)


def _paper(_broker: Broker, act: Act) -> tuple[dict[str, Any], str]:
    code = spelled_groups(spare.LETTERS // spare.GROUP, spare.GROUP)
    public = suites.public_half(suites.DEFAULT, spare.seed(codes.spelled(code), suites.DEFAULT, act.person))
    return _row(_broker, act, public=public), code


def _device(broker: Broker, act: Act) -> tuple[dict[str, Any], str]:
    try:
        public, salt = to_bytes(act.about["public"]), to_bytes(act.about["salt"])
        suites.seal(suites.DEFAULT, public, b"", b"")
        if len(salt) != 32:
            raise ValueError("salt")
    except (ValueError, CannotOpen) as error:
        raise _bad_act() from error
    subjects.passkey(broker, to_bytes(act.about["credential"]), act.person, broker.now())
    words = {"credential": act.about["credential"], "salt": act.about["salt"]}
    return _row(broker, act, public=public, **words), ""


def _person(broker: Broker, act: Act) -> tuple[dict[str, Any], str]:
    return _row(broker, act, public=b""), ""


_KINDS = {PAPER: _paper, DEVICE: _device, PERSON: _person}


def _row(broker: Broker, act: Act, *, public: bytes, **words: str) -> dict[str, Any]:
    return {
        "id": to_text(secrets.token_bytes(16)), "subject": act.person, "kind": act.kind, "suite": suites.DEFAULT,
        "public": public, "helper": "", "made": broker.now().isoformat(), **words,
    }  # fmt: skip


def _name_helper(
    broker: Broker, connection: Connection, act: Act, row: dict[str, Any], now: datetime
) -> None:
    """Spend the trusted person's code and seal to their key; they read of it."""
    helper = onetime.spend_marked(connection, act.about["code"], {"trust"}, now)["subject"]
    if helper == act.person:
        raise Refusal("own_code", "Ese código es suyo. Escriba el que le dio su persona de confianza.")
    if any(one["helper"] == helper for one in spare_rows.of(broker, act.person)):
        raise Refusal("already_trusted", "Esa persona ya es de su confianza. No hizo falta nada.")
    row["helper"] = helper
    row["suite"], row["public"] = broker.public_key(helper)
    accesses.insert(broker, connection, [Access(access.TRUSTED, now.isoformat(), helper)])


def _bad_act() -> Refusal:
    return Refusal("bad_act", "Lo que firmó no se entiende. No cambió nada; vuelva a empezar.", status=403)
