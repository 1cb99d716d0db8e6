"""How often is too often: a sliding window per address, account or identifier, shared by all processes.

The counts live in a small SQLite file of their own under `run/`, on both engines: they must outlive a
refused transaction, cost no disk flush, and can be lost. Several machines count each for itself. Keys
are hashed: the file names no address and nobody.
"""

import hmac
import itertools
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import sentence
from alcaldia.web.components.refusals import answer
from alcaldia.web.components.watch import address_of, client_address


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
    "book": Limit(120, 3600, "address"),  # nobody takes a whole month of an office
    "recover": Limit(60, 3600, "address"),
    "check": Limit(60, 60, "address"),
    "search": Limit(1200, 60, "address"),
    "api": Limit(1200, 60, "address"),
    "send": Limit(1200, 60, "address"),  # every form that has no stricter limit of its own
    "draw": Limit(300, 60, "address"),  # documents: the dearest pages
    "look": Limit(
        1200, 60, "address"
    ),  # folios, whoever tries them out; pages that ask the broker for a challenge
    "notice": Limit(12_000, 60, "address"),  # a payment provider tells all cities from a few addresses
    "tile": Limit(60_000, 60, "address"),  # a map window is thirty tiles
}
# First row that fits a request: (methods, path, limit). Limits of accounts and identifiers are the pages' own.
SAFE, ANY = frozenset({"GET", "HEAD", "OPTIONS"}), frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})  # fmt: skip
WATCHED: tuple[tuple[frozenset[str], re.Pattern[str], str], ...] = (
    (ANY - SAFE, re.compile(r"^/api/"), "api"),
    (ANY - SAFE, re.compile(r"^/pagos/aviso/"), "notice"),
    (ANY - SAFE, re.compile(r"^/pagar/[^/]+/(?:intento/\d+/comprobar|recibo)/$"), "draw"),
    (ANY - SAFE, re.compile(r"^/tramite/[^/]+/documento-con-datos\.pdf$"), "draw"),
    (ANY - SAFE, re.compile(r"^/"), "send"),
    (SAFE, re.compile(r"^/visor/[^/]+/(?:dictamen/[^/]+/pdf|predio/[^/]+/ficha\.pdf)$"), "draw"),
    (
        SAFE,
        re.compile(
            r"^/(?:verificar/.|pagar/.|visor/[^/]+/dictamen/|cuenta/activar/|oficina/invitacion/"
            r"|(?:cuenta|oficina)/entrar/|cuenta/registro/)"
        ),
        "look",
    ),
    (SAFE, re.compile(r"^/api/v1/municipalities/[^/]+/parcels"), "search"),
)
SAMPLE = 16
"""One tile in so many is counted, for all of them: counting each would cost more than giving it."""
LOOPBACK = {"127.0.0.1", "::1"}

_COUNT = """
INSERT INTO hits (key, window, count) VALUES (?, ?, ?)
ON CONFLICT (key, window) DO UPDATE SET count = count + excluded.count RETURNING count
"""
_local = threading.local()


def check(name: str, whose: str, *, now: float | None = None, times: int = 1) -> None:
    """Count `times` more and raise Refusal (429, with `retry_after` in seconds) when they are too many."""
    limit, at = LIMITS[name], time.time() if now is None else now
    window, into = divmod(at, limit.seconds)
    key = hmac.new(settings.SECRET_KEY.encode(), f"{name}\n{whose}".encode(), sha256).hexdigest()[:32]
    store = _store()
    count = store.execute(_COUNT, (key, int(window), times)).fetchone()[0]
    before = store.execute(
        "SELECT count FROM hits WHERE key = ? AND window = ?", (key, int(window) - 1)
    ).fetchone()
    if count == times:
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
    words = (
        sentence("%(n)s segundo", "%(n)s segundos", n=wait)
        if wait < 90
        else sentence("%(n)s minuto", "%(n)s minutos", n=round(wait / 60))
    )
    detail = sentence("Hubo demasiados intentos seguidos. Espere %(time)s y vuelva a intentar.", time=words)
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
    """The rows of WATCHED and every search, by address. What runs on the machine itself (benchmarks, a proxy that
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
    method, path = request.method or "", request.path
    named = (name for methods, pattern, name in WATCHED if method in methods and pattern.match(path))
    return next(named, "search" if "q" in request.GET else "")


_tiles = itertools.count()


def check_tile(peer: str, forwarded: str) -> bool:
    """May this client have one more tile? Answered before Django, hence by two plain words of the request."""
    address = client_address(peer, forwarded)
    if address in LOOPBACK or next(_tiles) % SAMPLE:
        return True
    try:
        check("tile", address, times=SAMPLE)
    except Refusal:
        return False
    return True
