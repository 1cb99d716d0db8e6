"""The council's procedure: off unless named, loud when used. The opening is in the log before anything opens."""

import json
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Any

from alcaldia.broker import accesses, grants, heads, losses, mentions, release, second, subjects, told
from alcaldia.broker.accesses import Written
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access, emergency
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.decision import Presence, Reason, read_presence
from alcaldia.vault.rules.emergency import BadOrder, Change, Council, Facts, Order
from alcaldia.vault.rules.sealing import Record
from alcaldia.vault.rules.text64 import to_bytes

Opening = tuple[Order, str, tuple[str, ...]]


def name(
    broker: Broker, *, needed: int, members: list[str], signatures: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Name the council; `needed` 0 switches the procedure off at once, by the operator. All are public leaves.

    The operator names the first; whoever follows is named by enough members of the last one, even after it was
    switched off. Raises Refusal.
    """
    now = broker.now()
    try:
        council = emergency.read_council(needed, members, now) if needed else emergency.OFF
    except (BadOrder, ValueError) as error:
        detail = (
            "Un consejo tiene de 2 a 16 integrantes con llaves distintas, y deben firmar más de la mitad."
        )
        raise Refusal("bad_council", detail) from error
    signed = _given_way(broker, needed, members, signatures or []) if needed else ()
    with broker.store.transaction() as connection:
        row = (needed, json.dumps(members if needed else []), now.isoformat())
        connection.execute("INSERT INTO council (needed, members, since) VALUES (?, ?, ?)", row)
        broker.log.append([emergency.named_leaf(council, signed)])
    return public(broker)


def change(broker: Broker, *, needed: int, members: list[str]) -> dict[str, Any] | None:
    """What members of the last council must sign so that this one follows it; None where there never was one."""
    old = _last(broker)
    return Change(old, needed, tuple(members)).body() if old.needed else None


def _given_way(
    broker: Broker, needed: int, members: list[str], signatures: list[dict[str, str]]
) -> tuple[str, ...]:
    old = _last(broker)
    signed = emergency.signers(Change(old, needed, tuple(members)), old, signatures)
    if len(signed) < old.needed:
        detail = (
            f"Ya hubo un consejo y sólo él nombra al siguiente: hacen falta {old.needed} firmas suyas sobre este cambio y hay"
            f" {len(signed)}. Mientras tanto puede apagar el procedimiento."
        )
        raise Refusal("council_must_sign", detail, status=403)
    return signed


def public(broker: Broker) -> dict[str, Any]:
    """For everybody: how many of how many, from when, and how often it was used."""
    found = _council(broker)
    used = broker.store.one("SELECT count(*) AS n, max(at) AS last FROM emergency")
    since = (found.since + emergency.DELAY).isoformat() if found.since and found.needed else ""
    return {
        "needed": found.needed, "members": len(found.members), "since": since,
        "keys": [emergency.fingerprint(one) for one in found.members],
        "used": int(used["n"]) if used else 0, "last": (used["last"] if used else None) or "",
    }  # fmt: skip


def _council(broker: Broker) -> Council:
    return _read(broker.store.one("SELECT * FROM council ORDER BY id DESC LIMIT 1"))


def _last(broker: Broker) -> Council:
    """The last council there was, though it be switched off."""
    return _read(broker.store.one("SELECT * FROM council WHERE needed > 0 ORDER BY id DESC LIMIT 1"))


def _read(row: Row | None) -> Council:
    if row is None or not row["needed"]:
        return emergency.OFF
    keys = tuple(to_bytes(one) for one in json.loads(row["members"]))
    return Council(row["needed"], keys, datetime.fromisoformat(row["since"]))


def subject(broker: Broker, *, order: dict[str, Any], signatures: list[dict[str, str]], token: str) -> str:
    """Whose records an order needs, to the official who may use it; a random id, and only if all else is right."""
    return _decided(broker, order, signatures, _presence(broker, token))[1]


def open_(
    broker: Broker, *, order: dict[str, Any], signatures: list[dict[str, str]], token: str,
    records: list[dict[str, Any]],
) -> list[dict[str, Any]]:  # fmt: skip
    """The fields of the order, once; the person reads it within a second. Raises Refusal."""
    presence, found = _presence(broker, token), told.read_records(records)
    opening = _decided(broker, order, signatures, presence)
    written = _written(broker, opening, presence, found)
    if any(one.half for one in found):
        found = second.completed_by_council(broker, found, opening[0], signatures, presence)
    found = release.of_case(found, opening[0].case)
    return [release.shown(item) for item in release.opened(broker, written, found, set(opening[0].fields))]


def halves(
    broker: Broker, *, order: dict[str, Any], signatures: list[dict[str, str]], presence: dict[str, Any], name: str,
    records: list[dict[str, Any]],
) -> list[str]:  # fmt: skip
    """At a second broker: it checks the same order against the council that its own operator named."""
    from alcaldia.broker.split import half_text

    grants.check_second(broker)
    who, found = (read_presence(presence), name), told.read_records(records)
    opening = _decided(broker, order, signatures, who)
    written = _written(broker, opening, who, found)
    return [half_text(broker, written, one) for one in found]


def _presence(broker: Broker, token: str) -> tuple[Presence, str]:
    session = subjects.session(broker, token)
    return session.who, session.name


def _decided(
    broker: Broker, order: dict[str, Any], signatures: list[dict[str, str]], presence: tuple[Presence, str]
) -> Opening:
    """Order, person and signers. Raises Refusal, after the person can read of the attempt."""
    who, name = presence
    now = broker.now()
    broker.rates.check("emergency", who.subject, broker.config.lookups_per_minute, now)
    try:
        found = emergency.read_order(order)
    except BadOrder as error:
        raise Refusal(
            "bad_order", "La orden no se entiende. Hagan otra en la página de la oficina."
        ) from error
    council, people = _council(broker), _people(broker, found.case)
    signed = emergency.signers(found, council, signatures)
    spent = bool(broker.store.one("SELECT 1 FROM emergency WHERE nonce = ?", found.nonce))
    facts = Facts(now, council, len(signed), who, len(people), spent)
    reason = emergency.refusal(found, facts)
    if reason is None:
        return found, people[0], signed
    if len(people) == 1:
        event = _event(access.REFUSED, found, people[0], who, name, now, reason[0])
        raise release.refused(broker, event, Reason(*reason), who, now, erased=False)
    raise Refusal(reason[0], reason[1], status=403)


def _people(broker: Broker, case: str) -> list[str]:
    sql = (
        "SELECT DISTINCT p.person FROM permit p JOIN subject s ON s.subject = p.person"
        " WHERE p.number = ? AND s.erased IS NULL LIMIT 2"
    )
    return [row["person"] for row in broker.store.all(sql, case)]


def _written(
    broker: Broker, opening: Opening, presence: tuple[Presence, str], records: list[Record]
) -> Written:
    """Count it, in public, and tell the person: all in one flush, before anything is opened."""
    order, person, signed = opening
    (who, name), now = presence, broker.now()
    if any(one.person != person for one in records):
        raise Refusal("other_person", "Los datos enviados son de otra persona.", status=403)
    heads.check(broker, person, {one.partition(".")[0] for one in order.fields}, records)
    losses.check(broker, person, {one.suite for one in records})
    council = _council(broker)
    event = _event(access.EMERGENCY, order, person, who, name, now, f"{len(signed)}/{len(council.members)}")

    def count(connection: Connection) -> None:
        number = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM emergency").fetchone()[0]
        [place] = broker.log.append([emergency.opened_leaf(number, order, signed, council)])
        row = (number, order.nonce, now.isoformat(), place)
        connection.execute("INSERT INTO emergency VALUES (?, ?, ?, ?)", row)

    written, *_ = accesses.write(broker, [event, *mentions.of(broker, event, records)], count)
    return written


def _event(
    kind: str, order: Order, person: str, who: Presence, name: str, now: datetime, detail: str
) -> Access:
    return Access(
        kind, now.isoformat(), person, official=name, office=who.acting(order.office), fields=order.fields, purpose=order.reason,
        case=order.case, detail=detail,
    )  # fmt: skip
