"""Signing one act with a passkey: the device's challenge is the hash of what is signed, and of nothing else."""

from secrets import token_urlsafe
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from alcaldia.identity import actions, passkeys, queries, signatures
from alcaldia.identity.models import Passkey
from alcaldia.identity.sessions import Owner, kind_of
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal

SECONDS = 300
OPEN_TEXT = frozenset(
    {"cases.resolve", "cases.resolve_many", "cases.annul", "cases.uphold", "cases.resolve_appeal"}
)
"""Acts that name no person: their words are kept with the signature; of the others, only what the key signed of them."""
_SALT = "components.step_up"


def ask_to_sign(owner: Owner, act: dict[str, Any]) -> dict[str, Any]:
    """Context of a form with data-passkey="get" whose answer signs the act; `act` must hold JSON types only."""
    signed = {**act, "by": owner.public_id, "at": timezone.now().isoformat(), "nonce": token_urlsafe(16)}
    options = passkeys.request_options(challenge=challenge_of(signed), allowed=queries.credential_ids(owner))
    return {"options": options, "state": signing.dumps(signed, salt=_SALT)}


def challenge_of(act: dict[str, Any]) -> bytes:
    from hashlib import sha256

    return sha256(canonical(act)).digest()


def signed_act(request: HttpRequest, owner: Owner, name: str) -> dict[str, Any]:
    """The act of that name that the form carried, once the owner's passkey has signed it. Refusal otherwise."""
    try:
        act: dict[str, Any] = signing.loads(request.POST.get("state", ""), salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        raise _stale() from None
    if act.get("act") != name or act.get("by") != owner.public_id:
        raise _stale()
    passkey = step_up(request, what=canonical(act), owner=owner)
    answer = passkeys.read_answer(request.POST["credential"])
    with transaction.atomic():
        signatures.keep(
            act=act, answer=answer, passkey=passkey, open_text=name in OPEN_TEXT, channel="backoffice"
        )
    return act


def step_up(request: HttpRequest, *, what: bytes, owner: Owner | None = None) -> Passkey:
    """The form's `credential` signs exactly these bytes with a passkey of the owner (the person, else the official).

    `what` is canonical JSON with a nonce. Refusal for a wrong, replayed or cloned answer.
    """
    who = owner or getattr(request, "person", None) or getattr(request, "official", None)
    if who is None:
        raise Refusal("nobody_here", "Entre con su llave de acceso e intente de nuevo.", status=403)
    answer = passkeys.read_answer(request.POST.get("credential", ""))
    channel = "backoffice" if kind_of(who) == "official" else "portal"
    return actions.step_up(owner=who, what=what, answer=answer, channel=channel)


def _stale() -> Refusal:
    return Refusal(
        "stale_challenge",
        "Pasó el tiempo para firmar (5 minutos). Actualice la página y firme de nuevo.",
        status=409,
    )
