"""GET /health: is this installation ready to serve?"""

from django.db import connection
from django.http import HttpRequest, JsonResponse

from alcaldia.kernel.models import Municipality


def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, with the engine and how many municipalities it serves."""
    return JsonResponse(
        {"status": "ok", "engine": connection.vendor, "municipalities": Municipality.objects.count()}
    )
