"""Officials with posts in agencies."""

from datetime import date

from alcaldia.identity.models import Official, Post
from alcaldia.web.components.sessions import VAULT_COOKIES

SIGNED = {"post": "Jefa", "at": "2026-01-01T00:00:00Z", "nonce": "of-a-test"}
"""What an action is told of a signature that its door checked."""


def official(town, name, agency, role="reviewer", title=""):
    """An account with one post, without any key: actions need none."""
    made = Official.objects.create(username=name, name=name.title(), created_at="2026-01-01T00:00Z")
    Post.objects.create(
        official=made, municipality=town, role=role, agency=agency, title=title, since=date(2020, 1, 1)
    )
    return made


def opens_vault(client, who, broker, agency):
    """`who` has an open vault in this browser: at the broker this very official is one of that agency."""
    theirs = broker.official(agency)
    Official.objects.filter(pk=who.pk).update(public_id=theirs.subject)
    client.cookies[VAULT_COOKIES["official"]] = theirs.token
