"""How long a session lives: one table."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Limits:
    """`idle` since the last page, `absolute` since the login, whatever happens."""

    idle: timedelta
    absolute: timedelta


LIMITS: dict[str, Limits] = {
    "official": Limits(timedelta(minutes=15), timedelta(hours=8)),
    "person": Limits(timedelta(minutes=30), timedelta(hours=12)),
}
TOUCH_EVERY = timedelta(seconds=60)
"""`last_seen_at` is written at most once a minute: a page view must not cost a write."""

FORGET_AFTER = timedelta(days=90)
"""When and where somebody logged in is kept no longer than it can help them."""


WHY: dict[str, str] = {
    "idle": "Se cerró sola: nadie la usó.", "absolute": "Se cerró sola: terminó su tiempo.", "clock": "Se cerró: el reloj no cuadraba.",
    "closed": "La cerró usted.", "closed_all": "La cerró usted, con todas.", "replaced": "Se volvió a entrar en ese navegador.",
    "stolen": "La cerramos: se usó desde otro navegador.", "cloned": "La cerramos: su llave pudo copiarse.",
    "passkey": "Se cerró al quitar su llave.", "recovered": "Se cerró al recuperar la cuenta.", "account": "Se dio de baja la cuenta.",
}  # fmt: skip
"""Why a session ended, as its owner reads it."""


def ended(kind: str, created: datetime, seen: datetime, now: datetime) -> str:
    """Why a session is over: "idle", "absolute", "clock" (begun in the future), or "" while it lives."""
    limits = LIMITS[kind]
    if now < created - TOUCH_EVERY:
        return "clock"
    if now - created >= limits.absolute:
        return "absolute"
    return "idle" if now - seen >= limits.idle else ""
