"""OpenID Connect, relying party's side: authorisation code with PKCE, id_token checked, person found by a hash."""

import secrets
import time
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from alcaldia.identity.actions import create_person
from alcaldia.identity.keys import keyed
from alcaldia.identity.models import LinkedIdentity, Person, Verification
from alcaldia.identity.rules import claims
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.identity.rules.claims import Provider
from alcaldia.kernel import outbound
from alcaldia.kernel.errors import NotFound, Refusal

LARGEST = 256 * 1024


@dataclass(frozen=True)
class Asked:
    """One trip to the provider: where to send the person, and what to remember in their browser meanwhile."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Known:
    """Who came back, and what their login there is worth here."""

    person: Person
    level: Assurance


def providers() -> dict[str, Provider]:
    """Those of `identity/*.toml` under the home of the installation that may be used, by id."""
    folder = Path(settings.HOME) / "identity"
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    found = [read_provider(path.read_text(encoding="utf-8")) for path in files]
    return {one.id: one for one in found if not one.problems()}


@cache
def read_provider(text: str) -> Provider:
    """A provider's TOML. Unknown keys are refused: a misspelt algorithm list must not mean the default."""
    told = tomllib.loads(text)
    try:
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}
        return Provider(**values)
    except TypeError as error:
        raise Refusal(
            "bad_provider", f"El archivo del proveedor de identidad no se entiende: {error}."
        ) from None


def provider(name: str) -> Provider:
    found = providers().get(name)
    if found is None:
        raise NotFound("no_such_provider", "Ese proveedor de identidad no está configurado en esta ciudad.")
    return found


def ask(to: Provider, back: str) -> Asked:
    """The address of the provider's page; `back` is ours, registered there."""
    verifier, nonce, state = (secrets.token_urlsafe(length) for length in (48, 24, 24))
    told = {
        "response_type": "code", "client_id": to.client_id, "redirect_uri": back, "scope": " ".join(to.scopes),
        "state": state, "nonce": nonce, "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }  # fmt: skip
    url = add_params_to_uri(to.authorization_endpoint, list(told.items()))
    return Asked(str(url), state, nonce, verifier)


def come_back(to: Provider, *, back: str, code: str, nonce: str, verifier: str) -> dict[str, Any]:
    """The checked claims of the id_token that the code buys. Refusal (403) for anything that is not right."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    told = _asked_of(to, "POST", to.token_endpoint, form | {"client_id": to.client_id})
    return check(to, str(told.get("id_token", "")), nonce, time.time())


def check(to: Provider, id_token: str, nonce: str, now: float) -> dict[str, Any]:
    """Signature by the provider's published keys, allowed algorithm, then `rules.claims`."""
    try:
        decoded = jwt.decode(id_token, _keys(to), algorithms=list(to.algorithms))
    except (JoseError, ValueError, KeyError, TypeError):
        raise _refused(to, "su firma no es válida") from None
    reason = claims.problem(decoded.claims, to, nonce, now)
    if reason:
        raise _refused(to, reason)
    return dict(decoded.claims)


@transaction.atomic
def link(to: Provider, told: dict[str, Any], *, already: Person | None) -> Known:
    """The person of a checked login there: known by the hash, or new, or whoever is inside already."""
    subject = keyed("oidc", f"{to.issuer}\n{told['sub']}")
    known = LinkedIdentity.objects.select_related("person").filter(subject_hash=subject).first()
    if known and already and known.person_id != already.pk:
        raise Refusal(
            "identity_taken", f"Esa cuenta de {to.name} ya pertenece a otra cuenta de aquí.", status=409
        )
    person = known.person if known else already or create_person()
    if not known:
        LinkedIdentity.objects.create(
            provider=to.id, subject_hash=subject, person=person, linked_at=timezone.now()
        )
    level = claims.level(told, to)
    if level >= Assurance.VERIFIED:
        verify(person=person, method=Verification.Method.OIDC, source=to.id)
    return Known(person, min(level, Assurance.CODE))


def verify(*, person: Person, method: str, source: str) -> None:
    """Note that the city saw who the person is; once for each means and source."""
    Verification.objects.get_or_create(
        person=person, method=method, source=source, revoked_at=None,
        defaults={"level": int(Assurance.VERIFIED), "at": timezone.now()},
    )  # fmt: skip


def _keys(to: Provider) -> KeySet:
    try:
        return KeySet.import_key_set(_asked_of(to, "GET", to.jwks_uri))  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError, JoseError):
        raise _down(to) from None


def _asked_of(to: Provider, method: str, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """A JSON object of the provider. Redirects are not followed: an endpoint is where the operator said it is."""
    who = (to.client_id, to.client_secret) if form and to.client_secret else None
    try:
        with outbound.client(lambda: (to.token_endpoint, to.jwks_uri)) as client:
            answer = client.request(method, url, data=form, auth=who)
        answer.raise_for_status()
        told = answer.json() if len(answer.content) <= LARGEST else None
    except (httpx.HTTPError, ValueError):
        raise _down(to) from None
    if not isinstance(told, dict):
        raise _down(to)
    return told


def _down(to: Provider) -> Refusal:
    detail = f"{to.name} no respondió. Intente en unos minutos o entre con su llave."
    return Refusal("provider_down", detail, status=503)


def _refused(to: Provider, reason: str) -> Refusal:
    return Refusal("identity_refused", f"No aceptamos la respuesta de {to.name}: {reason}. Vuelva a entrar desde aquí.", status=403)  # fmt: skip
