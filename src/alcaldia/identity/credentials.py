"""Verifiable credentials of a municipality: SD-JWT VC, its issuer's key, its status list, and their check."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.jwk import ECKey
from jwcrypto.common import JWException
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from alcaldia.identity import credential_keys
from alcaldia.identity.models import Residency
from alcaldia.identity.rules import residency as rules
from alcaldia.kernel.models import Municipality

ALGORITHM, TYPE = "ES256", "dc+sd-jwt"
RESIDENT = "urn:alcaldia:credential:e-resident:1"
LONGEST = 16_384
LIST_TTL = 300
"""Seconds for which a verifier may keep the status list: a revocation is known no later."""


@dataclass(frozen=True)
class Checked:
    """`problem` is a Spanish sentence, "" for a good credential; `claims` what it disclosed."""

    problem: str
    claims: dict[str, Any]


def issuer(town: Municipality) -> str:
    return f"{settings.PUBLIC_URL}/residencia/{town.slug}"


def status_address(town: Municipality) -> str:
    return f"{issuer(town)}/estados"


def public_keys(town: Municipality) -> dict[str, Any]:
    """JWT VC issuer metadata: the issuer and its public keys as a JWK set, the one in force first."""
    known = [credential_keys.public_of(credential_keys.current(town))]
    known += [one["jwk"] for one in reversed(credential_keys.before(town))]
    return {
        "issuer": issuer(town),
        "jwks": {"keys": [{**one, "alg": ALGORITHM, "use": "sig"} for one in known]},
    }


def issue(residency: Residency) -> str:
    """The credential with all its disclosures; folio and date of grant can be withheld by its holder."""
    town, key = residency.municipality, credential_keys.current(residency.municipality)
    granted, until = residency.decided_at, residency.valid_until
    assert granted is not None and until is not None  # noqa: S101, PT018 - granted residencies have both
    claims = {
        "iss": issuer(town),
        "vct": RESIDENT,
        "iat": int(granted.timestamp()),
        "exp": int(
            datetime(until.year, until.month, until.day, 23, 59, 59, tzinfo=granted.tzinfo).timestamp()
        ),
        "municipality": town.name,
        "status": {"status_list": {"idx": residency.status_index, "uri": status_address(town)}},
        SDObj("folio"): residency.folio,
        SDObj("granted"): granted.date().isoformat(),
    }
    header = {"typ": TYPE, "kid": key.thumbprint()}
    made = SDJWTIssuer(claims, key, sign_alg=ALGORITHM, extra_header_parameters=header)
    return str(made.sd_jwt_issuance)


def status_list(town: Municipality) -> str:
    """The signed list of bits (`statuslist+jwt`); a set bit is a credential that is no longer good."""
    rows = Residency.objects.filter(municipality=town, status_index__isnull=False)
    given = dict(rows.values_list("status_index", "state"))
    revoked = frozenset(index for index, state in given.items() if state != "granted" and index is not None)
    now = int(time.time())
    body = {
        "sub": status_address(town), "iat": now, "exp": now + LIST_TTL, "ttl": LIST_TTL,
        "status_list": {"bits": 1, "lst": rules.encode_list(revoked, len(given))},
    }  # fmt: skip
    key, kid = ECKey.import_key(credential_keys.pem(town)), credential_keys.current(town).thumbprint()
    return jwt.encode({"alg": ALGORITHM, "typ": "statuslist+jwt", "kid": kid}, body, key)


def check(text: str, now: float) -> Checked:
    """Signature by a municipality of this installation, kind, dates and status. Never raises for a bad credential."""
    towns = {issuer(town): town for town in Municipality.objects.only("slug", "name")}
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        header, issued = _part(text, 0), float(_part(text, 1)["iat"])
        wanted = str(header["kid"])
        verifier = SDJWTVerifier(
            text.strip(), lambda name, _header: credential_keys.named(towns[name], wanted, issued)
        )
        claims = verifier.get_verified_payload()
    except (
        JWException,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OverflowError,
    ):
        return Checked("No es una credencial de un municipio de este sitio, o fue alterada.", {})
    return Checked(_problem(claims, header, towns[claims["iss"]], now), claims)


def _part(text: str, place: int) -> dict[str, Any]:
    """Header (0) or claims (1) as they are written, before anything of them is believed."""
    from authlib.common.encoding import json_loads, urlsafe_b64decode

    found: dict[str, Any] = json_loads(urlsafe_b64decode(text.strip().split(".")[place].encode()))
    return found


def _problem(claims: dict[str, Any], header: dict[str, Any], town: Municipality, now: float) -> str:
    if header.get("typ") != TYPE or header.get("alg") != ALGORITHM or claims.get("vct") != RESIDENT:
        return "Es un documento firmado por el municipio, pero no una credencial de residencia electrónica."
    if not float(claims.get("iat", now + 1)) - 60 <= now < float(claims.get("exp", 0)):
        return "La credencial ya venció. Su titular puede renovarla."
    index = claims.get("status", {}).get("status_list", {}).get("idx")
    row = (
        Residency.objects.filter(municipality=town, status_index=index).first()
        if isinstance(index, int)
        else None
    )
    if row is None or row.state != "granted":
        return "El municipio revocó esta credencial."
    return ""
