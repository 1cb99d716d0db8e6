"""A key is added: on what authority, and what the broker tells of it afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import accesses, approvals, offices, onetime, passkeys, second, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.key_acts import further_key
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.decision import OFFICIAL, PERSON
from alcaldia.vault.rules.offices import split
from alcaldia.vault.rules.sealed_key import enrolled
from alcaldia.vault.rules.text64 import to_bytes, to_text

HAS_KEYS = {
    PERSON: "Esa cuenta ya tiene una llave: un código de activación no le agrega otra. Entre con ella, use un código impreso o vaya a ventanilla.",
    OFFICIAL: "Esa cuenta ya tiene una llave: una invitación no le agrega otra. Entre con ella; si se perdió, quien opera el sistema la quita antes de invitar de nuevo.",
}


@dataclass(frozen=True)
class Asked:
    """A key to be added: whose, on what authority, and the 32 bytes that an earlier key signs to allow exactly it."""

    subject: str
    given: dict[str, Any]
    over: bytes
    now: datetime


def enrol(
    broker: Broker, *, subject: str, challenge: str, credential: dict[str, Any], authority: dict[str, Any],
    before: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Add a passkey on one of the authorities of `AUTHORITIES`; the enrolment is a leaf of the log.

    Whoever has just made the first key of this device is present: the certificate comes with a session's
    `token`, but for a key added under a session that is open already and split custody, where both brokers want
    a touch of their own. `seal` is ours over the key, for the city's log. `before`: at a second broker, the first
    one's part of the joint challenge.
    """
    now, raw = broker.now(), to_bytes(challenge)
    mates = broker.challenges.spend(raw, "enrol", subject, now)
    signed = to_bytes(before) + raw
    found = passkeys.registered(broker.config, credential, signed)
    rule = AUTHORITIES.get(str(authority.get("kind")))
    if rule is None:
        raise Refusal("not_allowed", subjects.NOT_ALLOWED, status=403)
    over = sha256(further_key(subject, signed, found.credential_id, found.credential_public_key)).digest()
    with broker.store.transaction() as connection:
        rule(broker, connection, Asked(subject, authority, over, now))
        public, count = found.credential_public_key, found.sign_count
        row = (found.credential_id, subject, public, count, now.isoformat())
        connection.execute(
            "INSERT INTO passkey (credential, subject, public, count, valid_from) VALUES (?, ?, ?, ?, ?)", row
        )
        if mates and subject[:2] == "p_":
            second.enrol(broker, subject, mates, credential, _for_second(broker, authority))
    mark = sha256(found.credential_public_key).hexdigest()
    accesses.write(
        broker, [Access(access.ENROLLED, now.isoformat(), subject, detail=f"{authority['kind']} {mark}")]
    )
    opens = authority["kind"] in {"new", "code", "invitation"} and not mates
    token = subjects.session_of(broker, subject) if opens else ""
    seal = to_text(broker.seal.sign(enrolled(subject, found.credential_public_key)))
    return {**subjects.certificate(broker, subject), "token": token, "seal": seal}


def adopt_key(broker: Broker, connection: Connection, subject: str, credential: bytes, public: bytes) -> None:
    """At a second broker that learns whom the first has: a key without a touch, which its owner reads of (adopting)."""
    now = broker.now().isoformat()
    connection.execute(
        "INSERT INTO passkey (credential, subject, public, count, valid_from) VALUES (?, ?, ?, 0, ?)",
        (credential, subject, public, now),
    )
    mark = sha256(public).hexdigest()
    accesses.insert(broker, connection, [Access(access.ENROLLED, now, subject, detail=f"adopted {mark}")])


def _for_second(broker: Broker, authority: dict[str, Any]) -> dict[str, Any]:
    """By what right the second broker adds the same key: its own token of this session, or its own operator's code."""
    if authority["kind"] == "session":
        return {**authority, "token": subjects.session(broker, str(authority.get("token"))).other}
    return {"kind": "first", "code": str(authority.get("code") or "")}


