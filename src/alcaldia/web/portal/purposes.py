"""What an office may ask a person's permit for: the public catalogue, as a page and as a file for other programs."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alcaldia.kernel.shape import Text
from alcaldia.vault.purposes import CATALOGUE, SHA256, Purpose

DPV = "https://w3id.org/dpv#"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """In plain words, with what the law says."""
    context = {"catalogue": CATALOGUE, "sha256": SHA256, "section": "privacy"}
    return render(request, "portal/purposes.html", context)


@require_safe
def file(request: HttpRequest) -> HttpResponse:
    """The same for machines; `sha256` is of the catalogue's own file."""
    told = {
        "version": CATALOGUE.version, "since": CATALOGUE.since, "sha256": SHA256,
        "purposes": [_told(one) for one in CATALOGUE.purposes],
    }  # fmt: skip
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1})


def _told(one: Purpose) -> dict[str, Any]:
    words = {
        name: dict(value.words)
        for name in ("name", "about", "basis")
        if isinstance(value := getattr(one, name), Text)
    }
    return {**asdict(one), **words, "dpv": one.dpv.replace("dpv:", DPV)}
