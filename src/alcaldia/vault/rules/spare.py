"""Spare keys: what a person signs about one, and how the code on paper becomes a key pair.

A spare opens nothing while the broker's master key works. The broker keeps its public half and the person's secret keys
sealed to it; whoever holds the spare's secret gives the broker back what it lost, never the other way round.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from alcaldia.kernel.canonical import canonical

PAPER, DEVICE, PERSON = "paper", "device", "person"
MAKE, REMOVE, HELP = "make", "remove", "help"
LETTERS, GROUP = 28, 4
"""Of a code on paper: five random bits each, 140 in all."""
_ABOUT: dict[tuple[str, str], set[str]] = {
    (MAKE, PAPER): set(),
    (MAKE, DEVICE): {"public", "credential", "salt"},
    (MAKE, PERSON): {"code"},
    (REMOVE, ""): {"spare"},
    (HELP, ""): {"spare"},
}
"""What an act speaks of: the new public half and the passkey that makes it again, the hash of the trusted person's code,
or the spare's id."""
_TEXT = re.compile(r"[A-Za-z0-9_-]{1,1400}")


class BadAct(ValueError):
    """Not an act that this program understands to the last key."""


@dataclass(frozen=True)
class Act:
    """One act of a person about a spare key; `nonce` is a challenge that the broker made for it."""

    what: str
    person: str
    nonce: str
    kind: str = ""
    about: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The JSON that is signed."""
        return dict(vars(self))

    def challenge(self) -> bytes:
        """The 32 bytes that the passkey signs."""
        return sha256(canonical({"spare": self.body()})).digest()


def read_act(told: Any) -> Act:
    """The act in JSON types. Raises BadAct."""
    if not isinstance(told, dict) or set(told) != {"what", "person", "nonce", "kind", "about"}:
        raise BadAct("keys missing or unknown")
    about, words = told["about"], [told[name] for name in ("what", "person", "nonce", "kind")]
    if not isinstance(about, dict) or any(
        not isinstance(one, str) for one in (*words, *about, *about.values())
    ):
        raise BadAct("not text")
    if _ABOUT.get((told["what"], told["kind"])) != set(about):
        raise BadAct("no such act")
    if any(not _TEXT.fullmatch(one) for one in (told["person"], told["nonce"], *about.values())):
        raise BadAct("odd text")
    return Act(**told)


def seed(letters: str, suite: str, person: str) -> bytes:
    """The raw secret, 32 bytes, that a code on paper stands for; bound to suite and person.

    The code is random and long enough to need no slow derivation (RFC 5869 over 140 bits).
    """
    info = canonical(["alcaldia spare paper", suite, person])
    return HKDF(SHA256(), 32, None, info).derive(letters.encode())


def number(id: str) -> str:
    """Four digits by which two people recognise one spare when they speak of it; no secret."""
    return f"{int.from_bytes(sha256(id.encode()).digest()[:4], 'big') % 10_000:04d}"
