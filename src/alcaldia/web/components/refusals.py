"""A refusal becomes a page with a sentence that says what to do; never a stack trace."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from alcaldia.kernel.errors import Refusal
from alcaldia.web.components.problem import problem

API = "/api/"


class RefusalPages:
    """Any view may raise Refusal; the person reads its sentence with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        return _answer(request, exception)


def _answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if request.path.startswith(API):
        return problem(refusal.status, refusal.code, refusal.detail)
    return render(request, "components/refusal.html", {"refusal": refusal}, status=refusal.status)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    refusal = Refusal(
        "not_found", "Esta página no existe. Vuelva al inicio o busque lo que necesita.", status=404
    )
    return _answer(request, refusal)


def server_error(request: HttpRequest) -> HttpResponse:
    refusal = Refusal(
        "server_error", "Algo falló de nuestro lado. No se perdió nada; intente de nuevo en un minuto."
    )
    return render(request, "components/refusal.html", {"refusal": refusal}, status=500)
