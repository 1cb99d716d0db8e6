"""The names that a definition may use here: those of the catalogue and, of a municipality, its own posts, files and agendas."""

from dataclasses import replace
from pathlib import Path

from django.db import DatabaseError

from alcaldia.agenda import queries as agenda
from alcaldia.catalogue import own
from alcaldia.identity.models import Post
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import definitions
from alcaldia.procedures.rules.surroundings import Around


def of(municipality: str, beside: Path | None = None) -> Around:
    """Names of the municipality's catalogue and database; without one (a file checked anywhere) those of the first day."""
    try:
        town = Municipality.objects.filter(slug=municipality).first() if municipality else None
    except DatabaseError:
        town = None
    found = definitions.around(municipality, beside, own.of(town))
    if town is None:
        return found
    posts = set(Post.objects.filter(municipality=town).values_list("agency", flat=True)) - {""}
    agendas = {one.key for one in agenda.agendas_of(town)}
    return replace(found, agencies={*(found.agencies or ()), *posts}, agendas=agendas)
