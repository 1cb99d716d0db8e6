"""The first page of the office: the municipalities in which one holds a post."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from alcaldia.land.permissions import towns_of
from alcaldia.web.backoffice.entry import frame


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    towns = [frame(request, town) for town in towns_of(request.user, timezone.localdate())]
    return render(request, "backoffice/home.html", {"towns": towns})
