"""Tiles answered before Django: a tile has no session, no language and no form to protect.

What cannot be answered so (no such layer, a database that went away) goes to the application.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from alcaldia.kernel.errors import Refusal
from alcaldia.land.rulebook import published
from alcaldia.land.tiles import serve
from alcaldia.web.components.headers import HEADERS, HSTS
from alcaldia.web.components.rate import check_tile
from alcaldia.web.visor.tiles import BRIEFLY, FOREVER, MEDIA_TYPE

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_TILE = re.compile(r"^/tiles/([\w-]{1,60})/([\w-]{1,80})/(\d{1,2})/(\d{1,7})/(\d{1,7})\.mvt$")


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


def _tile(request: dict[str, Any]) -> bytes | None:
    match = _TILE.match(request.get("PATH_INFO", "")) if request.get("REQUEST_METHOD") == "GET" else None
    if match is None:
        return None
    try:
        return serve.tile(published(match[1]), match[2], int(match[3]), int(match[4]), int(match[5]))
    except (Refusal, DatabaseError):
        return None
