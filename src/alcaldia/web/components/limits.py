"""What no page can use is refused at the door: strange methods, bodies by their announced length, texts with a NUL."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import sentence
from alcaldia.web.components import uploads
from alcaldia.web.components.refusals import API, answer

# Boundary lines and the form's own fields come on top of the file.
ENVELOPE_BYTES = 64 * 1024
MULTIPART = "multipart/form-data"
View = Callable[..., HttpResponse]


class BodyLimit:
    """Must stand before whatever reads request.POST (the CSRF check does)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        limit = settings.IMPORT_MAX_BYTES
        if (
            not (length.isascii() and length.isdigit() and len(length) < 20)
            or int(length) > limit + ENVELOPE_BYTES
        ):
            detail = sentence(
                "El archivo pasa de %(n)s MB, que es el límite. Divídalo por sectores o quite columnas.",
                n=limit // 2**20,
            )
            return answer(request, Refusal("too_large", detail, status=413))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, *_: Any) -> HttpResponse | None:
        """Files are public data of the office, or they are all in memory at once."""
        if request.content_type != MULTIPART or uploads.wait_on_disk(request, view):
            return None
        limit = uploads.MOST_AT_ONCE
        if int(request.META.get("CONTENT_LENGTH") or 0) <= limit + ENVELOPE_BYTES:
            return None
        detail = sentence(
            "Lo que envió pasa de %(n)s MB en total. Mande menos archivos a la vez.", n=limit // 2**20
        )
        return answer(request, Refusal("too_large", detail, status=413))


class KnownMethods:
    """TRACE and methods that nobody wrote a page for end here, with 405."""

    METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in self.METHODS:
            return self.get_response(request)
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})


class ApiTakesJson:
    """A form of another site can send every type but JSON without asking first (CORS): the API takes only that, and files
    where a header comes along that no form can send.
    """

    FILES, HEADER = "/with-files", "Idempotency-Key"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        carries = (
            request.headers.get("Content-Length", "0") not in {"", "0"}
            or "Transfer-Encoding" in request.headers
        )
        sends = carries and request.method in {"POST", "PUT", "PATCH"} and request.path.startswith(API)
        if sends and request.content_type != "application/json" and not self._files(request):
            detail = "La petición debe decir «Content-Type: application/json» y traer un JSON como el que muestra /api/."
            return answer(request, Refusal("not_json", detail, status=415))
        return self.get_response(request)

    def _files(self, request: HttpRequest) -> bool:
        named = request.path.endswith(self.FILES) and bool(request.headers.get(self.HEADER))
        return named and request.content_type == MULTIPART


class NoNul:
    """PostgreSQL cannot keep U+0000 and SQLite stops reading at it: no address or form may carry one."""

    FORM = "application/x-www-form-urlencoded"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            "\0" in request.path_info
            or "%00" in request.META.get("QUERY_STRING", "")
            or self._in_form(request)
        ):
            return self._refused(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """A form with files is read by now in any case: the CSRF check is next."""
        if request.content_type != MULTIPART:
            return None
        with suppress(UnreadablePostError):
            if any("\0" in text for name, texts in request.POST.lists() for text in (name, *texts)):
                return self._refused(request)
        return None

    def _refused(self, request: HttpRequest) -> HttpResponse:
        detail = "Lo que envió trae un carácter invisible que no se puede usar. Escríbalo de nuevo a mano."
        return answer(request, Refusal("bad_text", detail, status=400))

    def _in_form(self, request: HttpRequest) -> bool:
        return request.content_type == self.FORM and (b"%00" in request.body or b"\0" in request.body)
