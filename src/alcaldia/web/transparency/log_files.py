"""The log as the files that C2SP tlog-tiles names, for monitors, witnesses and verifiers elsewhere."""

import json
from collections.abc import Callable

from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from alcaldia.documents.keys import crl, trusted_roots
from alcaldia.kernel.errors import NotFound
from alcaldia.ledger import keys, overview, timestamps
from alcaldia.ledger.rules import tiles
from alcaldia.web.transparency.bundle import keys_bundle

TEXT = "text/plain; charset=utf-8"
# A tile of a given path never changes; a checkpoint is stale with the next act.
FOR_EVER = "public, max-age=31536000, immutable"
NOW = "no-cache"


def answer(data: bytes | str, kind: str, cache: str, status: int = 200) -> HttpResponse:
    """A file that any site may fetch: nothing in it depends on who asks."""
    headers = {
        "Cache-Control": cache,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return HttpResponse(data, status=status, content_type=kind, headers=headers)


@require_safe
def checkpoint(request: HttpRequest, name: str = "acts") -> HttpResponse:
    """The signed tree head."""
    return _told(lambda: answer(overview.source_named(name).checkpoint(), TEXT, NOW))


@require_safe
def tile(request: HttpRequest, level: str, rest: str, name: str = "acts") -> HttpResponse:
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
        return answer("No es la ruta de un mosaico de tlog-tiles.\n", TEXT, NOW, 404)
    height = level if level == tiles.ENTRIES else int(level)
    return _told(
        lambda: answer(overview.source_named(name).tile(height, *place), "application/octet-stream", FOR_EVER)
    )


def _told(made: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return made()
    except NotFound as unknown:
        return answer(unknown.detail + "\n", TEXT, NOW, 404)


@require_safe
def log_keys(request: HttpRequest, name: str = "acts") -> HttpResponse:
    """Every key of a log with the sizes that it signs."""
    return _told(lambda: answer(overview.source_named(name).keys().text(), "application/json", NOW))


@require_safe
def log_statements(request: HttpRequest, name: str = "acts") -> HttpResponse:
    """Every change of a log's keys, signed by all keys of the moment before: a monitor believes no other."""
    return _told(
        lambda: answer(json.dumps(overview.source_named(name).statements()), "application/json", NOW)
    )


@require_safe
def stamps(request: HttpRequest, name: str = "acts") -> HttpResponse:
    """RFC 3161 stamps over checkpoints, the newest first; `?before=SIZE` gives earlier ones."""
    before = request.GET.get("before", "")
    upto = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None

    def told() -> HttpResponse:
        found = timestamps.published(overview.source_named(name).name, upto)
        return answer(json.dumps({"log": name, "stamps": found}), "application/json", NOW)

    return _told(told)


@require_safe
def verifier_key(request: HttpRequest) -> HttpResponse:
    """The log's Ed25519 key, as C2SP signed-note writes it."""
    return answer(keys.signer().key.text() + "\n", TEXT, NOW)


@require_safe
def bundle(request: HttpRequest) -> HttpResponse:
    """All that a verifier elsewhere must trust, in one file."""
    return answer(keys_bundle(), "application/json", NOW)


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Who the witnesses are and how many are enough (c2sp.org/tlog-policy)."""
    return answer(json.loads(keys_bundle())["policy"], TEXT, NOW)


@require_safe
def roots(request: HttpRequest) -> HttpResponse:
    """The root certificates of the municipalities' seals."""
    return answer(
        b"".join(root.public_bytes(Encoding.PEM) for root in trusted_roots()), "application/x-pem-file", NOW
    )


@require_safe
def revocations(request: HttpRequest, slug: str) -> HttpResponse:
    """The revocation list of a municipality's seals (DER, as RFC 5280 serves it)."""
    found = crl(keys.folder() / slug)
    if found is None:
        return answer("Ese municipio no tiene lista de revocación.\n", TEXT, NOW, 404)
    return answer(found.public_bytes(Encoding.DER), "application/pkix-crl", "public, max-age=3600")
