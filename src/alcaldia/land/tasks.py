"""Work that follows a publication, queued in its transaction and done by the worker."""

from django_tasks import task

from alcaldia.land import census
from alcaldia.land.rulebook import published
from alcaldia.land.tiles import build


@task()
def build_tiles(slug: str) -> int:
    """Archives of the published layers that have none yet; returns how many were built."""
    return build.build_missing(published(slug))


@task()
def take_census(slug: str) -> int:
    """Sort the parcels into kinds, so that "where may I open this?" answers at once; returns how many kinds."""
    return census.prepare(published(slug))
