"""Releases: decide, count and log, and only then open."""

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import accesses, grants, heads, losses, mentions, second, sources, subjects, told
from alcaldia.broker.accesses import Written
from alcaldia.broker.core import Broker
from alcaldia.broker.rates import too_many
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access, operations, provenance, sealing
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.catalogue import CASE, in_case
from alcaldia.vault.rules.decision import OFFICIAL, PERSON, Presence, Reason, Wanted, refusal
from alcaldia.vault.rules.grant import SHOW, USE, Grant, Operation
from alcaldia.vault.rules.sealing import Record
from alcaldia.vault.rules.suites import CannotOpen


def show(
    broker: Broker,
    *,
    grant: str,
    fields: list[str],
    purpose: str,
    case: str,
    token: str,
    records: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """The named fields of the person's records, to an official of the grant's office. Raises Refusal."""
    found = told.read_records(records)
    wanted = Wanted(SHOW, tuple(dict.fromkeys(fields)), purpose, case)
    written, found = _release(broker, grant, wanted, token, found)
    return [shown(item) for item in opened(broker, written, of_case(found, case), set(wanted.fields))]


def of_case(records: list[Record], case: str) -> list[Record]:
    """What a person gave with one request is never opened for another one."""
    return [one for one in records if one.group != CASE or in_case(one.item, case)]


def use(
    broker: Broker, *, grant: str, operation: dict[str, Any], purpose: str, case: str, token: str,
    records: list[dict[str, Any]],
) -> bool | None:  # fmt: skip
    """Yes, no or not known: the answer of one operation; no value leaves this process. Raises Refusal."""
    found, asked = told.read_records(records), told.read_asked(operation)
    wanted = Wanted(USE, tuple(sorted(asked.fields())), purpose, case, asked)
    written, found = _release(broker, grant, wanted, token, found)
    known = sources.keys(broker, asked.source) if asked.source else []
    items = opened(broker, written, of_case(found, case), set(wanted.fields))
    return operations.answer(asked, [_counted(item, asked, known) for item in items])


def own(broker: Broker, *, token: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything in a person's own records, to themself; also this is in the log."""
    person, found = subjects.person_session(broker, token), told.read_records(records)
    if any(record.person != person for record in found):
        raise Refusal("other_person", "Esos datos son de otra persona.", status=403)
    names = sorted({f"{record.group}.{name}" for record in found for name in record.fields})
    losses.check(broker, person, {record.suite for record in found})
    now = broker.now()
    [written] = accesses.write(broker, [Access(access.OWN, now.isoformat(), person, fields=tuple(names))])
    if any(record.half for record in found):
        found = second.completed_own(broker, found, subjects.session(broker, token))
    return [shown(item) for item in opened(broker, written, found, set(names))]


def _release(
    broker: Broker, id: str, wanted: Wanted, token: str, records: list[Record]
) -> tuple[Written, list[Record]]:
    """Decide by the session's presence, count, log; then ask for other halves where custody is split."""
    session = broker.sessions.find(token, broker.now())
    who = session.who if session else Presence()
    name = session.name if session and who.kind != PERSON else ""
    written, _ = release(broker, id, wanted, (who, name), records)
    if any(record.half for record in records):
        records = second.completed(broker, records, id, wanted, session)
    return written, records


def release(
    broker: Broker, id: str, wanted: Wanted, presence: tuple[Presence, str], records: list[Record]
) -> tuple[Written, Grant]:
    """The decision over one request of somebody present, counted and in the log on return. Raises Refusal."""
    now, (who, name) = broker.now(), presence
    if not broker.rates.room("release", who.subject, _limit(broker, who), now):
        raise _too_fast(broker, id, wanted, presence, now)
    grant, standing = grants.standing(broker, id, now)
    reason = refusal(grant, wanted, who, standing)
    event = Access(
        access.USED if wanted.mode == USE else access.SHOWN, now.isoformat(), grant.person, official=name,
        office=who.acting(grant.office) if who.kind == OFFICIAL else grant.office, fields=wanted.fields,
        purpose=wanted.purpose, case=wanted.case, grant=id,
        detail=wanted.operation.name if wanted.operation else standing.assisted,
    )  # fmt: skip
    if reason is not None:
        raise refused(broker, event, reason, who, now, erased=standing.erased)
    others = {record.person for record in records} - {grant.person}
    if others:
        told = [] if who.kind == PERSON else _told_others(broker, event, others)
        raise refused(broker, event, OTHER_PERSON, who, now, erased=False, also=told)
    heads.check(broker, grant.person, {name.partition(".")[0] for name in wanted.fields}, records)
    losses.check(broker, grant.person, {record.suite for record in records})

    def count(connection: Connection) -> None:
        connection.execute("UPDATE permit SET used = used + 1 WHERE id = ?", (id,))
        connection.executemany(
            "INSERT OR IGNORE INTO looked VALUES (?, ?)", [(id, one) for one in wanted.fields]
        )
        heads.remember(connection, records, now)

    also = mentions.of(broker, event, records)
    written, *_ = accesses.write(broker, [event, *also], count)
    return written, grant


OTHER_PERSON = Reason("other_person", "Los datos enviados son de otra persona.")


def _told_others(broker: Broker, event: Access, others: set[str]) -> list[Access]:
    """The same for those whose data were sent under somebody else's permit: who and when, and nothing of that permit."""
    known = []
    for person in sorted(others):
        sql = "SELECT 1 FROM keypair JOIN subject USING (subject) WHERE subject = ? AND current AND erased IS NULL"
        if broker.store.one(sql, person):
            known.append(
                Access(
                    access.REFUSED, event.at, person, official=event.official, office=event.office,
                    fields=event.fields, detail=OTHER_PERSON.code,
                )
            )  # fmt: skip
    return known


def _limit(broker: Broker, who: Presence) -> int:
    return broker.config.shows_per_minute if who.kind != PERSON else 20 * broker.config.shows_per_minute


def _too_fast(
    broker: Broker, id: str, wanted: Wanted, presence: tuple[Presence, str], now: datetime
) -> Refusal:
    """Nothing is looked up any more, except whom to tell."""
    who, name = presence
    row = broker.store.one(
        "SELECT p.person, p.office FROM permit p JOIN keypair k ON k.subject = p.person AND k.current WHERE p.id = ?",
        id,
    )
    if row is not None and who.kind:
        event = Access(
            access.REFUSED, now.isoformat(), row["person"], official=name, office=who.acting(row["office"]),
            fields=wanted.fields, grant=id, detail="too_many",
        )  # fmt: skip
        _tell(broker, who, [event], now, flood=True)
    return too_many()


def refused(
    broker: Broker, event: Access, reason: Reason, who: Presence, now: datetime, *, erased: bool,
    also: Sequence[Access] = (),
) -> Refusal:  # fmt: skip
    """The refusal, after everybody whom it concerns can read of the attempt (unless nobody known made it)."""
    if not who.kind or erased:
        return Refusal(reason.code, reason.sentence, status=403)
    flood = not broker.rates.room("refusal", who.subject, broker.config.refusals_per_minute, now)
    office = event.office if who.kind == OFFICIAL else ""
    told = Access(**{**event.__dict__, "kind": access.REFUSED, "detail": reason.code, "office": office})
    _tell(broker, who, [told, *also], now, flood=flood)
    return too_many() if flood else Refusal(reason.code, reason.sentence, status=403)


def _tell(broker: Broker, who: Presence, events: list[Access], now: datetime, *, flood: bool) -> None:
    """Write of an attempt: whose permit it was each time, but in a flood once a minute; others once a minute.

    So nobody goes untold, and one official's refused attempts write in a minute at most `refusals_per_minute`
    lines, and one more for each person whom they tried.
    """
    new = [one for one in events if broker.rates.room("told", f"{who.subject} {one.person}", 1, now)]
    chosen = [one for one in events if one in new or (one is events[0] and not flood)]
    if chosen:
        accesses.write(broker, chosen)


def opened(
    broker: Broker, written: Written, records: list[Record], wanted: set[str]
) -> list[tuple[Record, dict[str, Any]]]:
    """Each record with the wanted fields it has, opened. Needs a written access; keeps no key."""
    chosen = [one for one in records if any(f"{one.group}.{name}" in wanted for name in one.fields)]
    try:
        keys = {suite: accesses.secret_of(broker, written, suite) for suite in {one.suite for one in chosen}}
        return [(one, _fields(one, keys[one.suite], wanted)) for one in chosen]
    except CannotOpen as error:
        detail = "Un dato de la bóveda no se pudo abrir: está dañado o alguien lo cambió. Avise a la oficina digital."
        raise Refusal("cannot_open", detail, status=409) from error


def _fields(record: Record, secret: bytes, wanted: set[str]) -> dict[str, Any]:
    key = sealing.data_key(record, secret)
    names = [name for name in record.fields if f"{record.group}.{name}" in wanted]
    return {name: sealing.open_field(record, key, name) for name in names}


def shown(item: tuple[Record, dict[str, Any]]) -> dict[str, Any]:
    record, fields = item
    return {"group": record.group, "item": record.item, "number": record.number, "fields": fields}


def _counted(item: tuple[Record, dict[str, Any]], asked: Operation, known: sources.Keys) -> dict[str, Any]:
    """The values that may count: where the operation names a register, only what that register signed."""
    record, fields = item
    found = {}
    for name, held in fields.items():
        place = provenance.Place(record.person, record.group, record.item, name, record.number)
        if not asked.source or sources.signed(held, place, asked.source, known):
            found[f"{record.group}.{name}"] = held["value"]
    return found
