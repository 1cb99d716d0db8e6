"""Security headers on every answer: strict CSP with nonces and trusted types, no framing, isolated origin, only TLS."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.refusals import API, answer

# Each module of ours that turns a page it fetched into nodes has a policy of that name; "default" is
# MapLibre's, made in visor/map.js: it lets through the address of its worker and nothing else.
TRUSTED_TYPES = ("default", "alcaldia-panel", "alcaldia-progress", "alcaldia-accesses", "alcaldia-kiosk")

# MapLibre 6 loads its worker as a module file from our origin; styles it sets go through the
# CSSOM, which style-src does not govern. Nothing is inline: a nonce names the files of this one answer.
_DIRECTIVES = "; ".join(
    (
        "default-src 'none'",
        "script-src {scripts}",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types " + " ".join(TRUSTED_TYPES),
    )
)
POLICY = _DIRECTIVES.format(scripts="'none'")
"""Of a page that asked for no script: it runs none, whatever is written into it."""
_OF_A_FILE = _DIRECTIVES.format(scripts="'self'")
"""Of a static file, which matters where it is a worker: the map's imports its other half."""
REFUSED_POWERS = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
    "gyroscope", "hid", "identity-credentials-get", "idle-detection", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
POWERS = ("geolocation", "publickey-credentials-create", "publickey-credentials-get")

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        [f"{name}=()" for name in REFUSED_POWERS] + [f"{name}=(self)" for name in POWERS]
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
}
HSTS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
# Pages of one person or office: no browser or cache may keep them, not even those that only show a code's form.
PRIVATE = ("/cuenta/", "/oficina/", "/boveda/", "/quiosco/")


def nonce_of(request: HttpRequest) -> str:
    """The nonce of this answer, drawn when its template first writes one (128 bits, as CSP 3 asks for)."""
    if not hasattr(request, "script_nonce"):
        request.script_nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
    return str(request.script_nonce)  # type: ignore[attr-defined]


def _policy(request: HttpRequest, response: HttpResponse) -> str:
    """Scripts: those that carry the answer's nonce, else none. A page may name its own beforehand."""
    if hasattr(request, "script_nonce"):
        return _DIRECTIVES.format(scripts=f"'nonce-{nonce_of(request)}'")
    is_file = request.path.startswith(settings.STATIC_URL) and response.status_code == 200
    return _OF_A_FILE if is_file else POLICY


class SecurityHeaders:
    """Outermost middleware, so that error pages and static files carry the headers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy(request, response))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.BEHIND_TLS:
            response.headers.setdefault(*HSTS)
        if request.path.startswith(PRIVATE):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class OnlyTls:
    """Behind a TLS proxy, what came in plain text is sent to TLS if a person is reading, and refused if a
    program is: a client that leaks its questions must notice (ASVS V4.1.2)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.BEHIND_TLS or request.is_secure() or request.path == "/health":
            return self.get_response(request)
        if request.path.startswith(API) or request.method not in {"GET", "HEAD"}:
            detail = "Esta dirección sólo se usa por https. Cambie http por https en la dirección y repita su consulta."
            return answer(request, Refusal("tls_required", detail, status=403))
        return HttpResponsePermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")
