"""How often is too often: a sliding window per address, account or identifier, shared by all processes.

The counts live in a small SQLite file of their own under `run/`, on both engines: they must outlive a
refused transaction, cost no disk flush, and can be lost. Several machines count each for itself. Keys
are hashed: the file names no address and nobody.
"""

import hmac
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.refusals import answer


@dataclass(frozen=True)
class Limit:
    """At most `count` in any `seconds`; `by` says of whom."""

    count: int
    seconds: int
    by: str


LIMITS: dict[str, Limit] = {
    "enter": Limit(120, 60, "address"),  # a whole office may sit behind one address
    "register": Limit(600, 3600, "address"),  # mobile carriers put thousands behind one
    "account": Limit(60, 3600, "account"),
    "code.send": Limit(5, 900, "identifier"),
    "code.send.address": Limit(120, 900, "address"),
    "code.try": Limit(200, 900, "address"),
    "recover": Limit(60, 3600, "address"),
    "check": Limit(60, 60, "address"),
    "search": Limit(1200, 60, "address"),
    "api": Limit(1200, 60, "address"),
}
LOOPBACK = {"127.0.0.1", "::1"}

_COUNT = """
INSERT INTO hits (key, window, count) VALUES (?, ?, 1)
ON CONFLICT (key, window) DO UPDATE SET count = count + 1 RETURNING count
"""
_local = threading.local()


def address_of(request: HttpRequest) -> str:
    """The client's address: the last hop that our own TLS proxy wrote, or the peer."""
    if settings.BEHIND_TLS:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if told:
            return told
    return str(request.META.get("REMOTE_ADDR", ""))


def check(name: str, whose: str, *, now: float | None = None) -> None:
    """Count one and raise Refusal (429, with `retry_after` in seconds) when it is one too many."""
    limit, at = LIMITS[name], time.time() if now is None else now
    window, into = divmod(at, limit.seconds)
    key = hmac.new(settings.SECRET_KEY.encode(), f"{name}\n{whose}".encode(), sha256).hexdigest()[:32]
    store = _store()
    count = store.execute(_COUNT, (key, int(window))).fetchone()[0]
    before = store.execute(
        "SELECT count FROM hits WHERE key = ? AND window = ?", (key, int(window) - 1)
    ).fetchone()
    if count == 1:
        # Windows of all limits share the table; two days are longer than any of them.
        store.execute("DELETE FROM hits WHERE key = ? AND window < ?", (key, int(window) - 1))
    # What the sliding window still holds of the fixed window before this one.
    held = count + (before[0] if before else 0) * (1 - into / limit.seconds)
    if held > limit.count:
        raise _too_many(max(1, round(limit.seconds - into)))


def check_request(request: HttpRequest, name: str, *, whose: str = "") -> None:
    """`check` for a page: by the client's address, unless the limit counts something else."""
    check(name, whose or address_of(request))


def _too_many(wait: int) -> Refusal:
    words = f"{wait} segundos" if wait < 90 else f"{round(wait / 60)} minutos"
    detail = f"Hubo demasiados intentos seguidos. Espere {words} y vuelva a intentar."
    return Refusal("too_many", detail, status=429, retry_after=wait)


def _store() -> sqlite3.Connection:
    path = settings.HOME / "run" / "rates.sqlite3"
    if getattr(_local, "path", None) != path:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = sqlite3.connect(path, isolation_level=None, timeout=5)
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA synchronous=OFF")
        store.execute("CREATE TABLE IF NOT EXISTS hits (key TEXT, window INTEGER, count INTEGER, PRIMARY KEY (key, window)) WITHOUT ROWID")  # fmt: skip
        _local.path, _local.store = path, store
    found: sqlite3.Connection = _local.store
    return found


def forget() -> None:
    """Empty the counts (tests)."""
    _store().execute("DELETE FROM hits")


class RateLimits:
    """Searches and API writes, by address. What runs on the machine itself (benchmarks, a proxy that
    says nothing of its clients) is not one client and is not counted here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = _watched(request)
        address = address_of(request)
        if name and address not in LOOPBACK:
            try:
                check(name, address)
            except Refusal as refusal:
                return answer(request, refusal)
        return self.get_response(request)


def _watched(request: HttpRequest) -> str:
    if request.method not in {"GET", "HEAD", "OPTIONS"} and request.path.startswith("/api/"):
        return "api"
    return "search" if "q" in request.GET else ""
