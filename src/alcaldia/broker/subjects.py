"""Subjects, their key pairs and their passkeys: who may enrol what, and on whose authority."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import accesses, approvals, offices, passkeys, second, spare_rows
from alcaldia.broker.core import Broker
from alcaldia.broker.sessions import Session
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import spelled_groups
from alcaldia.kernel.key_acts import further_key
from alcaldia.vault.rules import access, codes, suites
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.decision import KIOSK, OFFICIAL, PERSON, Presence
from alcaldia.vault.rules.offices import split
from alcaldia.vault.rules.sealed_key import enrolled
from alcaldia.vault.rules.text64 import to_bytes, to_text

KINDS = {"p_": PERSON, "o_": OFFICIAL, "k_": KIOSK}
BAD_CODE = "Ese código no existe, ya se usó o venció. Revíselo letra por letra o pida otro."
_NOT_ALLOWED = "No hay autorización para agregar esa llave de acceso. Pida un código nuevo o entre con una llave que ya tenga."


def session(broker: Broker, token: str) -> Session:
    """The live session of a token. Raises Refusal."""
    found = broker.sessions.find(token, broker.now())
    if found is None:
        detail = "Su sesión en la bóveda se cerró. Entre otra vez con su llave de acceso."
        raise Refusal("no_vault_session", detail, status=401)
    return found


def person_session(broker: Broker, token: str) -> str:
    """The person whose session this is. Raises Refusal."""
    who = session(broker, token).who
    if who.kind != PERSON:
        raise Refusal(
            "persons_only", "Esta página es de cada persona. Entre con su cuenta personal.", status=403
        )
    return who.subject


def official_session(broker: Broker, token: str, otherwise: str) -> Session:
    """The session of an official who holds a post now. Raises Refusal: `otherwise` says so to whoever is no official."""
    found = session(broker, token)
    if found.who.kind != OFFICIAL:
        raise Refusal("officials_only", otherwise, status=403)
    if not found.who.posts:
        # A key outlives a post: who left every office recovers, identifies and vouches for nobody by it.
        detail = "No tiene ningún puesto vigente. Pida su alta a la oficina digital y entre otra vez."
        raise Refusal("no_post", detail, status=403)
    return found


def create(
    broker: Broker, connection: Connection, subject: str, suite: str = suites.DEFAULT, name: str = ""
) -> None:
    """A subject with a fresh key pair. Raises Refusal where it exists or its id is not one."""
    kind = KINDS.get(subject[:2])
    if kind is None or len(subject) != 24 or not subject[2:].replace("-", "").replace("_", "").isalnum():
        raise Refusal("bad_subject", "Ese identificador no es de una persona ni de un funcionario.")
    if connection.execute("SELECT 1 FROM subject WHERE subject = ?", (subject,)).fetchone():
        raise Refusal("subject_exists", _NOT_ALLOWED, status=403)
    connection.execute(
        "INSERT INTO subject (subject, kind, name, made) VALUES (?, ?, ?, ?)",
        (subject, kind, name, broker.now().isoformat()),
    )
    add_pair(broker, connection, subject, suite)


def add_pair(broker: Broker, connection: Connection, subject: str, suite: str) -> None:
    """A fresh pair becomes the subject's current one; earlier ones stay until nothing is sealed to them."""
    secret, public = suites.fresh_pair(suite)
    kek, wrap = broker.keys.wrap(secret, accesses.wrap_about(subject, suite))
    connection.execute("UPDATE keypair SET current = 0 WHERE subject = ?", (subject,))
    connection.execute("INSERT INTO keypair VALUES (?, ?, ?, ?, ?, 1)", (subject, suite, public, wrap, kek))


def renew_pair(broker: Broker, subject: str, suite: str) -> None:
    """A fresh pair of that name, unless it is current already; the subject's accesses and spares are sealed to it.

    Raises Refusal for the name of an older pair: something may still be sealed to that one.
    """
    now_suite, _ = broker.public_key(subject)
    if now_suite != suite:
        if broker.store.one("SELECT 1 FROM keypair WHERE subject = ? AND suite = ?", subject, suite):
            raise Refusal(
                "old_pair", "Ese par es uno anterior que no se ha destruido. Pida uno de otra generación."
            )
        with broker.store.transaction() as connection:
            add_pair(broker, connection, subject, suite)
            spare_rows.rekeyed(broker, connection, subject, suite)
    # Also where a run was killed between the new pair and this.
    accesses.reseal(broker, subject, suite)


def certificate(broker: Broker, subject: str) -> dict[str, Any]:
    """The subject's public key, signed by the broker: the web must not believe its own database on this.

    Under split custody a person's has "other", the second broker's own certificate.
    """
    suite, public = broker.public_key(subject)
    signature = broker.seal.sign(certified(subject, suite, public))
    told: dict[str, Any] = {
        "subject": subject, "suite": suite, "public": to_text(public), "signature": to_text(signature)
    }  # fmt: skip
    if broker.guardian is not None and subject[:2] == "p_":
        told["other"] = broker.guardian.ask("hold", subject=subject)
    return told


