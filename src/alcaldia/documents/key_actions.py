"""Acts about keys: a seal renewed or revoked, a log key added or retired. Each is in the public log."""

from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from alcaldia.documents import keys
from alcaldia.documents.certificates import Revoked
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import actions as ledger
from alcaldia.ledger import keys as log_keys
from alcaldia.ledger.events import Act
from alcaldia.ledger.rules.note import Algorithm, BadNote, VerifierKey

SEAL_ROTATED = "documents.seal_rotated"
SEAL_REVOKED = "documents.seal_revoked"
KEY_ADDED = "log.key_added"
KEY_RETIRED = "log.key_retired"


def rotate_seal(municipality: Municipality, *, by: str, channel: str) -> keys.Seal:
    """A new seal; documents of the old one stay valid, its private key is gone."""
    made = keys.renew(municipality)
    serial = f"{made.certificate.serial_number:x}"
    certificate = made.certificate.public_bytes(Encoding.PEM).decode()
    body = {"serial": serial, "algorithm": made.signer.algorithm, "certificate": certificate}
    with transaction.atomic():
        ledger.record(
            Act(SEAL_ROTATED, f"SELLO-{serial[:16].upper()}", body, municipality), by=by, channel=channel
        )
    return made


def revoke_seal(municipality: Municipality, *, serial: int, at: datetime, by: str, channel: str) -> None:
    """Nobody believes the seal `serial`, revoked since `at`, any more. Raises Refusal for the seal in force.

    What it had sealed is then to be sealed anew: `actions.seal_again`.
    """
    place = keys.place_of(municipality)
    if keys.seal(municipality).certificate.serial_number == serial:
        raise Refusal(
            "seal_in_force", "Ese es el sello en uso. Renuévelo antes con ./alcaldia keys rotate seal."
        )
    body = {"serial": f"{serial:x}", "at": at.isoformat()}
    with transaction.atomic():
        ledger.record(Act(SEAL_REVOKED, f"SELLO-{serial:X}"[:22], body, municipality), by=by, channel=channel)
        keys.add_revoked(place, Revoked(serial, at))


def rotate_log_key(*, algorithm: Algorithm, by: str, channel: str) -> VerifierKey:
    """Add a key of the algorithm, then retire those of it that signed until now; two acts of the log."""
    ring = log_keys.signer()
    old = [row.key for row in ring.keys.keys if row.until is None and row.key.algorithm is algorithm]
    with transaction.atomic():
        folio = f"LLAVE-{algorithm.name.replace('_', '-')}"
        entry = ledger.record(Act(KEY_ADDED, folio, {"algorithm": algorithm.name}), by=by, channel=channel)
        new = ring.add(algorithm, since=entry.index + 1)
    for key in old:
        with transaction.atomic():
            body = {"vkey": key.text(), "algorithm": algorithm.name}
            entry = ledger.record(
                Act(KEY_RETIRED, f"LLAVE-{key.id.hex().upper()}", body), by=by, channel=channel
            )
        try:
            ring.retire(key, until=entry.index)
        except BadNote as error:
            raise Refusal("last_key", "Es la única llave del registro: agregue otra antes.") from error
    return new
