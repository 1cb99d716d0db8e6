"""Challenges and sessions: in memory only, so a stolen store opens nothing and a restart asks again."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.decision import CLOCK_TOLERANCE, NOBODY, OFFICIAL, Presence
from alcaldia.vault.rules.text64 import to_text

CHALLENGE_LIFE = timedelta(minutes=5)
IDLE = {"person": timedelta(minutes=30), OFFICIAL: timedelta(minutes=15)}
LONGEST = {"person": timedelta(hours=12), OFFICIAL: timedelta(hours=8)}
OWN = 32
"""Bytes of a broker's own challenge; what follows is the second broker's."""
PURPOSES = ("enrol", "session", "spare", "codes", "erase")


class Challenges:
    """Each is random, for one purpose and one subject (None: whoever answers), and good once.

    Only what was answered is remembered: whoever asks for pages without end takes no place from anybody. A
    challenge says when it was made under a key of this process. Where custody is split the second broker's own
    stands behind it and is under the same key, so that nobody swaps or drops it.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._spent: dict[bytes, datetime] = {}

    def make(self, purpose: str, subject: str | None, now: datetime, other: bytes = b"") -> bytes:
        if purpose not in PURPOSES:
            raise Refusal("bad_purpose", "Ese reto no existe. Actualice la página.")
        made = int(now.timestamp()).to_bytes(6, "big") + secrets.token_bytes(10)
        return made + self._seal(made, purpose, subject, other) + other

    def spend(
        self, challenge: bytes, purpose: str, subject: str, now: datetime
    ) -> tuple[bytes, bytes] | None:
        """Raises Refusal unless this challenge was made for this and not spent yet; the two of a joint one."""
        made, seal, other = challenge[:16], challenge[16:OWN], challenge[OWN:]
        seals = (self._seal(made, purpose, one, other) for one in (None, subject))
        fits = any(hmac.compare_digest(seal, one) for one in seals)
        age = now.timestamp() - int.from_bytes(made[:6], "big")
        if not fits or challenge in self._spent or age > CHALLENGE_LIFE.total_seconds():
            raise Refusal("stale_challenge", "La página venció. Actualícela e intente de nuevo.", status=403)
        self._remember(challenge, now)
        return (challenge[:OWN], other) if other else None

    def _remember(self, challenge: bytes, now: datetime) -> None:
        # Oldest first; a clock set back as far as is believed must not make one good twice.
        kept = CHALLENGE_LIFE + CLOCK_TOLERANCE
        while self._spent and now - self._spent[oldest := next(iter(self._spent))] > kept:
            del self._spent[oldest]
        self._spent[challenge] = now

    def _seal(self, made: bytes, purpose: str, subject: str | None, other: bytes) -> bytes:
        told = canonical([to_text(made), purpose, subject, to_text(other)])
        return hmac.digest(self._key, told, "sha256")[: OWN - 16]


@dataclass
class Session:
    who: Presence
    name: str
    opened: datetime
    last: datetime = field(default=datetime.min)
    other: str = ""
    """The second broker's token of the same touch, where custody is split."""

    def live(self, now: datetime) -> bool:
        kind = self.who.kind
        return now - self.last <= IDLE[kind] and now - self.opened <= LONGEST[kind]


class Sessions:
    """Open sessions by the hash of their token."""

    def __init__(self) -> None:
        self._open: dict[bytes, Session] = {}

    def open(self, who: Presence, name: str, now: datetime, other: str = "") -> str:
        token = secrets.token_urlsafe(32)
        self._open[_hash(token)] = Session(who, name, now, now, other)
        self._open = {key: kept for key, kept in self._open.items() if kept.live(now)}
        return token

    def find(self, token: str, now: datetime, *, touch: bool = True) -> Session | None:
        """The live session of a token; `touch` False looks without keeping it alive."""
        found = self._open.get(_hash(token)) if token else None
        if found is None or not found.live(now):
            return None
        if touch:
            found.last = now
        return found

    def who(self, token: str, now: datetime) -> Presence:
        found = self.find(token, now)
        return found.who if found else NOBODY

    def close(self, token: str) -> None:
        self._open.pop(_hash(token), None)

    def close_all(self, subject: str) -> None:
        """Every session of a subject: their keys changed, or they are gone."""
        self._open = {key: kept for key, kept in self._open.items() if kept.who.subject != subject}


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
