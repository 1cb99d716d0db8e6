"""What the security log is told: who came in and left, and what was refused, without a datum of anybody."""

import hmac
from hashlib import sha256
from ipaddress import IPv6Address

import structlog
from django.conf import settings
from django.http import HttpRequest

from alcaldia.kernel.errors import Refusal

log = structlog.stdlib.get_logger("alcaldia.security")
# Refusals that somebody may be provoking; a wrong figure in a form is none of them.
TOLD = frozenset({401, 403, 405, 409, 413, 429, 503})


def address_of(request: HttpRequest) -> str:
    """The client, as it is counted (`client_address`)."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    return client_address(peer, request.headers.get("X-Forwarded-For", ""))


def client_address(peer: str, forwarded: str) -> str:
    """The last hop that our own TLS proxy wrote, or the peer: IPv6 by its /64, all of which one subscriber has."""
    told = forwarded.rpartition(",")[2].strip() if settings.BEHIND_TLS else ""
    return _subscriber(told or peer)


def _subscriber(address: str) -> str:
    """An IPv4 address written as IPv6 is that IPv4 address."""
    try:
        found = IPv6Address(address)
    except ValueError:
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return address if found.is_loopback else f"{IPv6Address(int(found) >> 64 << 64)}/64"


def client_of(address: str) -> str:
    """A name for an address that serves to tell clients apart in a log and cannot be read back."""
    return hmac.new(settings.SECRET_KEY.encode(), f"log\n{address}".encode(), sha256).hexdigest()[:10]


def refused(request: HttpRequest, refusal: Refusal) -> None:
    """One line for each refusal that an attack would cause; the sentence itself is not repeated."""
    bad_login = (
        request.method == "POST"
        and refusal.status < 500
        and request.path.startswith(("/cuenta/", "/oficina/"))
    )
    if refusal.status in TOLD or bad_login:
        log.warning("refused", code=refusal.code, status=refusal.status, **_where(request))


def entered(request: HttpRequest, *, kind: str, assurance: str, session: int) -> None:
    log.info("entered", kind=kind, assurance=assurance, session=session, **_where(request))


def left(request: HttpRequest, *, kind: str, session: int) -> None:
    log.info("left", kind=kind, session=session, **_where(request))


def _where(request: HttpRequest) -> dict[str, str]:
    match = request.resolver_match
    route = match.route if match else ""
    return {"method": request.method or "", "route": route, "client": client_of(address_of(request))}
