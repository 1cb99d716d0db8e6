"""GET /health: is this installation ready to serve?"""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.vault import custodian


def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers (503 otherwise), with the engine and how many municipalities it serves.

    `vault` "down" does not make the city unready: public pages go on.
    """
    try:
        count = Municipality.objects.count()
    except DatabaseError:
        return JsonResponse({"status": "down", "engine": connection.vendor}, status=503)
    told = {"status": "ok", "engine": connection.vendor, "municipalities": count, "vault": _vault()}
    return JsonResponse(told)


def _vault() -> str:
    try:
        custodian.ask("health")
    except Refusal:
        return "down"
    return "ok"
