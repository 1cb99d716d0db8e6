"""Challenges and sessions: in memory only, so a stolen store opens nothing and a restart asks again."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.decision import NOBODY, OFFICIAL, Presence

CHALLENGE_LIFE = timedelta(minutes=5)
IDLE = {"person": timedelta(minutes=30), OFFICIAL: timedelta(minutes=15)}
LONGEST = {"person": timedelta(hours=12), OFFICIAL: timedelta(hours=8)}
MOST_CHALLENGES = 20_000
PURPOSES = ("enrol", "session", "spare", "codes", "erase")


class Challenges:
    """Each is 32 random bytes for one purpose and one subject (None: whoever answers), used once."""

    def __init__(self) -> None:
        self._made: dict[bytes, tuple[str, str | None, datetime]] = {}
        self._mates: dict[bytes, tuple[bytes, bytes]] = {}

    def make(self, purpose: str, subject: str | None, now: datetime) -> bytes:
        if purpose not in PURPOSES:
            raise Refusal("bad_purpose", "Ese reto no existe. Actualice la página.")
        if len(self._made) >= MOST_CHALLENGES:
            self._made = {key: kept for key, kept in self._made.items() if kept[2] > now - CHALLENGE_LIFE}
        if len(self._made) >= MOST_CHALLENGES:
            raise Refusal(
                "busy", "Hay demasiadas personas entrando a la vez. Intente en un minuto.", status=503
            )
        challenge = secrets.token_bytes(32)
        self._made[challenge] = (purpose, subject, now)
        return challenge

    def join(self, own: bytes, other: bytes, joint: bytes) -> bytes:
        """From now on the joint challenge stands for our own and the second broker's."""
        self._made[joint] = self._made.pop(own)
        self._mates = {key: kept for key, kept in self._mates.items() if key in self._made}
        self._mates[joint] = (own, other)
        return joint

    def spend(
        self, challenge: bytes, purpose: str, subject: str, now: datetime
    ) -> tuple[bytes, bytes] | None:
        """Raises Refusal unless this challenge was made for this and not spent yet; the two of a joint one."""
        made = self._made.pop(challenge, None)
        fits = made is not None and made[0] == purpose and made[1] in {None, subject}
        if made is None or not fits or now - made[2] > CHALLENGE_LIFE:
            raise Refusal("stale_challenge", "La página venció. Actualícela e intente de nuevo.", status=403)
        return self._mates.pop(challenge, None)


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
