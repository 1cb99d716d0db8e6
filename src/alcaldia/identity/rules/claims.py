"""What an id_token must say to be believed (OpenID Connect Core 1.0, 3.1.3.7). Its signature is checked before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

from alcaldia.identity.rules.assurance import Assurance

LEEWAY = 60
"""Seconds by which two clocks may differ."""
ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
"""Never "none", never a shared secret: HS256 would take a public key for one."""
LEVELS = {"none": Assurance.NONE, "code": Assurance.CODE, "verified": Assurance.VERIFIED}


@dataclass(frozen=True)
class Provider:
    """One identity provider, as its TOML file describes it. Endpoints are https, or loopback in tests."""

    id: str
    name: str
    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    client_secret: str = ""
    scopes: tuple[str, ...] = ("openid",)
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    assurance_claim: str = "acr"
    assurance: Mapping[str, str] = field(default_factory=dict)
    status: str = ""

    def problems(self) -> list[str]:
        """Why it may not be used, in Spanish; empty when it may."""
        found = [f"Falta {name}" for name in ("id", "issuer", "client_id") if not getattr(self, name)]
        urls = (self.issuer, self.authorization_endpoint, self.token_endpoint, self.jwks_uri)
        found += [f"La dirección {url!r} no es https" for url in urls if not safe(url)]
        found += [f"El algoritmo {name} no se admite" for name in self.algorithms if name not in ALGORITHMS]
        found += [f"El nivel {level!r} no existe" for level in self.assurance.values() if level not in LEVELS]
        return found


def safe(url: str) -> bool:
    parts = urlparse(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    )


def problem(claims: Mapping[str, Any], provider: Provider, nonce: str, now: float) -> str:
    """The first reason not to believe the claims, in Spanish; "" to believe them."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    checks = (
        (claims.get("iss") == provider.issuer, "lo emitió otro proveedor"),
        (provider.client_id in audiences, "es para otra aplicación"),
        (len(audiences) == 1 or claims.get("azp") == provider.client_id, "es para varias aplicaciones"),
        (_number(claims.get("exp")) > now - LEEWAY, "ya venció"),
        (0 < _number(claims.get("iat")) <= now + LEEWAY, "tiene una fecha que aún no llega"),
        (bool(nonce) and claims.get("nonce") == nonce, "no responde a esta petición"),
        (isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255, "no dice de quién es"),
    )
    return next((reason for good, reason in checks if not good), "")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def level(claims: Mapping[str, Any], provider: Provider) -> Assurance:
    """What the provider's level is worth here: by the table of its file, CODE where it says nothing."""
    said = str(claims.get(provider.assurance_claim, ""))
    return LEVELS[provider.assurance.get(said, "code")]
