"""Subjects, their key pairs, passkeys and sessions: which of them count. How a key comes to be one: `enrolling`."""

from datetime import datetime
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import accesses, offices, passkeys, second, spare_rows
from alcaldia.broker.core import Broker
from alcaldia.broker.sessions import Session
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import suites
from alcaldia.vault.rules.decision import KIOSK, OFFICIAL, PERSON, Presence
from alcaldia.vault.rules.text64 import to_bytes, to_text

KINDS = {"p_": PERSON, "o_": OFFICIAL, "k_": KIOSK}
NOT_ALLOWED = "No hay autorización para agregar esa llave de acceso. Pida un código nuevo o entre con una llave que ya tenga."


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
        raise Refusal("subject_exists", NOT_ALLOWED, status=403)
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


def open_session(
    broker: Broker, *, subject: str, challenge: str, assertion: dict[str, Any], before: str = ""
) -> str:
    """A token for whoever holds a passkey of the subject; a counter that went back refuses (cloned key)."""
    now, raw = broker.now(), to_bytes(challenge)
    mates = broker.challenges.spend(raw, "session", subject, now)
    with broker.store.transaction() as connection:
        touched(broker, connection, subject, to_bytes(before) + raw, assertion)
    joint = mates if subject[:2] == "p_" else None
    return _session_of(broker, subject, joint, now, assertion)


def has_keys(broker: Broker, subject: str) -> bool:
    """Has somebody opened this account, with a key that still counts?"""
    found = broker.store.one("SELECT 1 FROM passkey WHERE subject = ? AND revoked IS NULL", subject)
    return found is not None


def touched(broker: Broker, connection: Connection, subject: str, signed: bytes, assertion: Any) -> None:
    """A key of the subject has just signed these 32 bytes. Raises Refusal, also where its counter went back (cloned)."""
    given = assertion if isinstance(assertion, dict) else {}
    row = passkey(broker, passkeys.credential_of(given), subject, broker.now())
    count = passkeys.asserted(broker.config, given, signed, row["public"], row["count"])
    connection.execute("UPDATE passkey SET count = ? WHERE credential = ?", (count, row["credential"]))


def session_of(broker: Broker, subject: str) -> str:
    """A session for a subject whom the caller has just recognised: by a key of a moment ago, or without any."""
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
        raise Refusal("not_allowed", NOT_ALLOWED, status=403)
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
