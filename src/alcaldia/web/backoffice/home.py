"""The first page of the office: the municipalities in which one holds a post."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from alcaldia.identity.permissions import can_anywhere, towns_of
from alcaldia.web.backoffice.entry import frame
from alcaldia.web.components.access import official_required
from alcaldia.web.components.sessions import official_of


@require_safe
@official_required()
def home(request: HttpRequest) -> HttpResponse:
    official, on = official_of(request), timezone.localdate()
    towns = [frame(request, town) for town in towns_of(official, on)]
    may = {
        name: can_anywhere(official, f"identity.{name}", on)
        for name in ("recover", "represent", "reside", "verify")
    }
    attends = can_anywhere(official, "counter.attend", on)
    return render(request, "backoffice/home.html", {"towns": towns, "may": may, "attends": attends})
