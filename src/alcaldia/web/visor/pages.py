"""What every page of the visor shares: the town, the map's addresses, whole page or only its panel."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from alcaldia.kernel.models import Municipality
from alcaldia.land import thematic
from alcaldia.land.rulebook import municipality_of
from alcaldia.land.sheet import LayerInfo
from alcaldia.land.sheet import layers as published_layers

FRAGMENT = "X-Visor-Fragment"
"""Sent by the map's script: the same page without what surrounds the panel."""

BASE = "Base"
"""Layers of this theme are the ground of the map: always drawn, never listed."""


def show(
    request: HttpRequest, template: str, town: Municipality, *, status: int = 200, **facts: Any
) -> HttpResponse:
    """The page, or the panel alone when the map asks for it; both come from one template."""
    part = FRAGMENT in request.headers
    context = {
        "town": town, "section": "visor", "layout": "visor/fragment.html" if part else "visor/page.html",
        "themes": THEMES, **facts,
    }  # fmt: skip
    if not part:
        context |= {"layer_groups": groups(published_layers(town.slug)), "extent": thematic.extent(town.slug)}
    response = render(request, f"visor/{template}.html", context, status=status)
    response["Vary"] = FRAGMENT
    if part:
        response["Cache-Control"] = "no-store"  # going back must never show the panel without its page
    return response


def groups(found: list[LayerInfo]) -> dict[str, list[LayerInfo]]:
    """Layers that may be switched on, by theme."""
    listed: dict[str, list[LayerInfo]] = {}
    for layer in found:
        if layer.kind == "layer" and layer.theme != BASE:
            listed.setdefault(layer.theme or "Otras", []).append(layer)
    return listed


def town_of(slug: str) -> Municipality:
    return municipality_of(slug)


THEMES = thematic.NAMES
