"""What a new worker makes ready before anybody asks it: workers are replaced, and no visitor should pay for that."""

from collections.abc import Callable, Iterable

import structlog
from django.db import DatabaseError, connections

from alcaldia.catalogue import own
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land import rulebook, search
from alcaldia.procedures import definitions

log = structlog.get_logger()


def warm() -> None:
    """Read every town's plan and build its two searches; a town that cannot be read is told and left to its first visitor."""
    for town in _towns():
        for ready in (_land, _procedures):
            _tried(ready, town)
    connections.close_all()


def _towns() -> Iterable[Municipality]:
    try:
        return list(Municipality.objects.all())
    except DatabaseError as error:
        log.warning("not_warmed", error=type(error).__name__)
        return []


def _tried(ready: Callable[[Municipality], object], town: Municipality) -> None:
    try:
        ready(town)
    except (DatabaseError, Refusal, OSError) as error:
        log.warning("not_warmed", kind=town.slug, error=type(error).__name__)


def _land(town: Municipality) -> object:
    return search.search(rulebook.published(town.slug), "a")


def _procedures(town: Municipality) -> object:
    return definitions.index(town.slug, own.of(town)), definitions.programs(town.slug)
