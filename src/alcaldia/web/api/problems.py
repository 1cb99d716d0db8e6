"""Every error of the API is application/problem+json (RFC 9457) with a sentence that says what to do."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.problem import problem


def install(api: NinjaAPI) -> None:
    """Map every exception to a problem; what we did not foresee says nothing of itself."""

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, refusal: Any) -> HttpResponse:
        return problem(refusal.status, refusal.code, refusal.detail)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: Any) -> HttpResponse:
        first = error.errors[0] if error.errors else {}
        field = ".".join(str(part) for part in first.get("loc", ())[1:] if part != "payload") or "cuerpo"
        return problem(400, "invalid_request", f"Revise «{field}»: falta o no tiene la forma que pide /api/.")

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: Any) -> HttpResponse:
        detail = "No se pudo leer la petición; debe ser un JSON como el que muestra /api/."
        return problem(error.status_code, "bad_request", detail)