def certified(subject: str, suite: str, public: bytes) -> bytes:
    return canonical(["alcaldia vault key", subject, suite, to_text(public)])


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
    signed = _signed_challenge(raw, before)
    found = passkeys.registered(broker.config, credential, signed)
    rule = AUTHORITIES.get(str(authority.get("kind")))
    if rule is None:
        raise Refusal("not_allowed", _NOT_ALLOWED, status=403)
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
    token = _session_of(broker, subject, None, now) if opens else ""
    seal = to_text(broker.seal.sign(enrolled(subject, found.credential_public_key)))
    return {**certificate(broker, subject), "token": token, "seal": seal}


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
        return {**authority, "token": session(broker, str(authority.get("token"))).other}
    return {"kind": "first", "code": str(authority.get("code") or "")}


def _signed_challenge(raw: bytes, before: str) -> bytes:
    return to_bytes(before) + raw


def _by_new(broker: Broker, connection: Connection, asked: Asked) -> None:
    if asked.subject[:2] != "p_":
        raise Refusal("not_allowed", _NOT_ALLOWED, status=403)
    create(broker, connection, asked.subject)


def _by_session(broker: Broker, connection: Connection, asked: Asked) -> None:
    """The token alone would let a hacked web add a key: a key that was there before signs exactly the new one."""
    if session(broker, str(asked.given.get("token"))).who.subject != asked.subject:
        raise Refusal("not_allowed", _NOT_ALLOWED, status=403)
    touched(broker, connection, asked.subject, asked.over, asked.given.get("assertion"))


def _by_code(broker: Broker, connection: Connection, asked: Asked) -> None:
    code = str(asked.given.get("code"))
    if approvals.spend(connection, code, asked.subject, asked.now):
        return
    row = spend_code(connection, code, {"activation", "recovery"}, asked.now)
    if row["subject"] != asked.subject:
        raise Refusal("not_allowed", _NOT_ALLOWED, status=403)
    if row["kind"] == "activation" and not broker.config.second:
        # A second broker knows neither printed codes nor the counter: its own operator's code is the way back.
        check_without_keys(broker, asked.subject)
        # Those on their other bills lie in drawers and letter boxes: what is open is not opened again.
        connection.execute("DELETE FROM code WHERE subject = ? AND kind = 'activation'", (asked.subject,))


def check_without_keys(broker: Broker, subject: str) -> None:
    """What the operator hands out opens an account that nobody has opened yet, never one with an owner. Raises Refusal."""
    if has_keys(broker, subject):
        raise Refusal("has_keys", HAS_KEYS[KINDS[subject[:2]]], status=403)


def has_keys(broker: Broker, subject: str) -> bool:
    """Has somebody opened this account, with a key that still counts?"""
    found = broker.store.one("SELECT 1 FROM passkey WHERE subject = ? AND revoked IS NULL", subject)
    return found is not None


HAS_KEYS = {
    PERSON: "Esa cuenta ya tiene una llave: un código de activación no le agrega otra. Entre con ella, use un código impreso o vaya a ventanilla.",
    OFFICIAL: "Esa cuenta ya tiene una llave: una invitación no le agrega otra. Entre con ella; si se perdió, quien opera el sistema la quita antes de invitar de nuevo.",
}


def _by_invitation(broker: Broker, connection: Connection, asked: Asked) -> None:
    subject = asked.subject
    row = spend_code(connection, str(asked.given.get("code")), {"invitation"}, asked.now)
    if subject[:2] != "o_" or row["subject"] not in {"", subject}:
        raise Refusal("not_allowed", _NOT_ALLOWED, status=403)
    if not connection.execute("SELECT 1 FROM subject WHERE subject = ?", (subject,)).fetchone():
        create(broker, connection, subject, name=row["name"])
    elif row["subject"] != subject:
        raise Refusal("not_allowed", _NOT_ALLOWED, status=403)
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
        create(broker, connection, subject)


Rule = Callable[[Broker, Connection, Asked], None]
AUTHORITIES: dict[str, Rule] = {
    "new": _by_new,
    "session": _by_session,
    "code": _by_code,
    "first": _by_first,
    "invitation": _by_invitation,
}
"""By what right a key is added → who checks it."""


def make_code(broker: Broker, kind: str, *, days: int, **words: str) -> str:
    """A code of 125 random bits in letters that are read aloud; only its hash is kept. Expires in `days`.

    Tries of codes are not counted here: a count for everybody is one that a stranger fills to lock everybody out.
    The shortest that is kept, a request's, has 80 bits: with a million alive (2^20) and 4,096 tries a second (2^12),
    more than a broker answers, one is found in 2^48 seconds, nine million years.
    """
    code = spelled_groups(5, 5)
    until = (broker.now() + timedelta(days=days)).isoformat()
    keep_code(broker, code, kind, until, **words)
    return code


def keep_code(broker: Broker, code: str, kind: str, until: str, **words: str) -> None:
    """Accept a code that somebody else made (an invitation's link carries one code for web and broker)."""
    with broker.store.transaction() as connection:
        insert_code(connection, code, kind, until, **words)


