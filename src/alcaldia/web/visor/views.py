"""Pages that show: search, parcel sheet, where to open, themes, layers. All of them work without the map."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land import parcels as parcel_store
from alcaldia.land import thematic
from alcaldia.land.activities import suggest
from alcaldia.land.census import StillCounting
from alcaldia.land.inverse import where as where_permitted
from alcaldia.land.rulebook import published
from alcaldia.land.search import in_neighbourhood, search
from alcaldia.land.sheet import LayerHit, Sheet, sheet
from alcaldia.land.sheet import layers as published_layers
from alcaldia.land.volume import existing_height, permitted_height
from alcaldia.procedures import queries as procedures
from alcaldia.procedures.queries.offered import beginning_with_a_parcel
from alcaldia.web.visor.pages import groups, show, town_of

THEME_TITLES = {
    "zone": _("Zonas del plan"),
    "use": _("Uso actual"),
    "land_value": _("Valor del suelo"),
    "year": _("Año de construcción"),
    "levels": _("Niveles construidos"),
}
SURE = 90
"""Score from which the best activity answers without asking (exact words; see land.activities)."""

LIKELY = 70
"""Score from which an activity is worth offering where no place was found: a business with a letter or two wrong."""


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """The only municipality at once, or the list of them."""
    towns = list(Municipality.objects.all())
    if len(towns) == 1:
        return redirect("visor:home", towns[0].slug)
    return render(request, "visor/choose.html", {"towns": towns, "section": "visor"})


@require_safe
def home(request: HttpRequest, slug: str) -> HttpResponse:
    """The search box and what was found: by words (`?q=`), or the parcels of a neighbourhood (`?colonia=`)."""
    town, words = town_of(slug), request.GET.get("q", "").strip()[:120]
    book = published(slug)
    area = request.GET.get("colonia", "").strip()[:160]
    places = in_neighbourhood(book, area) if area else search(book, words) if words else []
    enough = SURE if places else LIKELY
    activities = [hit for hit in suggest(book, words, limit=4) if hit.score >= enough] if words else []
    only = places[0] if len(places) == 1 and not activities else None
    if only and only.public_id:
        return redirect("visor:parcel", slug, only.public_id)
    return show(request, "home", town, q=words or area, places=places, activities=activities)


@require_safe
def point(request: HttpRequest, slug: str) -> HttpResponse:
    """The parcel under a click on the map; where the cadastre overlaps, the smallest."""
    try:
        lon, lat = float(request.GET.get("lon", "")), float(request.GET.get("lat", ""))
    except ValueError:
        raise Refusal("bad_coordinates", "Diga un punto con lon y lat, en grados.", status=400) from None
    return redirect("visor:parcel", slug, parcel_store.at_point(published(slug), lon, lat)[0].public_id)


@require_safe
def parcel(request: HttpRequest, slug: str, public_id: str) -> HttpResponse:
    """The parcel sheet."""
    found = sheet(slug, public_id)
    facts = {**parcel_facts(found), "procedures": beginning_with_a_parcel(slug)}
    return show(request, "parcel", town_of(slug), sheet=found, **facts)


@require_safe
def sheet_pdf(request: HttpRequest, slug: str, public_id: str) -> HttpResponse:
    """The parcel sheet as PDF; its QR leads back to the page. Nothing is kept."""
    address = f"{settings.PUBLIC_URL}{reverse('visor:parcel', args=(slug, public_id))}"
    drawn = procedures.parcel_sheet_pdf(slug, public_id, address=address)
    response = HttpResponse(drawn, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="ficha-{public_id}.pdf"'
    return response


def parcel_facts(found: Sheet) -> dict[str, Any]:
    """What the sheet's template iterates over."""
    themes: dict[str, list[LayerHit]] = {}
    for hit in found.layers:
        if hit.theme != "Base":
            themes.setdefault(hit.theme, []).append(hit)
    box = found.record.box
    middle = None if box is None else {"lon": (box[0] + box[2]) / 2, "lat": (box[1] + box[3]) / 2}
    return {
        "parcel": found.parcel,
        "known": found.facts,
        "heights": {"existing": existing_height(found), "permitted": permitted_height(found)},
        "coefficients": [found.potential.cos, found.potential.cus],
        "layer_themes": themes,
        "middle": middle,
        "shape": json.dumps(found.geojson) if found.parcel.geom is not None else "",
        "risks": [overlay for overlay in found.facts.overlays if overlay.text],
    }


@require_safe
def where(request: HttpRequest, slug: str) -> HttpResponse:
    """Where may I open this? By neighbourhood, with the map beside it."""
    book, words = published(slug), request.GET.get("giro", "").strip()[:120]
    near = suggest(book, words, limit=8) if words else []
    chosen = near[0] if near and near[0].score >= SURE else None
    counting = None
    try:
        table = where_permitted(slug, chosen.code)[0] if chosen else []
    except StillCounting as still:
        table, counting = [], still.percent
    best = sorted(table, key=lambda row: (-row.permitted, -row.conditional, row.neighbourhood))
    total = {
        name: sum(getattr(row, name) for row in table)
        for name in ("permitted", "conditional", "undetermined", "prohibited")
    }
    others = [hit for hit in near if hit != chosen]
    facts: dict[str, Any] = {"giro": words, "chosen": chosen, "rows": best, "total": total, "others": others}
    return show(request, "where", town_of(slug), counting=counting, **facts)


@require_safe
def theme(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """The table twin of a thematic map; its colours are the legend."""
    found = thematic.theme(slug, name)
    total = sum(one.parcels for one in found.bins) + found.missing
    titles = list(THEME_TITLES.items())
    return show(
        request, "theme", town_of(slug), found=found, total=total, titles=titles, title=THEME_TITLES[name]
    )


@require_safe
def layers(request: HttpRequest, slug: str) -> HttpResponse:
    """Every layer with its source, licence and version."""
    found = published_layers(slug)
    return show(
        request,
        "layers",
        town_of(slug),
        listed=groups(found),
        ground=[one for one in found if one.kind != "layer"],
    )