def _by_new(broker: Broker, connection: Connection, asked: Asked) -> None:
    if asked.subject[:2] != "p_":
        raise Refusal("not_allowed", subjects.NOT_ALLOWED, status=403)
    subjects.create(broker, connection, asked.subject)


def _by_session(broker: Broker, connection: Connection, asked: Asked) -> None:
    """The token alone would let a hacked web add a key: a key that was there before signs exactly the new one."""
    if subjects.session(broker, str(asked.given.get("token"))).who.subject != asked.subject:
        raise Refusal("not_allowed", subjects.NOT_ALLOWED, status=403)
    subjects.touched(broker, connection, asked.subject, asked.over, asked.given.get("assertion"))


def _by_code(broker: Broker, connection: Connection, asked: Asked) -> None:
    code = str(asked.given.get("code"))
    if approvals.spend(connection, code, asked.subject, asked.now):
        return
    row = onetime.spend(connection, code, {"activation", "recovery"}, asked.now)
    if row["subject"] != asked.subject:
        raise Refusal("not_allowed", subjects.NOT_ALLOWED, status=403)
    if row["kind"] == "activation" and not broker.config.second:
        # A second broker knows neither printed codes nor the counter: its own operator's code is the way back.
        check_without_keys(broker, asked.subject)
        # Those on their other bills lie in drawers and letter boxes: what is open is not opened again.
        connection.execute("DELETE FROM code WHERE subject = ? AND kind = 'activation'", (asked.subject,))


def check_without_keys(broker: Broker, subject: str) -> None:
    """What the operator hands out opens an account that nobody has opened yet, never one with an owner. Raises Refusal."""
    if subjects.has_keys(broker, subject):
        raise Refusal("has_keys", HAS_KEYS[subjects.KINDS[subject[:2]]], status=403)


def _by_invitation(broker: Broker, connection: Connection, asked: Asked) -> None:
    subject = asked.subject
    row = onetime.spend(connection, str(asked.given.get("code")), {"invitation"}, asked.now)
    if subject[:2] != "o_" or row["subject"] not in {"", subject}:
        raise Refusal("not_allowed", subjects.NOT_ALLOWED, status=403)
    if not connection.execute("SELECT 1 FROM subject WHERE subject = ?", (subject,)).fetchone():
        subjects.create(broker, connection, subject, name=row["name"])
    elif row["subject"] != subject:
        raise Refusal("not_allowed", subjects.NOT_ALLOWED, status=403)
    else:
        check_without_keys(broker, subject)
        connection.execute("UPDATE subject SET name = ? WHERE subject = ?", (row["name"], subject))
    if split(row["office"])[0]:  # an invitation of before ADR 61 names no town, and nothing would open by it
        offices.replace(connection, subject, [offices.Post(row["office"], row["role"])])


def _by_first(broker: Broker, connection: Connection, asked: Asked) -> None:
    """At the second broker: the first key of somebody who has none here, or a code of its own operator's."""
    subject = asked.subject
    if subject[:2] != "p_":
        raise Refusal("not_allowed", "Aquí sólo se guardan llaves de personas.", status=403)
    known = connection.execute("SELECT 1 FROM subject WHERE subject = ?", (subject,)).fetchone()
    if connection.execute("SELECT 1 FROM passkey WHERE subject = ?", (subject,)).fetchone():
        _by_code(broker, connection, asked)
    elif not known:
        subjects.create(broker, connection, subject)


Rule = Callable[[Broker, Connection, Asked], None]
AUTHORITIES: dict[str, Rule] = {
    "new": _by_new,
    "session": _by_session,
    "code": _by_code,
    "first": _by_first,
    "invitation": _by_invitation,
}
"""By what right a key is added → who checks it."""


def subject_of_code(broker: Broker, code: str) -> str:
    """Whose first key an activation code may enrol. Raises Refusal as a wrong code does, also where they have a key."""
    subject = onetime.owner(broker, code, {"activation"})
    if subjects.has_keys(broker, subject):
        raise Refusal("bad_code", onetime.BAD_CODE, status=403)
    return subject
