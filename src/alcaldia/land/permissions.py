"""May I? Who may load land data and who may review rulings: current posts decide, nothing else."""

from datetime import date

from alcaldia.identity import permissions
from alcaldia.identity.models import Official
from alcaldia.kernel.models import Municipality

LOAD, REVIEW = "land.load", "land.review"


def can_load(official: Official | None, town: Municipality, on: date) -> bool:
    """May this official load, publish and revert data of the municipality on that day?"""
    return permissions.can(official, LOAD, town, on)


def check_load(official: Official | None, town: Municipality, on: date) -> None:
    """Raises Refusal (403) unless `can_load`."""
    permissions.check(official, LOAD, town, on)


def can_review(official: Official | None, town: Municipality, on: date) -> bool:
    """May this official note that an issued ruling was reviewed?"""
    return permissions.can(official, REVIEW, town, on)


def check_review(official: Official | None, town: Municipality, on: date) -> None:
    """Raises Refusal (403) unless `can_review`."""
    permissions.check(official, REVIEW, town, on)
