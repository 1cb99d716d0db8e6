"""The council's procedure: k of n members order, by their own keys, that an office sees some fields of one person.

It is off unless a council is named, and then counts a week later. The first one is named by the operator, in public;
from then on only its own members give way to another. The person is the one who gave a permit under the case: there
is no name to search for. One table decides, as for grants; what is signed is canonical JSON.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from alcaldia.kernel.canonical import canonical
from alcaldia.vault.rules import catalogue
from alcaldia.vault.rules.decision import CLOCK_TOLERANCE, OFFICIAL, Presence
from alcaldia.vault.rules.text64 import to_bytes

LONGEST, MOST_FIELDS = timedelta(hours=24), 6
DELAY = timedelta(days=7)
"""Between naming a council and its first order: whoever names one of their own is seen before it opens anything."""
FEWEST, MOST_MEMBERS = 2, 16
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,64}")
_KEYS = {"v", "kind", "case", "office", "fields", "reason", "not_before", "not_after", "nonce"}


class BadOrder(ValueError):
    """Not an order that this program understands to the last key."""


@dataclass(frozen=True)
class Order:
    """One opening: `fields` are ``group.field``; moments are aware, whole seconds."""

    case: str
    office: str
    fields: tuple[str, ...]
    reason: str
    not_before: datetime
    not_after: datetime
    nonce: str

    def body(self) -> dict[str, Any]:
        """The JSON that members sign."""
        return {
            "v": 1, "kind": "emergency order", "case": self.case, "office": self.office, "fields": list(self.fields),
            "reason": self.reason, "not_before": self.not_before.strftime(_MOMENT),
            "not_after": self.not_after.strftime(_MOMENT), "nonce": self.nonce,
        }  # fmt: skip

    def signed_bytes(self) -> bytes:
        return b"alcaldia emergency order\n" + canonical(self.body())

    def hash(self) -> str:
        """Hexadecimal; its nonce keeps it from being guessed."""
        return sha256(self.signed_bytes()).hexdigest()


@dataclass(frozen=True)
class Council:
    """`needed` of these raw Ed25519 keys, from a moment on. Nobody: the procedure is off."""

    needed: int = 0
    members: tuple[bytes, ...] = ()
    since: datetime | None = None


OFF = Council()


@dataclass(frozen=True)
class Change:
    """Another council in the place of `old`, which its members sign; `since` of the old one makes it good for once."""

    old: Council
    needed: int
    members: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        """The JSON that members sign."""
        return {
            "v": 1, "kind": "council change", "needed": self.needed, "members": list(self.members),
            "instead_of": [fingerprint(one) for one in self.old.members],
            "since": self.old.since.isoformat() if self.old.since else "",
        }  # fmt: skip

    def signed_bytes(self) -> bytes:
        return b"alcaldia council change\n" + canonical(self.body())


def read_council(needed: int, members: list[str], since: datetime) -> Council:
    """Raises BadOrder: fewer than two would be one person's will."""
    keys = tuple(dict.fromkeys(to_bytes(one) for one in members))
    if any(len(one) != 32 for one in keys) or len(keys) != len(members):
        raise BadOrder("keys have 32 bytes and differ")
    if not FEWEST <= needed <= len(keys) <= MOST_MEMBERS or 2 * needed <= len(keys):
        raise BadOrder("more than half of the members, and two at least")
    return Council(needed, keys, since)


def read_order(told: Any) -> Order:
    """Raises BadOrder."""
    if (
        not isinstance(told, dict)
        or set(told) != _KEYS
        or told["v"] != 1
        or told["kind"] != "emergency order"
    ):
        raise BadOrder("keys missing or unknown")
    words = [told[name] for name in ("case", "office", "reason", "nonce")]
    if any(not isinstance(one, str) or not one.strip() or len(one) > 200 for one in words):
        raise BadOrder("text")
    fields = told["fields"]
    if not isinstance(fields, list) or not fields or len(set(map(str, fields))) != len(fields):
        raise BadOrder("fields")
    if not all(isinstance(one, str) and catalogue.known(one) for one in fields) or not _NONCE.fullmatch(
        told["nonce"]
    ):
        raise BadOrder("field or nonce")
    start, end = (_moment(told[name]) for name in ("not_before", "not_after"))
    return Order(told["case"], told["office"], tuple(fields), told["reason"], start, end, told["nonce"])


