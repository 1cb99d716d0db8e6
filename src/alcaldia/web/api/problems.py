"""Every error of the API is application/problem+json (RFC 9457) with a sentence that says what to do."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.small_json import read_small
from alcaldia.web.components import watch
from alcaldia.web.components.problem import PROBLEM, problem


class BoundedParser(Parser):
    """A body that nests without end, or holds what no text may, is no JSON that we read."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = read_small(request.body, most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return found


class DocumentedAPI(NinjaAPI):
    """An API whose OpenAPI document says that errors are problems, which Ninja cannot be told."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(*args, **kwargs)
        for item in schema["paths"].values():
            for operation in item.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        response["content"] = {PROBLEM: response["content"]["application/json"]}
        return schema


def install(api: NinjaAPI) -> None:
    """Map every exception to a problem; what we did not foresee says nothing of itself."""

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, refusal: Any) -> HttpResponse:
        watch.refused(request, refusal)
        more = {name: refusal.facts.get(name) for name in ("errors", "candidates", "least_assurance")}
        return problem(refusal.status, refusal.code, refusal.detail, **more)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: Any) -> HttpResponse:
        first = error.errors[0] if error.errors else {}
        names = [str(part) for part in first.get("loc", ())[1:] if part != "payload"]
        field = names[0][:60] if names else "cuerpo"
        if first.get("type") == "extra_forbidden":
            detail = f"No conocemos «{field}». Quítelo o revise en /api/ cómo se escribe."
        else:
            detail = f"Revise «{field}»: falta o no tiene la forma que pide /api/."
        return problem(400, "invalid_request", detail)

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: Any) -> HttpResponse:
        detail = "No se pudo leer la petición; debe ser un JSON como el que muestra /api/."
        return problem(error.status_code, "bad_request", detail)
