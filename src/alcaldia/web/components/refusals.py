"""A refusal becomes a page with a sentence that says what to do; never a stack trace."""

import errno
import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from alcaldia.kernel.errors import Refusal
from alcaldia.web.components import watch
from alcaldia.web.components.problem import problem

RETRY = 10
"""Seconds after which whoever asked a database that is away may ask again: it starts anew in less."""
API, OFFICE = "/api/", "/oficina/"
# What SQLite and PostgreSQL say when the disk takes nothing more.
DISK_FULL = ("disk is full", "No space left on device", "disk I/O error")
NO_ROOM = (
    "No se guardó nada: al servidor se le acabó el espacio. Su trámite no quedó a medias; avise a la oficina digital "
    "e intente de nuevo más tarde."
)


class RefusalPages:
    """Any view may raise Refusal; the person reads its sentence with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        return _wrong_method(request, response) if response.status_code == 405 else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        refusal = _refusal_of(exception)
        return answer(request, refusal) if refusal else None


def _refusal_of(exception: BaseException | None) -> Refusal | None:
    """What a failure means to whoever asked; None where it is a fault of ours."""
    if isinstance(exception, Refusal):
        return exception
    if _no_room(exception):
        return Refusal("disk_full", NO_ROOM, status=503)
    if isinstance(exception, OperationalError | InterfaceError):
        detail = "La base de datos de la ciudad no contesta en este momento. Nada quedó a medias; intente de nuevo en un minuto."
        return Refusal("database_away", detail, status=503, retry_after=RETRY)
    return None


def _no_room(exception: BaseException | None) -> bool:
    if isinstance(exception, OSError):
        return exception.errno in {errno.ENOSPC, errno.EDQUOT}
    return isinstance(exception, DatabaseError) and any(sign in str(exception) for sign in DISK_FULL)


TO_CITIZENS = {
    "no_calendar": "Hoy no se puede: a la oficina le falta cargar los días inhábiles del año. Ya se le avisó. No se perdió nada; intente mañana.",
}
"""What a sentence of the rules asks of an operator, as whoever is not one reads it."""


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    watch.refused(request, refusal)
    if refusal.code in TO_CITIZENS and not request.path.startswith(OFFICE):
        refusal = Refusal(refusal.code, TO_CITIZENS[refusal.code], status=503)
    if request.path.startswith(API):
        told = problem(refusal.status, refusal.code, refusal.detail)
    else:
        told = render(request, "components/refusal.html", {"refusal": refusal}, status=refusal.status)
    if "retry_after" in refusal.facts:
        told.headers["Retry-After"] = str(refusal.facts["retry_after"])
    return told


def _wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Django and Ninja answer 405 with an empty or an English body; RFC 9110 wants Allow kept."""
    detail = "Esta dirección no se usa así. Vuelva a la página anterior o revise en /api/ cómo se pide."
    told = answer(request, Refusal("method_not_allowed", detail, status=405))
    told.headers["Allow"] = response.headers.get("Allow", "GET, HEAD")
    return told


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        detail = "Lo que envió es demasiado grande. Envíe menos datos en cada petición."
        return answer(request, Refusal("too_large", detail, status=413))
    detail = "No pudimos leer lo que envió. Vuelva a la página anterior, actualícela e intente de nuevo."
    return answer(request, Refusal("bad_request", detail, status=400))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Settings name it; nothing was done with what the form carried."""
    detail = "Por seguridad no aceptamos este envío: la página venció o el navegador bloquea las cookies. Vuelva a la página anterior, actualícela e intente de nuevo."
    return answer(request, Refusal("stale_form", detail, status=403))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    refusal = Refusal(
        "not_found", "Esta página no existe. Vuelva al inicio o busque lo que necesita.", status=404
    )
    return answer(request, refusal)


def server_error(request: HttpRequest) -> HttpResponse:
    """Also what a middleware above `RefusalPages` could not do: the first question to a database is asked there."""
    refusal = _refusal_of(sys.exc_info()[1]) or Refusal(
        "server_error",
        "Algo falló de nuestro lado. No se perdió nada; intente de nuevo en un minuto.",
        status=500,
    )
    return answer(request, refusal)
