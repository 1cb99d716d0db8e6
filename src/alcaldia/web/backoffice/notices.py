"""Notices that did not go: given up, or being tried again. Nobody's address is shown; nobody here could read it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from alcaldia.kernel.models import Municipality
from alcaldia.notices import actions, queries
from alcaldia.notices.ports import plugged
from alcaldia.web.backoffice.entry import frame, loader


@never_cache
@require_safe
@loader
def trouble(request: HttpRequest, town: Municipality) -> HttpResponse:
    """Those in trouble, how many wait, and which channels there are."""
    rows, counts = queries.in_trouble(town), queries.counts(town)
    channels = ", ".join(sorted(plugged.senders))
    context = {**frame(request, town), "rows": rows, "queued": counts.get("queued", 0), "sent": counts.get("sent", 0),
               "channels": channels}  # fmt: skip
    return render(request, "backoffice/notices.html", context)


@require_POST
@loader
def again(request: HttpRequest, town: Municipality, pk: int) -> HttpResponse:
    """Try one anew."""
    actions.try_again(town=town, pk=pk)
    return HttpResponseRedirect(reverse("backoffice:notices", args=[town.slug]))
