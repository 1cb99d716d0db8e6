"""May I? Who may load land data and who may review rulings: current posts decide, nothing else."""

from datetime import date

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q

from alcaldia.identity.models import Post
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality

Role = Post.Role
LOAD = (Role.PLANNER, Role.CADASTRE, Role.OPERATOR)
REVIEW = (Role.PLANNER, Role.REVIEWER, Role.OPERATOR)


def can_load(person: User | AnonymousUser, town: Municipality, on: date) -> bool:
    """May this person load, publish and revert data of the municipality on that day?"""
    return _holds(person, town, LOAD, on)


def check_load(person: User | AnonymousUser, town: Municipality, on: date) -> None:
    """Raises Refusal (403) unless `can_load`."""
    if not can_load(person, town, on):
        raise Refusal("not_your_post", _sentence("cargar datos", town, LOAD), status=403)


def can_review(person: User | AnonymousUser, town: Municipality, on: date) -> bool:
    """May this person note that an issued ruling was reviewed?"""
    return _holds(person, town, REVIEW, on)


def check_review(person: User | AnonymousUser, town: Municipality, on: date) -> None:
    """Raises Refusal (403) unless `can_review`."""
    if not can_review(person, town, on):
        raise Refusal("not_your_post", _sentence("revisar dictámenes", town, REVIEW), status=403)


def towns_of(person: User | AnonymousUser, on: date) -> list[Municipality]:
    """Municipalities in which the person holds any post on that day."""
    if not person.is_authenticated:
        return []
    held = _current(on).filter(official_id=person.pk)
    return list(Municipality.objects.filter(pk__in=held.values("municipality")))


def _holds(person: User | AnonymousUser, town: Municipality, roles: tuple[str, ...], on: date) -> bool:
    if not person.is_authenticated or not person.is_active:
        return False
    return _current(on).filter(official_id=person.pk, municipality=town, role__in=roles).exists()


def _current(on: date):  # type: ignore[no-untyped-def]
    return Post.objects.filter(Q(until__isnull=True) | Q(until__gte=on), since__lte=on)


def _sentence(what: str, town: Municipality, roles: tuple[Role, ...]) -> str:
    names = ", ".join(role.label for role in roles)
    return f"Para {what} de {town.name} necesita un puesto vigente de: {names}. Pídalo a la oficina digital."
