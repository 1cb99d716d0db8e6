"""How often, by whom: sliding windows of a minute in memory. A restart forgets them, never the accesses."""

from collections import deque
from datetime import datetime, timedelta

from alcaldia.kernel.errors import Refusal

WINDOW = timedelta(minutes=1)


class Rates:
    """`check` counts one more and refuses what goes over."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], deque[datetime]] = {}

    def check(self, what: str, who: str, limit: int, now: datetime) -> None:
        """Raises Refusal beyond `limit` in the last minute."""
        window = self._seen.setdefault((what, who), deque())
        while window and window[0] <= now - WINDOW:
            window.popleft()
        if len(window) >= limit:
            detail = "Son demasiadas consultas en un minuto. Espere un minuto y siga."
            raise Refusal("too_many", detail, status=429)
        window.append(now)
        if len(self._seen) > 10_000:
            self._seen = {key: kept for key, kept in self._seen.items() if kept and kept[-1] > now - WINDOW}
