"""The key that issues a town's credentials, and the public halves of those before it, which verify what they signed."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction
from jwcrypto.jwk import JWK

from alcaldia.identity import events
from alcaldia.kernel.keyfiles import made_once, write_whole
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import actions as ledger
from alcaldia.ledger.events import Act
from alcaldia.ledger.keys import folder

SLACK = 60
"""Seconds by which clocks of two of our processes may differ."""


def _fresh() -> bytes:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(*form)


def _path(town: Municipality) -> Path:
    return folder() / town.slug / "credential.key"


def _retired(town: Municipality) -> Path:
    return folder() / town.slug / "credential-keys.json"


def pem(town: Municipality) -> bytes:
    """The private key in force, made on first use; read again when another process has renewed it."""
    path = _path(town)
    made_once(path, _fresh)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> bytes:
    del changed
    return path.read_bytes()


def current(town: Municipality) -> JWK:
    """The key in force."""
    return JWK.from_pem(pem(town))


def public_of(key: JWK) -> dict[str, Any]:
    """Its public half as a JWK that names itself."""
    return {**key.export_public(as_dict=True), "kid": key.thumbprint()}


def before(town: Municipality) -> list[dict[str, Any]]:
    """Retired keys, oldest first: {"jwk", "until"}, seconds since 1970."""
    path = _retired(town)
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return found


def named(town: Municipality, kid: str, issued: float) -> JWK:
    """The key in force, or the retired one of that name for what was issued while it was. KeyError for any other."""
    key = current(town)
    if key.thumbprint() == kid:
        return key
    for one in before(town):
        if one["jwk"]["kid"] == kid and issued <= one["until"] + SLACK:
            return JWK(**one["jwk"])
    raise KeyError(kid)


def rotate(town: Municipality, *, by: str, channel: str) -> str:
    """A new key issues from now on; the private half of the one before is destroyed. The new one's name.

    Killed in between, the old key is listed as retired and still in force: repeating it is harmless.
    """
    old, fresh = current(town), _fresh()
    kid = str(JWK.from_pem(fresh).thumbprint())
    gone = public_of(old)
    told = [one for one in before(town) if one["jwk"]["kid"] != gone["kid"]]
    told.append({"jwk": gone, "until": int(datetime.now(UTC).timestamp())})
    with transaction.atomic():
        body = {"kid": kid, "before": gone["kid"]}
        ledger.record(
            Act(events.CREDENTIAL_KEY_ROTATED, f"CREDENCIAL-{kid[:8].upper()}", body, town),
            by=by,
            channel=channel,
        )
    write_whole(_retired(town), (json.dumps(told, indent=1) + "\n").encode(), mode=0o644)
    write_whole(_path(town), fresh, mode=0o600)
    return kid
