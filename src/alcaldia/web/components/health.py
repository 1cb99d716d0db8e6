"""GET /health: is this installation ready to serve?"""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from alcaldia.kernel.models import Municipality


def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers (503 otherwise), with the engine and how many municipalities it serves."""
    try:
        count = Municipality.objects.count()
    except DatabaseError:
        return JsonResponse({"status": "down", "engine": connection.vendor}, status=503)
    return JsonResponse({"status": "ok", "engine": connection.vendor, "municipalities": count})
