"""May I? The current posts of an official decide, by the table of rules/posts.py; nothing else does."""

from datetime import date

from alcaldia.identity.models import Official
from alcaldia.identity.queries import current_posts
from alcaldia.identity.rules.posts import PERMISSIONS, ROLES, Held, allows, roles_with
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality


def can(official: Official | None, permission: str, town: Municipality, on: date) -> bool:
    """Does a post that the official holds in the municipality on that day carry the permission?"""
    if official is None or official.ended_at is not None:
        return False
    held = tuple(
        Held(post.role, post.municipality.slug, post.since, post.until)
        for post in current_posts(official, on)
    )
    return allows(held, permission, town.slug, on)


def check(official: Official | None, permission: str, town: Municipality, on: date) -> None:
    """Raises Refusal (403) that names the posts which carry the permission unless `can`."""
    if not can(official, permission, town, on):
        raise Refusal("not_your_post", sentence(permission, town.name), status=403)


def sentence(permission: str, where: str) -> str:
    names = ", ".join(label for role, label in ROLES.items() if role in roles_with(permission))
    what = PERMISSIONS[permission][0].lower()
    return f"Para {what} en {where} necesita un puesto vigente de: {names}. Pídalo a la oficina digital."


def towns_of(official: Official | None, on: date) -> list[Municipality]:
    """Municipalities in which the official holds any post on that day, by name."""
    if official is None:
        return []
    held = current_posts(official, on).values("municipality")
    return list(Municipality.objects.filter(pk__in=held))


def can_anywhere(official: Official | None, permission: str, on: date) -> bool:
    return any(can(official, permission, town, on) for town in towns_of(official, on))
