"""Kiosks: machines with a key of their own, enrolled by a code that the operator made and ended by the operator's word.

A kiosk's key is no passkey: nobody touches it. It says at which machine something was asked, never who asked.
"""

from hashlib import sha256
from secrets import token_urlsafe
from sqlite3 import IntegrityError
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from alcaldia.broker import accesses, onetime, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.text64 import to_bytes

KIOSKS = "k_"
"""How the account of a kiosk begins."""
CODE = "kiosk"
_HALF = 32
_TO_ENROL, _TO_TRY = b"alcaldia kiosk key ", b"alcaldia kiosk code "
"""Before what is signed, so that no such signature is one over a permit, which is 32 bytes."""
UNKNOWN = "Este equipo no es un quiosco dado de alta, o se dio de baja. Vaya a la ventanilla: ahí también puede dar el permiso."
_OTHER = "La firma del quiosco no corresponde. No se guardó nada: vuelva a empezar, o vaya a la ventanilla."


class Kiosk(NamedTuple):
    """A machine whose key counts now: its account, the slug of its municipality, its name there and its public point."""

    subject: str
    town: str
    name: str
    public: bytes


def add(broker: Broker, *, town: str, name: str) -> str:
    """The operator's code, of a day and one use, with which a browser becomes this kiosk; one made before it ends.

    Raises Refusal where a kiosk of that name counts: `end` it first.
    """
    if broker.store.one("SELECT 1 FROM kiosk WHERE town = ? AND name = ? AND revoked IS NULL", town, name):
        raise _taken(name)
    with broker.store.transaction() as connection:
        connection.execute("DELETE FROM code WHERE kind = ? AND office = ? AND name = ?", (CODE, town, name))
    subject = KIOSKS + token_urlsafe(17)[:22]
    return onetime.make(broker, CODE, days=1, subject=subject, office=town, name=name)


def enrol(broker: Broker, *, code: str, public: str, signature: str) -> dict[str, str]:
    """The key that a browser made for itself, which signed this code; the enrolment is a leaf of the log."""
    now, key = broker.now(), _point(public)
    if not _signed(key, signature, _TO_ENROL + code.encode()):
        raise bad_signature()
    try:
        with broker.store.transaction() as connection:
            row = onetime.spend(connection, code, {CODE}, now)
            subject, town, name = row["subject"], row["office"], row["name"]
            subjects.create(broker, connection, subject, name=name)
            told = (subject, town, name, key, now.isoformat())
            connection.execute("INSERT INTO kiosk VALUES (?, ?, ?, ?, ?, NULL)", told)
            mark = sha256(key).hexdigest()
            event = Access(access.ENROLLED, now.isoformat(), subject, detail=f"{CODE} {mark}")
            accesses.insert(broker, connection, [event])
    except IntegrityError as error:
        raise _taken(name) from error
    return {"kiosk": subject, "town": town, "name": name, "sha256": mark}


def live(broker: Broker, subject: str) -> Kiosk:
    """The kiosk of an account. Raises Refusal where there is none or its key counts no more."""
    sql = "SELECT subject, town, name, public FROM kiosk WHERE subject = ? AND revoked IS NULL"
    row = broker.store.one(sql, subject)
    if row is None:
        raise Refusal("bad_kiosk", UNKNOWN, status=403)
    return Kiosk(*row)


def check_tried(kiosk: Kiosk, code: str, signature: str) -> None:
    """Raises Refusal unless this machine asks about this code."""
    if not _signed(kiosk.public, signature, _TO_TRY + code.encode()):
        raise bad_signature()


def signed(kiosk: Kiosk, signature: str, challenge: bytes) -> bool:
    """Did this machine sign exactly these 32 bytes of a bundle?"""
    return _signed(kiosk.public, signature, challenge)


def still_signed(broker: Broker, subject: str, signature: str, challenge: bytes) -> bool:
    """The same, by a key that still counts."""
    try:
        return signed(live(broker, subject), signature, challenge)
    except Refusal:
        return False


def every(broker: Broker) -> list[dict[str, Any]]:
    """All that were, and codes that wait for their machine; `since` is when it began or, waiting, until when it waits."""
    rows = broker.store.all(
        "SELECT town, name, since, revoked FROM kiosk ORDER BY town, name, revoked IS NULL, since"
    )
    found = [{**dict(row), "waits": False} for row in rows]
    sql = (
        "SELECT office AS town, name, until AS since, NULL AS revoked FROM code WHERE kind = ? AND until > ?"
    )
    waiting = broker.store.all(sql, CODE, broker.now().isoformat())
    return found + [{**dict(row), "waits": True} for row in waiting]


def bad_signature() -> Refusal:
    return Refusal("bad_kiosk_signature", _OTHER, status=403)


def _taken(name: str) -> Refusal:
    detail = f"Ya hay un quiosco «{name}» en uso. Use otro nombre, o dé de baja ese antes."
    return Refusal("name_taken", detail, status=409)


def _point(public: str) -> bytes:
    """An uncompressed point of P-256, as WebCrypto exports it raw. Raises Refusal."""
    try:
        found = to_bytes(public)
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), found)
    except ValueError as error:
        raise bad_signature() from error
    return found


def _signed(public: bytes, signature: str, over: bytes) -> bool:
    """ECDSA with SHA-256, both halves of 32 bytes, as WebCrypto gives it."""
    try:
        given = to_bytes(signature)
        if len(given) != 2 * _HALF:
            return False
        halves = (int.from_bytes(one) for one in (given[:_HALF], given[_HALF:]))
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
        key.verify(encode_dss_signature(*halves), over, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
