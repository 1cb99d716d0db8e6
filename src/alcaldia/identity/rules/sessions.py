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


def ended(kind: str, created: datetime, seen: datetime, now: datetime) -> str:
    """Why a session is over: "idle", "absolute", "clock" (begun in the future), or "" while it lives."""
    limits = LIMITS[kind]
    if now < created - TOUCH_EVERY:
        return "clock"
    if now - created >= limits.absolute:
        return "absolute"
    return "idle" if now - seen >= limits.idle else ""
