"""Split custody: a second broker, in other hands, keeps the other half of every data key.

It is this same program with its own folder, user and host. It verifies passkeys, sessions of persons and
grants itself, counts uses and logs on its own; of an official's presence it has only the first broker's word.
"""

from dataclasses import replace
from hashlib import sha256
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import accesses, release, subjects
from alcaldia.broker.core import Broker
from alcaldia.broker.sessions import Session
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access, sealing
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.decision import OFFICIAL, PERSON, Presence, Wanted
from alcaldia.vault.rules.grant import USE
from alcaldia.vault.rules.sealing import Record
from alcaldia.vault.rules.suites import CannotOpen
from alcaldia.vault.rules.text64 import to_bytes, to_text


def hold(broker: Broker, *, subject: str) -> dict[str, str]:
    """The second broker's public key for a person, made on first use."""
    if not broker.store.one("SELECT 1 FROM subject WHERE subject = ?", subject):
        with broker.store.transaction() as connection:
            subjects.create(broker, connection, subject)
    return subjects.certificate(broker, subject)


def joint(before: bytes, own: bytes) -> bytes:
    """One challenge out of two: whoever signs it answers both brokers."""
    return sha256(b"alcaldia joint challenge" + before + own).digest()


def halves(
    broker: Broker, *, grant: str, mode: str, fields: list[str], operation: dict[str, Any] | None, purpose: str,
    case: str, presence: dict[str, str], name: str, token: str, records: list[dict[str, Any]],
) -> list[str]:  # fmt: skip
    """The other halves of these records' keys, under the same table, count and log as at the first broker."""
    asked = release.read_asked(operation) if operation else None
    wanted = Wanted(mode, tuple(fields), purpose, case, asked)
    found = release.read_records(records)
    who = Presence(**presence)
    if who.kind == PERSON:
        who = broker.sessions.who(token, broker.now())
    elif who.kind != OFFICIAL:
        who = Presence()
    groups = {field.partition(".")[0] for field in fields}
    if any(one.group not in groups for one in found):
        raise Refusal("other_field", "El permiso no incluye esos datos.", status=403)
    written, _ = release.release(broker, grant, wanted, (who, name), found)
    return [to_text(_half(broker, written, one)) for one in found]


def own_halves(broker: Broker, *, token: str, records: list[dict[str, Any]]) -> list[str]:
    """The same for the person's own eyes, by the session that this broker opened itself."""
    person, found = subjects.person_session(broker, token), release.read_records(records)
    if any(one.person != person for one in found):
        raise Refusal("other_person", "Esos datos son de otra persona.", status=403)
    names = tuple(sorted({one.group for one in found}))
    [written] = accesses.write(broker, [Access(access.OWN, broker.now().isoformat(), person, fields=names)])
    return [to_text(_half(broker, written, one)) for one in found]


def _half(broker: Broker, written: accesses.Written, record: Record) -> bytes:
    """The opened half. Raises Refusal."""
    try:
        secret = accesses.secret_of(broker, written, record.suite)
        return sealing.open_half(record, secret)
    except CannotOpen as error:
        detail = "La otra mitad de la llave no se pudo abrir. Avise a quien custodia la segunda llave."
        raise Refusal("cannot_open", detail, status=409) from error


# What the first broker asks of the second.


def join(broker: Broker, own: bytes, purpose: str, subject: str | None) -> bytes:
    """Bind a challenge of ours to a fresh one of the second broker; the web sees only the joint one."""
    other = to_bytes(broker.second().ask("challenge", purpose=purpose, subject=subject))
    return broker.challenges.join(own, other, joint(own, other))


def enrol(
    broker: Broker, subject: str, mates: tuple[bytes, bytes], credential: dict[str, Any], authority: dict[str, Any]
) -> None:  # fmt: skip
    """The same new passkey, verified again by the second broker."""
    given: dict[str, Any] = {"kind": "first", "code": str(authority.get("code") or "")}
    if authority.get("kind") == "session":
        token = subjects.session(broker, str(authority.get("token"))).other
        given = {"kind": "session", "token": token}
    broker.second().ask(
        "enrol", subject=subject, challenge=to_text(mates[1]), before=to_text(mates[0]), credential=credential,
        authority=given,
    )  # fmt: skip


def by_first(broker: Broker, connection: Connection, subject: str, given: dict[str, Any], now: Any) -> Any:
    """At the second broker: the first key of somebody who has none here, or a code of its own operator's."""
    if subject[:2] != "p_":
        raise Refusal("not_allowed", "Aquí sólo se guardan llaves de personas.", status=403)
    known = connection.execute("SELECT 1 FROM subject WHERE subject = ?", (subject,)).fetchone()
    has = connection.execute("SELECT 1 FROM passkey WHERE subject = ?", (subject,)).fetchone()
    if has:
        return subjects.AUTHORITIES["code"](broker, connection, subject, given, now)
    if not known:
        subjects.create(broker, connection, subject)
    return now


subjects.AUTHORITIES["first"] = by_first


def open_session(broker: Broker, subject: str, mates: tuple[bytes, bytes], assertion: dict[str, Any]) -> str:
    """The second broker's token for the same touch."""
    told = broker.second().ask(
        "open_session", subject=subject, challenge=to_text(mates[1]), before=to_text(mates[0]), assertion=assertion
    )  # fmt: skip
    return str(told)


def completed(
    broker: Broker, records: list[Record], grant: str, wanted: Wanted, session: Session | None
) -> list[Record]:
    """The records with their other halves opened, where they have any. Raises Refusal."""
    who = session.who if session else Presence()
    asked = wanted.operation.body() if wanted.mode == USE and wanted.operation else None
    groups = {field.partition(".")[0] for field in wanted.fields}
    chosen = [one for one in records if one.half and one.group in groups]
    given = {
        "grant": grant, "mode": wanted.mode, "fields": list(wanted.fields), "operation": asked,
        "purpose": wanted.purpose, "case": wanted.case, "presence": dict(vars(who)), "name": session.name if session else "",
        "token": session.other if session else "",
    }  # fmt: skip
    return _with_halves(broker, "halves", records, chosen, given)


def completed_own(broker: Broker, records: list[Record], session: Session) -> list[Record]:
    """The same for the person's own eyes."""
    chosen = [one for one in records if one.half]
    return _with_halves(broker, "own_halves", records, chosen, {"token": session.other})


def _with_halves(
    broker: Broker, door: str, records: list[Record], chosen: list[Record], given: dict[str, Any]
) -> list[Record]:
    if not chosen:
        return records
    # No ciphertext goes there: the second broker has nothing that its half would open.
    bare = [replace(one, fields={}, sealed=b"", suite=sealing.suite_of_half(one)).wire() for one in chosen]
    told = broker.second().ask(door, records=bare, **given)
    opened = {id(one): to_bytes(text) for one, text in zip(chosen, told, strict=True)}
    return [replace(one, other=opened.get(id(one), b"")) for one in records]
