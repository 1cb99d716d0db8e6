"""Tiles answered before Django: a tile has no session, no language and no form to protect.

What cannot be answered so (no such layer, a database that went away) goes to the application.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from alcaldia.kernel.errors import Refusal
from alcaldia.land.plan import Rulebook
from alcaldia.land.rulebook import lately, published
from alcaldia.land.tiles import serve
from alcaldia.web.components.headers import HEADERS, HSTS
from alcaldia.web.components.rate import check_tile
from alcaldia.web.visor.tiles import BRIEFLY, FOREVER, MEDIA_TYPE

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_TILE = re.compile(r"^/tiles/([\w-]{1,60})/([\w-]{1,80})/(\d{1,2})/(\d{1,7})/(\d{1,7})\.mvt$")

# As web/visor/style.py writes it: the layer's version and the beginning of its hash.
_VERSION = re.compile(r"(?:^|&)v=[^&]*-([0-9a-f]{8})(?:&|$)")


def tile_door(application: Application) -> Application:
    """The application with the shortcut in front of it."""

    def door(request: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        data = _tile(request)
        if data is None:
            return application(request, start_response)
        if not check_tile(request.get("REMOTE_ADDR", ""), request.get("HTTP_X_FORWARDED_FOR", "")):
            start_response("429 Too Many Requests", list({**HEADERS, "Retry-After": "60"}.items()))
            return [b""]
        keep = FOREVER if "v=" in request.get("QUERY_STRING", "") else BRIEFLY
        own = {
            "Content-Type": MEDIA_TYPE,
            "Content-Encoding": "gzip",
            "Content-Length": str(len(data)),
            "Cache-Control": keep,
        }
        tls = dict((HSTS,)) if settings.BEHIND_TLS else {}
        start_response("200 OK", list({**HEADERS, **tls, **own}.items()))
        return [data]

    return door


def _book(slug: str, layer: str, query: str) -> Rulebook:
    """The rulebook of a moment ago, unless the address names contents that it does not have yet: browsers keep those."""
    book, named = lately(slug), _VERSION.search(query)
    stale = named is not None and not serve.source_of(book, layer).sha256.startswith(named[1])
    return published(slug) if stale else book


def _tile(request: dict[str, Any]) -> bytes | None:
    match = _TILE.match(request.get("PATH_INFO", "")) if request.get("REQUEST_METHOD") == "GET" else None
    if match is None:
        return None
    try:
        book = _book(match[1], match[2], request.get("QUERY_STRING", ""))
        return serve.tile(book, match[2], int(match[3]), int(match[4]), int(match[5]))
    except (Refusal, DatabaseError):
        return None
