"""Issued rulings that wait for a person's second look."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alcaldia.kernel.models import Municipality
from alcaldia.land.reviews import FLAGS, mark_reviewed, waiting
from alcaldia.web.backoffice.entry import frame, reviewer
from alcaldia.web.components.sessions import official_of

PAGE = 25
OUTCOMES = {
    "permitted": "Permitido",
    "conditional": "Condicionado",
    "prohibited": "Prohibido",
    "undetermined": "No determinable",
}


@require_safe
@reviewer
def reviews(request: HttpRequest, town: Municipality) -> HttpResponse:
    page = Paginator(waiting(town), PAGE).get_page(request.GET.get("pagina"))
    rows = [
        {
            "ruling": ruling,
            "flags": [FLAGS.get(flag, flag) for flag in ruling.review_flags],
            "outcome": OUTCOMES[ruling.outcome],
        }
        for ruling in page
    ]
    return render(request, "backoffice/reviews.html", {**frame(request, town), "page": page, "rows": rows})


@require_POST
@reviewer
def review(request: HttpRequest, town: Municipality, folio: str) -> HttpResponse:
    mark_reviewed(
        town, folio, note=request.POST.get("nota", ""), by=official_of(request).username, channel="backoffice"
    )
    return HttpResponseRedirect(reverse("backoffice:reviews", args=[town.slug]))
