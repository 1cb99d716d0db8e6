"""Tiles over HTTP: compressed once, cacheable for ever when the address names the version."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from alcaldia.kernel.errors import Refusal
from alcaldia.land.rulebook import published
from alcaldia.land.tiles import serve

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@require_safe
def tile(request: HttpRequest, slug: str, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """GET /tiles/{slug}/{layer}/{z}/{x}/{y}.mvt; `?v=` (the version) lets browsers keep it."""
    try:
        data = serve.tile(published(slug), layer, z, x, y)
    except Refusal as refusal:
        return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain; charset=utf-8")
    response = HttpResponse(data, content_type=MEDIA_TYPE)
    response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = FOREVER if "v" in request.GET else BRIEFLY
    return response
