"""Offices as forms offer them: by the agency's name in the page's language, and by municipality where there are several."""

from collections.abc import Iterable
from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.vault.rules import catalogue, offices
from alcaldia.web.components import wording


def every_office() -> list[tuple[str, Any]]:
    """Code and name of the offices that a person may permit something to."""
    towns = Municipality.objects.values_list("slug", flat=True)
    return office_choices(offices.office(town, agency) for town in towns for agency in catalogue.OFFICES)


def office_choices(codes: Iterable[str]) -> list[tuple[str, Any]]:
    """The same of these offices; those of several municipalities are grouped by the municipality's name."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code in codes:
        groups.setdefault(offices.split(code)[0], []).append((code, wording.bare(offices.name(code))))
    if len(groups) == 1:
        return [*next(iter(groups.values()))]
    names = dict(Municipality.objects.filter(slug__in=groups).order_by("name").values_list("slug", "name"))
    return [(name, groups[slug]) for slug, name in names.items()]
