"""Bodies that are too large are refused by their announced length, before a byte of them is stored."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from alcaldia.kernel.errors import Refusal

# Boundary lines and the form's own fields come on top of the file.
ENVELOPE_BYTES = 64 * 1024


class BodyLimit:
    """Must stand before whatever reads request.POST (the CSRF check does)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        limit = settings.IMPORT_MAX_BYTES
        if not length.isdigit() or int(length) > limit + ENVELOPE_BYTES:
            detail = f"El archivo pasa de {limit // 2**20} MB, que es el límite. Divídalo por sectores o quite columnas."
            return render(
                request, "components/refusal.html", {"refusal": Refusal("too_large", detail)}, status=413
            )
        return self.get_response(request)
