"""How often, by whom: sliding windows in memory, of a minute or another time. A restart forgets them, never the accesses."""

from collections import deque
from datetime import datetime, timedelta

from alcaldia.kernel.errors import Refusal

WINDOW = timedelta(minutes=1)


class Rates:
    """`room` and `check` count one more, unless it goes over; `seen` counts nothing. The words below say minute for the window."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window
        self._seen: dict[tuple[str, str], deque[datetime]] = {}
        self._most = 10_000

    def seen(self, what: str, who: str, now: datetime) -> bool:
        """Was any counted in the last minute?"""
        window = self._seen.get((what, who)) or (now - self._window,)
        return window[-1] > now - self._window

    def room(self, what: str, who: str, limit: int, now: datetime) -> bool:
        """Is this one of the first `limit` in the last minute?"""
        window = self._seen.setdefault((what, who), deque())
        while window and window[0] <= now - self._window:
            window.popleft()
        if len(window) >= limit:
            return False
        window.append(now)
        if len(self._seen) > self._most:
            self._seen = {
                key: kept for key, kept in self._seen.items() if kept and kept[-1] > now - self._window
            }
            self._most = max(10_000, 2 * len(self._seen))
        return True

    def check(self, what: str, who: str, limit: int, now: datetime) -> None:
        """Raises Refusal beyond `limit` in the last minute."""
        if not self.room(what, who, limit, now):
            raise too_many()


def too_many() -> Refusal:
    detail = "Son demasiadas consultas en un minuto. Espere un minuto y siga."
    return Refusal("too_many", detail, status=429)
