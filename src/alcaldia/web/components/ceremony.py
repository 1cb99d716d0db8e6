"""The passkey ceremonies as faces use them: what a form needs, and what it brought back."""

from hashlib import sha256
from typing import Any
from urllib.parse import urlparse

from django.http import HttpRequest
from django.utils import timezone

from alcaldia.identity import actions, passkeys, queries, recovery
from alcaldia.identity.challenges import Challenge, fresh, read, spend
from alcaldia.identity.models import Official, Person
from alcaldia.identity.rules import devices
from alcaldia.identity.sessions import Owner
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.key_acts import printed_codes

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


def ask_to_add(request: HttpRequest, purpose: str, owner: Owner) -> dict[str, str]:
    """Context of a form in two steps: a device makes one more key, then an earlier key of the owner signs exactly it.

    The second, data-passkey="get", has `created`. Refusal where the first step was not right.
    """
    if request.method == "POST":
        return _ask_to_allow(request, purpose, owner)
    return ask_to_create(purpose, owner.public_id, owner)


def _ask_to_allow(request: HttpRequest, purpose: str, owner: Owner) -> dict[str, str]:
    state = request.POST.get("state", "")
    created = request.POST.get("credential", "")
    what = actions.further_key(owner, passkeys.read_answer(created), read(state, purpose))
    return {"options": _over(what, owner), "state": state, "created": created}


def added_back(request: HttpRequest, purpose: str) -> tuple[dict[str, Any], dict[str, Any], Challenge]:
    """The new key's answer, the earlier key's to it, and the challenge of the first; Refusal where one is missing."""
    allowed, challenge = brought_back(request, purpose)
    return passkeys.read_answer(request.POST.get("created", "")), allowed, challenge


def ask_to_sign_codes(owner: Person, purpose: str) -> dict[str, str]:
    """Context of a form with data-passkey="get" whose answer makes the codes that it carries valid."""
    codes = recovery.new_codes()
    challenge = fresh(purpose, subject=owner.public_id, kept_for="codes", codes=_hash(codes))
    what = printed_codes(owner.public_id, challenge.value, codes)
    return {"options": _over(what, owner), "state": challenge.token(), "codes": " ".join(codes)}


def signed_codes(request: HttpRequest, purpose: str) -> tuple[list[str], Answered]:
    """The codes that the form carried, which we made ourselves, and what the key answered."""
    answer, challenge = brought_back(request, purpose)
    codes = request.POST.get("codes", "").split()
    if challenge.fact("codes") != _hash(codes):
        raise Refusal("stale_challenge", "Actualice la página e intente de nuevo.", status=409)
    return codes, (answer, challenge)


def _over(what: bytes, owner: Owner) -> str:
    """Options for any key of the owner to sign exactly these bytes."""
    return passkeys.request_options(challenge=sha256(what).digest(), allowed=queries.credential_ids(owner))


def _hash(codes: list[str]) -> str:
    return sha256(" ".join(codes).encode()).hexdigest()


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
