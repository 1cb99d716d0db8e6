"""What the map asks for: its style, the sketch, the volumes, the favourable parcels. All of it public data."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from alcaldia.kernel.errors import NotFound
from alcaldia.land.inverse import where
from alcaldia.land.sheet import sheet as parcel_sheet
from alcaldia.land.sketch import draw
from alcaldia.land.volume import volumes
from alcaldia.web.visor import style as map_style


@require_safe
@cache_control(max_age=60)
def style(request: HttpRequest, slug: str) -> JsonResponse:
    """The MapLibre style of the municipality."""
    return JsonResponse(map_style.build(slug))


@require_safe
@cache_control(max_age=300)
def sketch(request: HttpRequest, slug: str, public_id: str) -> HttpResponse:
    """The parcel's sketch with what its setbacks leave, as an SVG file."""
    found = parcel_sheet(slug, public_id)
    if found.record.shape is None:
        raise NotFound("no_sketch", "El catastro no tiene el dibujo de este predio.")
    title = f"Croquis del predio {found.record.key or public_id}"
    drawing = draw(found.record, list(found.neighbours), title=title, buildable=found.buildable)
    return HttpResponse(drawing, content_type="image/svg+xml; charset=utf-8")


@require_safe
def volume(request: HttpRequest, slug: str, public_id: str) -> JsonResponse:
    """Existing and permitted volume of a parcel."""
    return JsonResponse(volumes(slug, parcel_sheet(slug, public_id)))


@require_safe
def favourable(request: HttpRequest, slug: str) -> JsonResponse:
    """Public ids of the parcels where an activity is permitted or conditional."""
    _, ids = where(slug, request.GET.get("giro", ""))
    answer: dict[str, Any] = dict(ids)
    return JsonResponse(answer)
