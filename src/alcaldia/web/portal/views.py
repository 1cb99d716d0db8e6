"""The page of the city hall: what do you need to do? No news, no faces, no slogans: there is no slot for them."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from alcaldia.catalogue import own
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.shape import Text
from alcaldia.land.rulebook import municipality_of
from alcaldia.ledger import overview
from alcaldia.procedures import definitions
from alcaldia.procedures.queries import usage

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
MIN_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text of the brand colour stands on white."""


@require_safe
def home(request: HttpRequest, slug: str = "") -> HttpResponse:
    """One search box and the doors that work; with several municipalities and none chosen, first choose."""
    wanted = slug or request.GET.get("m", "")
    towns = list(Municipality.objects.only("slug", "name", "state", "publication", "catalogue"))
    town = municipality_of(wanted) if wanted else (towns[0] if len(towns) == 1 else None)
    facts = {"town": town, "towns": towns, "waiting_since": overview.waiting_since()}
    return render(request, "portal/home.html", {**facts, **(_ways_in(town) if town else {})})


def _ways_in(town: Municipality) -> dict[str, object]:
    """The three doors with examples, and what people ask for most, computed from use."""
    tree = own.of(town).tree
    doors = [
        {
            "key": one.key,
            "name": one.name,
            "examples": [_lower(group.name) for group in one.groups[:3]],
        }
        for one in tree.doors
    ]
    programs = definitions.programs(town.slug)
    popular = [programs[key].definition.sheet for key in usage.most_used(town) if key in programs]
    return {"doors": doors, "popular": [{"key": one.key, "name": one.plain_name} for one in popular]}


def _lower(text: Text) -> Text:
    return Text(tuple((code, words.lower()) for code, words in text.words))


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Help, accessibility and privacy: texts."""
    return render(request, f"portal/{name}.html", {"section": name})


@require_safe
def contact(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the city hall is, when it attends and how to call it, as `[contact]` of municipality.toml says."""
    town = municipality_of(slug)
    given = town.settings.get("contact") or {}
    return render(request, "portal/contact.html", {"town": town, "contact": given})


@require_safe
@cache_control(public=True, max_age=3600)
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """The municipality's colours as CSS properties; one that cannot be read on white is left out."""
    given = municipality_of(slug).settings.get("theme", {})
    names = {"brand": given.get("colour"), "accent": given.get("accent")}
    kept = {name: value for name, value in names.items() if _readable(value)}
    rules = "".join(f"--{name}:{value};" for name, value in kept.items())
    return HttpResponse(f":root{{{rules}}}" if rules else "", content_type="text/css; charset=utf-8")


def _readable(colour: object) -> bool:
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        return False
    return 1.05 / (_luminance(colour) + 0.05) >= MIN_CONTRAST


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, 0 black to 1 white."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
