"""Accesses: what the log commits to, and how a person proves one offline.

The public leaf is SHA-256(salt ‖ event); event and salt are known only to the person, so the log says
nothing to anybody else and neither side can change the event later.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from alcaldia.kernel.canonical import canonical
from alcaldia.ledger.rules import receipt
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.vault.rules.text64 import to_bytes, to_text

SHOWN, USED, OWN, REFUSED = "shown", "used", "own", "refused"
GIVEN, REVOKED, ENROLLED, IDENTIFIED, ERASED = "given", "revoked", "enrolled", "identified", "erased"
MENTIONED, EMERGENCY, NUMBERED = "mentioned", "emergency", "numbered"
SPARE_MADE, SPARE_GONE, RESTORED = "spare_made", "spare_gone", "restored"
TRUSTED, UNTRUSTED, HELPED = "trusted", "untrusted", "helped"
KIOSK_ENDED = "kiosk_ended"
LEFT_OFFICE, TOOK_OFFICE, SEARCHED = "left_office", "took_office", "searched"
LABELS = {
    SHOWN: "Vio sus datos",
    USED: "Comprobó sin ver",
    OWN: "Usted miró sus datos",
    REFUSED: "Quiso ver y no se le permitió",
    GIVEN: "Usted dio un permiso",
    REVOKED: "Usted retiró un permiso",
    KIOSK_ENDED: "Se dio de baja el quiosco donde usted dio un permiso, y el permiso terminó",
    ENROLLED: "Se agregó una llave de acceso",
    IDENTIFIED: "Le identificaron con una clave que usted presentó",
    SEARCHED: "Buscó por un folio, por una clave que nadie tiene aquí, o más veces de las que se permiten en un minuto",
    LEFT_OFFICE: "Terminó un puesto suyo: su llave ya no abre datos por él",
    TOOK_OFFICE: "Tiene un puesto nuevo: su llave abre los datos que se permitan a esa oficina",
    ERASED: "Usted borró sus datos",
    MENTIONED: "Usted aparece en datos de otra persona",
    NUMBERED: "Consultaron un registro con un número suyo",
    EMERGENCY: "El consejo ciudadano abrió sus datos sin su permiso",
    SPARE_MADE: "Usted hizo una llave de repuesto",
    SPARE_GONE: "Se quitó una llave de repuesto",
    RESTORED: "Su bóveda se restauró con una llave de repuesto",
    TRUSTED: "Le nombraron persona de confianza",
    UNTRUSTED: "Dejó de ser persona de confianza de alguien",
    HELPED: "Usted ayudó a restaurar la bóveda de otra persona",
}
BY_OTHERS = (SHOWN, USED, REFUSED, IDENTIFIED, EMERGENCY)
"""What an office did with the person's own data. A mention is none of these: it is another person's case; nor is a register
asked by a number, which anybody may type."""


_AT_KIOSK = "kiosk "


def at_kiosk(name: str) -> str:
    """The `detail` of an access under a permit that was given at the kiosk of this name."""
    return _AT_KIOSK + name


def kiosk_of(detail: str) -> str:
    """The kiosk's name in such a detail, "" in any other."""
    return detail.removeprefix(_AT_KIOSK) if detail.startswith(_AT_KIOSK) else ""


@dataclass(frozen=True)
class Access:
    """What happened, as the person reads it: `official` a name or "", `at` ISO 8601 with its offset."""

    kind: str
    at: str
    person: str
    official: str = ""
    office: str = ""
    fields: tuple[str, ...] = ()
    purpose: str = ""
    case: str = ""
    grant: str = ""
    detail: str = ""

    def body(self) -> dict[str, Any]:
        return {**vars(self), "fields": list(self.fields)}


def commitment(body: dict[str, Any], salt: bytes) -> str:
    """The hexadecimal commitment to an event."""
    return sha256(salt + canonical(body)).hexdigest()


def leaf(committed: str) -> bytes:
    """The log entry of an access, of whatever kind: they cannot be told apart."""
    return canonical({"v": 1, "type": "vault.access", "sha256": committed})


def tombstone(mark: str) -> bytes:
    """The log entry of an erasure; only the broker can tell of whom (`mark` is its keyed hash)."""
    return canonical({"v": 1, "type": "vault.erased", "sha256": mark})


def proof(body: dict[str, Any], salt: bytes, told: str, key: str) -> dict[str, Any]:
    """The file that a person downloads: `told` a tlog-proof text, `key` the log's verifier keys."""
    return {"v": 1, "event": body, "salt": to_text(salt), "receipt": told, "log_key": key}


def proven_leaf(told: dict[str, Any]) -> bytes:
    """The leaf that the log must contain if the proof's event is true. KeyError or ValueError where malformed."""
    return leaf(commitment(told["event"], to_bytes(told["salt"])))


def check_proof(told: dict[str, Any], keys: KeySet) -> Access:
    """The access that a downloaded proof proves against the log's keys. ValueError where it does not.

    Offline: the receipt carries leaf, path and signed checkpoint; nothing else is asked.
    """
    found = receipt.read(told["receipt"])
    if found.entry != proven_leaf(told):
        raise ValueError("the event is not the one in the log")
    receipt.verify(found, keys)
    return Access(**{**told["event"], "fields": tuple(told["event"]["fields"])})
