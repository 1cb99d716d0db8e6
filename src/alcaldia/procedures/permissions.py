"""May I attend this case? An official's current posts decide: the post's agency and what its role carries.

Whoever is away leaves their turn to a delegate, who attends with the absent official's posts.
"""

from collections.abc import Collection
from datetime import date

from alcaldia.identity import permissions as identity
from alcaldia.identity.models import Official, Post
from alcaldia.identity.queries import current_posts
from alcaldia.identity.rules.posts import roles_with
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures.models import Absence, Turn
from alcaldia.procedures.names import agency_name, post_name

ATTEND, SIGN, HEAD = "cases.attend", "cases.sign", "cases.head"
Lane = tuple[str, str | None]
"""Turns of an agency that have the same `signer`; None: all of the agency."""


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


def lanes_of(official: Official | None, town: Municipality, on: date) -> tuple[Lane, ...]:
    """What the official's posts may act on today, for the inbox.

    A signing post without a title is the head's of a town that names none: it signs for all of its agency.
    """
    found: dict[str, set[str | None]] = {}
    for post in posts_of(official, town, on):
        if not post.agency or post.role not in roles_with(ATTEND):
            continue
        lanes = found.setdefault(post.agency, {""})
        if post.role in roles_with(SIGN):
            lanes |= {Turn.ANY_SIGNER, post.title or None}
    return tuple(
        (agency, signer)
        for agency, lanes in found.items()
        for signer in ([None] if None in lanes else sorted(str(one) for one in lanes))
    )


def whole(agencies: Collection[str]) -> tuple[Lane, ...]:
    """Everything of these agencies, whoever may act on it."""
    return tuple((agency, None) for agency in agencies)


def within(lanes: Collection[Lane], agency: str, signer: str) -> bool:
    """Whether a turn is among what these lanes hold."""
    return (agency, None) in lanes or (agency, signer) in lanes


def check_signer(official: Official | None, town: Municipality, agency: str, signer: str, on: date) -> None:
    """Raises Refusal (403) that names the post unless theirs may act on a turn with this `signer`."""
    check(official, town, agency, on, SIGN if signer else ATTEND)
    if not within(lanes_of(official, town, on), agency, signer):
        detail = (
            f"Esta resolución la firma «{post_name(signer)}», y su puesto es otro. Pásela a quien lo ocupa."
        )
        raise Refusal("not_the_signer", detail, status=403)


def check(
    official: Official | None, town: Municipality, agency: str, on: date, permission: str = ATTEND
) -> None:
    """Raises Refusal (403) that names the agency unless `can`."""
    if not can(official, town, agency, on, permission):
        what = identity.sentence(permission, agency_name(town, agency))
        raise Refusal("not_your_post", what, status=403)
