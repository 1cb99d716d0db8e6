"""Every connection that leaves this server: only to addresses that the operator configured, never inside.

Names are resolved here and the connection goes to the address that was checked, so that a name whose
answer changes between check and use (DNS rebinding) leads nowhere else. No redirect is followed, no proxy
of the environment is used, and an answer has a size and a time: whoever sends a byte now and then is no longer heard.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
from django.conf import settings

LARGEST = 1 << 20
"""Bytes of an answer; witnesses, time stamps and identity providers answer with a few thousand."""
PATIENCE = httpx.Timeout(5.0)
WHOLE = 15.0
"""Seconds until the last byte of an answer must have come; PATIENCE counts each silence on its own."""
PORTS = {"http": 80, "https": 443}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Python calls these global, though they only carry another address inside them (RFC 6052, 3056, 4380, 4291), or were the
# networks of one site (RFC 3879).
TUNNELS = tuple(
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)


class Blocked(httpx.ConnectError):
    """The address is not one that this server may speak to. Callers treat it as no answer."""


def client(allowed: Callable[[], Iterable[str]]) -> httpx.Client:
    """An HTTP client for the addresses (URLs) that `allowed` gives at the moment of each request."""
    return httpx.Client(
        transport=_Guarded(allowed),
        timeout=PATIENCE,
        trust_env=False,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
    )


def inside(application: Callable[..., Any]) -> httpx.Client:
    """A client whose every request is answered by a WSGI program in this process: it opens no connection at all."""
    return httpx.Client(
        transport=httpx.WSGITransport(app=application), trust_env=False, follow_redirects=False
    )


def line(address: str, seconds: float) -> socket.socket:
    """A plain connection to a service of this machine that the operator configured: "host:port" or a socket's path."""
    if address.startswith("/"):
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(seconds)
        made.connect(address)
        return made
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=seconds)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: what the allow-list compares."""
    parts = httpx.URL(url)
    return parts.scheme, parts.host, parts.port or PORTS.get(parts.scheme, 0)


def may_reach(address: Address) -> bool:
    """Is it an address of the public internet, or one that `ALCALDIA_PRIVATE_PEERS` names?"""
    inside = getattr(address, "ipv4_mapped", None) or address
    if any(inside in ipaddress.ip_network(text, strict=False) for text in settings.PRIVATE_PEERS):
        return True
    tunnelled = any(inside in network for network in TUNNELS)
    return inside.is_global and not inside.is_multicast and not tunnelled


def checked_address(host: str, port: int) -> str:
    """The numeric address to connect to. Raises Blocked where any answer for the name lies inside."""
    try:
        found = [row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise Blocked(f"no address for {host}") from error
    if not found or not all(may_reach(ipaddress.ip_address(str(one).partition("%")[0])) for one in found):
        raise Blocked(f"{host} is not an address of the public internet")
    return str(found[0])


class _Guarded(httpx.BaseTransport):
    """One pool of connections per host: certificates are checked for the name, never for the number."""

    def __init__(self, allowed: Callable[[], Iterable[str]]) -> None:
        self.allowed = allowed
        self.pools: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = origin(str(request.url))
        if asked[0] not in PORTS or asked not in {origin(url) for url in self.allowed() if url}:
            raise Blocked(f"{asked[1]} is not among the configured addresses")
        host = request.url.host
        request.url = request.url.copy_with(host=checked_address(host, asked[2]))
        request.extensions = {**request.extensions, "sni_hostname": host}
        pool = self.pools.setdefault(host, httpx.HTTPTransport(trust_env=False))
        answer = pool.handle_request(request)
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            # Packed bytes were not asked for; a few of them unpack to gigabytes.
            answer.close()
            raise httpx.ReadError("the answer is compressed")
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Bounded(answer.stream),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        for pool in self.pools.values():
            pool.close()


class _Bounded(httpx.SyncByteStream):
    """The bytes of an answer as they came, until there are too many of them."""

    def __init__(self, stream: object) -> None:
        self.stream, self.ends = stream, time.monotonic() + WHOLE

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for block in self.stream:  # type: ignore[attr-defined]
            read += len(block)
            if read > LARGEST:
                raise httpx.ReadError("the answer is too large")
            if time.monotonic() > self.ends:
                raise httpx.ReadTimeout("the answer takes too long")
            yield block

    def close(self) -> None:
        self.stream.close()  # type: ignore[attr-defined]
