"""Accounts of officials as the operator's commands make them. Import it after Django is set up."""

from datetime import date

from alcaldia.identity import offices
from alcaldia.identity.models import Official, Post
from alcaldia.kernel.models import Municipality


def official_named(username: str, name: str) -> Official:
    """The existing account, or a new one; neither has a password."""
    known = Official.objects.filter(username=username.strip().lower()).first()
    return known or offices.add_official(username=username, name=name, by="operator", channel="cli")


def ensure_post(
    official: Official, town: Municipality, role: str, agency: str, since: date, title: str = ""
) -> None:
    """A post without an end, unless there is one."""
    held = Post.objects.filter(
        official=official, municipality=town, role=role, agency=agency, title=title, until__isnull=True
    )
    if not held.exists():
        offices.give_post(
            official=official,
            municipality=town,
            role=role,
            agency=agency,
            title=title,
            since=since,
            by="operator",
            channel="cli",
        )
