"""Passkeys, verified here and not by the web: registration, sessions, and signatures over grants."""

import json
from functools import lru_cache
from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.registration.verify_registration_response import VerifiedRegistration

from alcaldia.broker.config import Config
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.text64 import to_bytes

UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the library raises for an answer that no device gave."""
_BAD = "No pudimos comprobar su llave de acceso. Use el mismo dispositivo con que se registró e intente de nuevo."


def registered(config: Config, credential: dict[str, Any], challenge: bytes) -> VerifiedRegistration:
    """The new credential. Raises Refusal unless the device checked the person (UV) and signed for our address."""
    try:
        return verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=config.rp_id,
            expected_origin=config.origin,
            require_user_verification=True,
        )
    except UNREADABLE as error:
        raise Refusal("bad_passkey", _BAD, status=403) from error


def asserted(config: Config, assertion: dict[str, Any], challenge: bytes, public: bytes, count: int) -> int:
    """The new signature counter. Raises Refusal where the signature, the address or the counter is not right."""
    try:
        found = verify_authentication_response(
            credential=assertion,
            expected_challenge=challenge,
            expected_rp_id=config.rp_id,
            expected_origin=config.origin,
            credential_public_key=public,
            credential_current_sign_count=count,
            require_user_verification=True,
        )
    except UNREADABLE as error:
        raise Refusal("bad_passkey", _BAD, status=403) from error
    return found.new_sign_count


@lru_cache(maxsize=4096)
def signed(config: Config, assertion: str, challenge: bytes, public: bytes) -> bool:
    """Is this JSON the signature of this key over the challenge? Remembered: the same bytes, the same answer."""
    try:
        asserted(config, json.loads(assertion), challenge, public, 0)
    except Refusal:
        return False
    return True


def credential_of(assertion: dict[str, Any]) -> bytes:
    """The id of the credential that an assertion names. Raises Refusal."""
    try:
        return to_bytes(str(assertion["id"]))
    except (KeyError, ValueError, TypeError) as error:
        raise Refusal("bad_passkey", _BAD, status=403) from error