def insert_code(connection: Connection, code: str, kind: str, until: str, **words: str) -> None:
    """The same inside of a transaction that the caller has open."""
    told = (words.get(name, "") for name in ("subject", "office", "role", "name"))
    row = (codes.mark(code), kind, *told, until)
    connection.execute("INSERT OR REPLACE INTO code VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def spend_code(connection: Connection, code: str, kinds: set[str], now: datetime) -> Any:
    """The row of a code, which is gone afterwards. Raises Refusal."""
    return spend_marked(connection, codes.mark(code), kinds, now)


def spend_marked(connection: Connection, mark: str, kinds: set[str], now: datetime) -> Any:
    """The same for a code of which only the hash came, because that is what was signed."""
    row = connection.execute("SELECT * FROM code WHERE hash = ?", (mark,)).fetchone()
    if row is None or row["kind"] not in kinds or row["until"] < now.isoformat():
        raise Refusal("bad_code", BAD_CODE, status=403)
    connection.execute("DELETE FROM code WHERE hash = ?", (row["hash"],))
    return row


def subject_of_code(broker: Broker, code: str) -> str:
    """Whose first key an activation code may enrol. Raises Refusal as a wrong code does, also where they have a key."""
    subject = owner_of_code(broker, code, {"activation"})
    if has_keys(broker, subject):
        raise Refusal("bad_code", BAD_CODE, status=403)
    return subject


def owner_of_code(broker: Broker, code: str, kinds: set[str]) -> str:
    """The subject of a code of these kinds, which stays unspent. Raises Refusal."""
    now = broker.now()
    row = broker.store.one("SELECT * FROM code WHERE hash = ?", codes.mark(code))
    if row is None or row["kind"] not in kinds or row["until"] < now.isoformat():
        raise Refusal("bad_code", BAD_CODE, status=403)
    return str(row["subject"])


def open_session(
    broker: Broker, *, subject: str, challenge: str, assertion: dict[str, Any], before: str = ""
) -> str:
    """A token for whoever holds a passkey of the subject; a counter that went back refuses (cloned key)."""
    now, raw = broker.now(), to_bytes(challenge)
    mates = broker.challenges.spend(raw, "session", subject, now)
    with broker.store.transaction() as connection:
        touched(broker, connection, subject, _signed_challenge(raw, before), assertion)
    joint = mates if subject[:2] == "p_" else None
    return _session_of(broker, subject, joint, now, assertion)


def touched(broker: Broker, connection: Connection, subject: str, signed: bytes, assertion: Any) -> None:
    """A key of the subject has just signed these 32 bytes. Raises Refusal, also where its counter went back (cloned)."""
    given = assertion if isinstance(assertion, dict) else {}
    row = passkey(broker, passkeys.credential_of(given), subject, broker.now())
    count = passkeys.asserted(broker.config, given, signed, row["public"], row["count"])
    connection.execute("UPDATE passkey SET count = ? WHERE credential = ?", (count, row["credential"]))


def session_of(broker: Broker, subject: str) -> str:
    """A session for a subject whom the caller has recognised by other means than a passkey."""
    return _session_of(broker, subject, None, broker.now())


def _session_of(
    broker: Broker,
    subject: str,
    mates: tuple[bytes, bytes] | None,
    now: datetime,
    assertion: dict[str, Any] | None = None,
) -> str:
    found = broker.store.one("SELECT * FROM subject WHERE subject = ?", subject)
    if found is None or found["erased"]:
        raise Refusal("bad_passkey", "Esta bóveda ya no existe.", status=403)
    who = Presence(subject, found["kind"], offices.in_force(broker, subject))
    other = second.open_session(broker, subject, mates, assertion) if mates and assertion else ""
    return broker.sessions.open(who, found["name"], now, other)


def passkey(broker: Broker, credential: bytes, subject: str, now: datetime) -> Any:
    """The enrolled key of a subject. Raises Refusal where it is another's, revoked or not valid yet."""
    row = broker.store.one("SELECT * FROM passkey WHERE credential = ?", credential)
    if row is None or row["subject"] != subject or row["revoked"] or row["valid_from"] > now.isoformat():
        detail = (
            "Esa llave de acceso no está registrada o todavía no vale. Use otra, o pida ayuda en ventanilla."
        )
        raise Refusal("bad_passkey", detail, status=403)
    return row


def revoke(broker: Broker, *, subject: str, credential_id: str, token: str) -> None:
    """A key of one's own stops counting at once, with every session and grant that rests on it."""
    if session(broker, token).who.subject != subject:
        raise Refusal("not_allowed", _NOT_ALLOWED, status=403)
    block(broker, subject=subject, credential_id=credential_id)


def block(broker: Broker, *, subject: str, credential_id: str) -> None:
    """The same for a key of which the web saw two copies: nobody's signature, because it only takes away."""
    now = broker.now()
    with broker.store.transaction() as connection:
        connection.execute(
            "UPDATE passkey SET revoked = ? WHERE credential = ? AND subject = ? AND revoked IS NULL",
            (now.isoformat(), to_bytes(credential_id), subject),
        )
        spare_rows.forget_credential(broker, connection, subject, credential_id, now)
    broker.sessions.close_all(subject)
