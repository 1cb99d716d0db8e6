"""WebAuthn, relying party's side: options for the browser, checks of what it answers. The library does the checks."""

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlparse

import webauthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, decode_credential_public_key, encode_cbor
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from alcaldia.identity.models import Official, Passkey
from alcaldia.identity.rules import counters
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.small_json import read_object

TRANSPORTS = {"usb", "nfc", "ble", "internal", "hybrid", "smart-card", "cable"}
LONGEST_ANSWER = 16_384
"""Characters: attestation "none" needs under two thousand."""
UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the library raises for an answer that no device gave: it parses what lies inside without a bound."""


def origin() -> str:
    return str(settings.PUBLIC_URL)


def rp_id() -> str:
    """The host that people see: passkeys are bound to it for ever."""
    return urlparse(origin()).hostname or "localhost"


def creation_options(*, challenge: bytes, subject: str, name: str, known: list[bytes]) -> str:
    """PublicKeyCredentialCreationOptionsJSON. `name` is shown by the device and must not be personal."""
    options = webauthn.generate_registration_options(
        rp_id=rp_id(),
        rp_name="Alcaldía",
        user_id=subject.encode(),
        user_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    # PRF gives the sealed box its key (vault/rules/sealed_box); some devices have it only if it was asked for here.
    return json.dumps({**json.loads(webauthn.options_to_json(options)), "extensions": {"prf": {}}})


def request_options(*, challenge: bytes, allowed: list[bytes] | None = None) -> str:
    """PublicKeyCredentialRequestOptionsJSON; without `allowed` the device offers the account by itself."""
    options = webauthn.generate_authentication_options(
        rp_id=rp_id(),
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in allowed or []],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return str(webauthn.options_to_json(options))


@dataclass(frozen=True)
class Registered:
    """What a registration answer proved."""

    credential_id: bytes
    public_key: bytes
    algorithm: int
    sign_count: int
    transports: list[str]
    backup_eligible: bool
    backed_up: bool


def read_answer(text: str) -> dict[str, Any]:
    """The form's `credential` field as JSON; Refusal where it is none."""
    try:
        answer = read_object(text, most=LONGEST_ANSWER)
    except ValueError:
        raise _not_ours() from None
    if not isinstance(answer.get("response"), dict):
        raise _not_ours()
    return answer


def check_registration(answer: dict[str, Any], challenge: bytes) -> Registered:
    """Origin, RP, challenge, presence and verification of the user, key format. Refusal otherwise."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except UNREADABLE:
        raise _not_ours() from None
    given = answer["response"].get("transports")
    return Registered(
        made.credential_id,
        made.credential_public_key,
        int(decode_credential_public_key(made.credential_public_key).alg),
        made.sign_count,
        [one for one in given if isinstance(one, str) and one in TRANSPORTS]
        if isinstance(given, list)
        else [],
        made.credential_device_type == "multi_device",
        made.credential_backed_up,
    )


@cache
def _decoy() -> bytes:
    """A key nobody holds: an unknown credential costs the same check as a known one."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    size = 32
    return encode_cbor(
        {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(size, "big"), -3: point.y.to_bytes(size, "big")}
    )


def key_id(public_key: bytes) -> str:
    """How a public key (COSE) is called in acts."""
    return sha256(public_key).hexdigest()


def published(passkey: Passkey) -> dict[str, str]:
    """What the log says of an official's key, so that their signatures can be checked; of a citizen's, nothing."""
    if not isinstance(passkey.owner, Official):
        return {}
    return {
        "official": passkey.owner.username, "public_key": bytes_to_base64url(bytes(passkey.public_key)),
    }  # fmt: skip


class Cloned(Exception):
    """The answer is right and its counter is not: another copy of the key was used."""

    def __init__(self, passkey: Passkey) -> None:
        super().__init__(passkey.pk)
        self.passkey = passkey


def check_assertion(answer: dict[str, Any], challenge: bytes, among: QuerySet[Passkey]) -> Passkey:
    """The live passkey of `among` that answered. Refusal (one sentence for all reasons), or Cloned.

    Its counter and last use are written; call it inside the transaction of what it allows.
    """
    live = among.filter(revoked_at__isnull=True, flagged_at__isnull=True)
    passkey = live.select_for_update(of=("self",)).filter(credential_id=_credential_id(answer)).first()
    try:
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            credential_public_key=bytes(passkey.public_key) if passkey else _decoy(),
            credential_current_sign_count=0,  # the counter is judged below, where a clone can be told from a lie
            require_user_verification=True,
        )
    except UNREADABLE:
        raise _not_ours() from None
    if passkey is None:
        raise _not_ours()
    _check_handle(answer, passkey)
    if counters.cloned(passkey.sign_count, proved.new_sign_count):
        raise Cloned(passkey)
    Passkey.objects.filter(pk=passkey.pk).update(
        sign_count=proved.new_sign_count, last_used_at=timezone.now(), backed_up=proved.credential_backed_up
    )
    return passkey


def _credential_id(answer: dict[str, Any]) -> bytes:
    try:
        return base64url_to_bytes(str(answer.get("rawId") or answer["id"]))[:1023]
    except (KeyError, ValueError):
        raise _not_ours() from None


def _check_handle(answer: dict[str, Any], passkey: Passkey) -> None:
    """WebAuthn level 2, 7.2 step 6: the account that the device names owns the credential."""
    handle = answer["response"].get("userHandle")
    if handle and base64url_to_bytes(str(handle)) != passkey.owner.public_id.encode():
        raise _not_ours()


def _not_ours() -> Refusal:
    detail = (
        "No reconocimos esa llave de acceso. Intente de nuevo o use otra; si la perdió, recupere su cuenta."
    )
    return Refusal("unknown_passkey", detail, status=403)
