"""The passkey ceremonies as faces use them: what a form needs, and what it brought back."""

from typing import Any
from urllib.parse import urlparse

from django.http import HttpRequest
from django.utils import timezone

from alcaldia.identity import passkeys, queries
from alcaldia.identity.challenges import Challenge, fresh, spend
from alcaldia.identity.models import Official, Person
from alcaldia.identity.rules import devices
from alcaldia.identity.sessions import Owner

Answered = tuple[dict[str, Any], Challenge]


def ask_to_enter(purpose: str) -> dict[str, str]:
    """Context of a form with data-passkey="get": the device offers the account by itself."""
    challenge = fresh(purpose, kept_for="session")
    return {"options": passkeys.request_options(challenge=challenge.value), "state": challenge.token()}


def ask_to_create(purpose: str, subject: str, owner: Owner | None = None, **facts: str) -> dict[str, str]:
    """Context of a form with data-passkey="create" for the subject; devices that have a key already say so."""
    challenge = fresh(purpose, subject=subject, kept_for="enrol", **facts)
    options = passkeys.creation_options(
        challenge=challenge.value,
        subject=subject,
        name=_shown_name(owner),
        known=queries.credential_ids(owner) if owner else [],
    )
    return {"options": options, "state": challenge.token()}


def _shown_name(owner: Owner | None) -> str:
    """What the device lists the key under: public for officials, a date for everybody else."""
    if isinstance(owner, Official):
        return owner.username
    since = owner.created_at if isinstance(owner, Person) else timezone.now()
    return f"Cuenta ciudadana del {timezone.localdate(since):%d-%m-%Y}"


def brought_back(request: HttpRequest, purpose: str) -> Answered:
    """The device's answer and the challenge it was asked; Refusal where the form carries neither."""
    answer = passkeys.read_answer(request.POST.get("credential", ""))
    return answer, spend(request.POST.get("state", ""), purpose)


def device_words(request: HttpRequest) -> str:
    return devices.words(request.headers.get("User-Agent", ""))


def elsewhere(request: HttpRequest) -> str:
    """The address at which passkeys work, when this page was opened under another; "" when all is well."""
    own = urlparse(passkeys.origin()).netloc
    return "" if request.get_host() == own else f"{passkeys.origin()}{request.path}"