def _moment(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadOrder("moment") from error
    if found.strftime(_MOMENT) != text:
        raise BadOrder("moment")
    return found


def signers(what: Order | Change, council: Council, signatures: list[dict[str, str]]) -> tuple[str, ...]:
    """The fingerprints of members who signed exactly this; each counts once, strangers not at all."""
    found = set()
    for one in signatures[: 4 * MOST_MEMBERS]:
        try:
            key = to_bytes(str(one["key"]))
            Ed25519PublicKey.from_public_bytes(key).verify(
                to_bytes(str(one["signature"])), what.signed_bytes()
            )
        except (InvalidSignature, ValueError, KeyError, TypeError):
            continue
        if key in council.members:
            found.add(fingerprint(key))
    return tuple(sorted(found))


def fingerprint(key: bytes) -> str:
    """What public pages and leaves call a member's key."""
    return sha256(key).hexdigest()[:16]


@dataclass(frozen=True)
class Facts:
    """What the broker knows when an order comes: `signed` how many members, `spent` whether it was used."""

    now: datetime
    council: Council
    signed: int
    who: Presence
    people: int
    spent: bool


Test = Callable[[Order, Facts], bool]
TABLE: tuple[tuple[str, Test, str], ...] = (
    ("council_off", lambda o, f: not f.council.needed,
     "En esta ciudad nadie puede abrir datos sin permiso de la persona: el procedimiento del consejo está apagado."),
    ("council_new", lambda o, f: f.council.since is None or f.now < f.council.since + DELAY,
     "El consejo se nombró hace menos de siete días. Todavía no puede ordenar que se abra nada."),
    ("too_few", lambda o, f: f.signed < f.council.needed,
     "Faltan firmas del consejo sobre esta orden. No se abrió nada."),
    ("order_too_long", lambda o, f: not timedelta() < o.not_after - o.not_before <= LONGEST,
     "Una orden vale a lo más 24 horas. Hagan otra más corta."),
    ("order_early", lambda o, f: f.now < o.not_before - CLOCK_TOLERANCE,
     "La orden todavía no empieza. Esperen a la hora que indica."),
    ("order_expired", lambda o, f: f.now > o.not_after,
     "La orden ya venció. El consejo debe firmar otra."),
    ("order_spent", lambda o, f: f.spent,
     "Esta orden ya se usó. Cada orden abre una sola vez."),
    ("order_fields", lambda o, f: len(o.fields) > MOST_FIELDS,
     "Una orden abre a lo más seis datos. Pidan menos."),
    ("order_office", lambda o, f: f.who.kind != OFFICIAL or not f.who.of(o.office),
     "La orden es para otra oficina. Sólo la abre un funcionario de la que nombra."),
    ("order_person", lambda o, f: f.people != 1,
     "Ese folio no es de exactamente una persona que haya dado un permiso. No hay búsqueda por nombre."),
)  # fmt: skip


def refusal(order: Order, facts: Facts) -> tuple[str, str] | None:
    """Code and sentence of the first reason not to open, or None."""
    return next(((code, sentence) for code, speaks, sentence in TABLE if speaks(order, facts)), None)


def opened_leaf(number: int, order: Order, signed: tuple[str, ...], council: Council) -> bytes:
    """The public log entry of an opening: how many so far, which members, and nothing of whom or what."""
    told = {"number": number, "order": order.hash(), "signers": list(signed), "needed": council.needed}
    return canonical({"v": 1, "type": "vault.emergency", **told})


def named_leaf(council: Council, signed: tuple[str, ...] = ()) -> bytes:
    """The public log entry that names a council, with who of the old one signed, or switches the procedure off."""
    told = {
        "needed": council.needed,
        "members": [fingerprint(one) for one in council.members],
        "signers": list(signed),
    }
    return canonical({"v": 1, "type": "vault.council", **told})
