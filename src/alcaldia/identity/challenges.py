"""Challenges of WebAuthn: a page carries one signed, and the answer spends it. Showing a page writes nothing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from alcaldia.identity.models import SpentChallenge
from alcaldia.identity.ports import plugged
from alcaldia.kernel.errors import Refusal

SECONDS = 300
_SALT = "identity.challenge"


@dataclass(frozen=True)
class Challenge:
    """`kept` says that the broker made it and can check the answer too; `subject` for whom, "" for anybody."""

    value: bytes
    purpose: str
    subject: str = ""
    kept: bool = False
    facts: tuple[tuple[str, str], ...] = ()

    def token(self) -> str:
        """What the form carries beside the answer; nobody can change it, and it expires."""
        told: dict[str, Any] = {"c": urlsafe_b64encode(self.value).decode(), "p": self.purpose}
        return signing.dumps(told | {"s": self.subject, "k": self.kept, "f": dict(self.facts)}, salt=_SALT)

    def fact(self, name: str) -> str:
        return dict(self.facts).get(name, "")


def fresh(purpose: str, *, subject: str = "", kept_for: str = "", **facts: str) -> Challenge:
    """A new challenge. With `kept_for` ("enrol", "session", "codes") the broker makes it where there is one.

    A broker that does not answer stops keys and codes (Refusal "broker_down"), not logins.
    """
    given = tuple(sorted(facts.items()))
    custodian = plugged.custodian
    if not kept_for or custodian is None:
        return Challenge(token_bytes(32), purpose, subject, facts=given)
    try:
        value = custodian.challenge(purpose=kept_for, subject=subject or None)
    except Refusal:
        if kept_for != "session":
            raise
        return Challenge(token_bytes(32), purpose, subject, facts=given)
    return Challenge(value, purpose, subject, kept=True, facts=given)


def spend(token: str, purpose: str) -> Challenge:
    """The challenge of a form that came back: of that purpose, in time, and never answered before."""
    found = read(token, purpose)
    spend_bytes(found.value)
    return found


def read(token: str, purpose: str) -> Challenge:
    """The same, left unspent: for a ceremony of two steps, of which this is the first."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        raise _stale() from None
    if told["p"] != purpose:
        raise _stale()
    return Challenge(
        urlsafe_b64decode(told["c"]), purpose, told["s"], told["k"], tuple(sorted(told["f"].items()))
    )


def spend_bytes(value: bytes) -> None:
    """Note that a challenge was answered; Refusal (409) the second time."""
    now = timezone.now()
    try:
        with transaction.atomic():
            SpentChallenge.objects.filter(spent_at__lt=now - timedelta(days=1)).delete()
            SpentChallenge.objects.create(challenge_hash=sha256(value).hexdigest(), spent_at=now)
    except IntegrityError:
        raise _stale() from None


def _stale() -> Refusal:
    detail = "Esta página ya se usó o pasó su tiempo (5 minutos). Actualícela e intente de nuevo."
    return Refusal("stale_challenge", detail, status=409)
