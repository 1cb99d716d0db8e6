"""The log as the files that C2SP tlog-tiles names, for monitors, witnesses and verifiers elsewhere."""

from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from alcaldia.documents.keys import trusted_roots
from alcaldia.kernel.errors import NotFound
from alcaldia.ledger import keys, queries
from alcaldia.ledger.rules import tiles

TEXT = "text/plain; charset=utf-8"
# A tile of a given path never changes; a checkpoint is stale with the next act.
FOR_EVER = "public, max-age=31536000, immutable"
NOW = "no-cache"


def _answer(data: bytes | str, kind: str, cache: str, status: int = 200) -> HttpResponse:
    headers = {
        "Cache-Control": cache,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return HttpResponse(data, status=status, content_type=kind, headers=headers)


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The signed tree head."""
    return _answer(queries.checkpoint(), TEXT, NOW)


@require_safe
def tile(request: HttpRequest, level: str, rest: str) -> HttpResponse:
    """A tile of hashes or an entry bundle."""
    place = tiles.read_path(rest)
    known = level == tiles.ENTRIES or (
        len(level) < 3
        and level.isascii()
        and level.isdigit()
        and str(int(level)) == level
        and int(level) < 64
    )
    if place is None or not known:
        return _answer("No es la ruta de un mosaico de tlog-tiles.\n", TEXT, NOW, 404)
    try:
        data = queries.tile(level if level == tiles.ENTRIES else int(level), *place)
    except NotFound as unknown:
        return _answer(unknown.detail + "\n", TEXT, NOW, 404)
    return _answer(data, "application/octet-stream", FOR_EVER)


@require_safe
def verifier_key(request: HttpRequest) -> HttpResponse:
    """The log's public key, as C2SP signed-note writes it."""
    return _answer(keys.signer().key.text() + "\n", TEXT, NOW)


@require_safe
def roots(request: HttpRequest) -> HttpResponse:
    """The root certificates of the municipalities' seals."""
    return _answer(
        b"".join(root.public_bytes(Encoding.PEM) for root in trusted_roots()), "application/x-pem-file", NOW
    )
