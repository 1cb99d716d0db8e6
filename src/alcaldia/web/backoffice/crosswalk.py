"""Which code of the plan answers for which SCIAN code, edited by hand."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.actions import Unchanged
from alcaldia.land.crosswalk import Pair, pairs, publish_crosswalk
from alcaldia.web.backoffice.entry import frame, loader
from alcaldia.web.components.sessions import official_of

BLANK_ROWS = 5


@require_http_methods(["GET", "HEAD", "POST"])
@loader
def crosswalk(request: HttpRequest, town: Municipality) -> HttpResponse:
    if request.method != "POST":
        return _page(request, town, pairs(town))
    given = _given(request)
    try:
        publish_crosswalk(town, given, by=official_of(request).username, channel="backoffice")
    except Unchanged:
        pass
    except Refusal as refusal:
        return _page(request, town, given, refusal.detail)
    return HttpResponseRedirect(reverse("backoffice:crosswalk", args=[town.slug]))


def _given(request: HttpRequest) -> list[Pair]:
    columns = (request.POST.getlist(name) for name in ("origen", "destino", "nota"))
    return list(zip(*columns, strict=False))


def _page(request: HttpRequest, town: Municipality, rows: list[Pair], error: str = "") -> HttpResponse:
    shown = [*rows, *[("", "", "")] * BLANK_ROWS]
    return render(
        request,
        "backoffice/crosswalk.html",
        {**frame(request, town), "rows": shown, "error": error},
        status=422 if error else 200,
    )
