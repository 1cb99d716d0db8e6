"""May I attend this case? An official's current posts decide: the post's agency and what its role carries.

Whoever is away leaves their turn to a delegate, who attends with the absent official's posts.
"""

from collections.abc import Callable
from datetime import date

from alcaldia.identity import permissions as identity
from alcaldia.identity.models import Official, Post
from alcaldia.identity.queries import current_posts
from alcaldia.identity.rules.posts import roles_with
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures.models import Absence
from alcaldia.procedures.names import agency_name

ATTEND, SIGN, HEAD = "cases.attend", "cases.sign", "cases.head"


def posts_of(official: Official | None, town: Municipality, on: date) -> list[Post]:
    """The posts that the official may use today: their own and those of whoever left them in charge."""
    if official is None or official.ended_at is not None:
        return []
    away = Absence.objects.filter(delegate=official, municipality=town, since__lte=on, until__gte=on)
    own = list(current_posts(official, on))
    left = [
        post
        for one in away.select_related("official")
        if one.official.ended_at is None
        for post in current_posts(one.official, on)
        if not one.agencies or post.agency in one.agencies
    ]
    return [post for post in (*own, *left) if post.municipality_id == town.pk]


def agencies_of(
    official: Official | None, town: Municipality, on: date, permission: str = ATTEND
) -> list[str]:
    """The agencies for which the official may do this, each once."""
    roles = roles_with(permission)
    return list(dict.fromkeys(p.agency for p in posts_of(official, town, on) if p.agency and p.role in roles))


def can(
    official: Official | None, town: Municipality, agency: str, on: date, permission: str = ATTEND
) -> bool:
    """Does a current post in that agency carry the permission?"""
    return agency in agencies_of(official, town, on, permission)


def signer_of(official: Official | None, town: Municipality, on: date) -> Callable[[str, str], bool]:
    """Whether they sign for an agency as the definition's post ("" any), asked of their posts once.

    A post without a title is the head's of a town that names none: it signs for all of its agency.
    """
    held = {(one.agency, one.title) for one in posts_of(official, town, on) if one.role in roles_with(SIGN)}
    agencies = {agency for agency, _ in held}
    return lambda agency, post: (
        (agency in agencies) if not post else bool({(agency, ""), (agency, post)} & held)
    )


def check_signer(official: Official | None, town: Municipality, agency: str, post: str, on: date) -> None:
    """Raises Refusal (403) unless `signer_of`."""
    check(official, town, agency, on, SIGN)
    if not signer_of(official, town, on)(agency, post):
        detail = f"Esta resolución la firma «{post.replace('-', ' ')}», y su puesto es otro. Pásela a quien lo ocupa."
        raise Refusal("not_the_signer", detail, status=403)


def check(
    official: Official | None, town: Municipality, agency: str, on: date, permission: str = ATTEND
) -> None:
    """Raises Refusal (403) that names the agency unless `can`."""
    if not can(official, town, agency, on, permission):
        what = identity.sentence(permission, agency_name(town, agency))
        raise Refusal("not_your_post", what, status=403)
