"""Asking the broker, from the web and from the operator's commands."""

import json
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.link import DOWN, Link
from alcaldia.vault.rules.sealed_key import enrolled
from alcaldia.vault.rules.text64 import to_bytes


def folder() -> Path:
    """Where the broker's sockets and its public key are."""
    return Path(settings.HOME) / "broker"


@cache
def _link(path: Path) -> Link:
    return Link(path)


def ask(door: str, /, **given: Any) -> Any:
    """The answer of one of the broker's doors for the web. Raises Refusal."""
    return _link(folder() / "web" / "socket").ask(door, **given)


def ask_as_operator(door: str, /, **given: Any) -> Any:
    """The answer of one of the operator's doors; only the broker's own user may open that socket."""
    return _link(folder() / "operator" / "socket").ask(door, **given)


def check_session(token: str, subject: str) -> None:
    """Is this token a live session of this very subject? Asking does not keep it alive. Raises Refusal.

    A token is a cookie: it may be invented, or somebody else's, where the web's own session is good.
    """
    if not token or ask("who", token=token).get("subject") != subject:
        detail = "Su sesión en la bóveda se cerró. Entre otra vez con su llave de acceso."
        raise Refusal("no_vault_session", detail, status=401)


def check_certificate(told: dict[str, str]) -> None:
    """Is this public key the one that the broker made for the subject? Raises Refusal.

    Whoever writes to the database could put a key of their own there and read what is stored afterwards.
    """
    path = folder() / "seal.pub"
    if not path.is_file():
        raise Refusal("broker_down", DOWN, status=503)
    given, seals = (told["subject"], told["suite"], told["public"], told["signature"]), path.read_bytes()
    # The broker's seal and, while it is renewed, the one before: 32 bytes each.
    if not any(_certified(seals[at : at + 32], *given) for at in range(0, len(seals), 32)):
        detail = "La llave de esa bóveda no es la que hizo el custodio. No se guardó nada; avise a la oficina digital."
        raise Refusal("key_not_certified", detail, status=409)


def sealed_key(subject: str, public_key: bytes, seal: str) -> bool:
    """Did the broker, by its seal or one before, say that it enrolled this passkey of this subject?"""
    claim = enrolled(subject, public_key)
    return any(_signed(to_bytes(one), seal, claim) for one in _seals().get("seals", []))


def sealing_since() -> datetime | None:
    """Since when the broker seals what it enrols; None where no broker has said so."""
    told = _seals().get("since")
    return datetime.fromisoformat(told) if told else None


def _seals() -> dict[str, Any]:
    path = folder() / "seals.json"
    return dict(json.loads(path.read_bytes())) if path.is_file() else {}


def check_second(told: dict[str, str] | None) -> None:
    """Where custody is split (`keys/guardian.pub` is there), the second broker must have certified a key too.

    The file is brought by whoever runs the second broker, not by the first one. Raises Refusal.
    """
    path = Path(settings.HOME) / "keys" / "guardian.pub"
    if not path.is_file():
        return
    given = tuple(told[name] for name in ("subject", "suite", "public", "signature")) if told else ()
    if len(given) != 4 or not _certified(path.read_bytes(), *given):
        detail = "La custodia de esa bóveda está dividida y le falta la segunda llave. No se guardó nada; avise a la oficina digital."
        raise Refusal("no_second_key", detail, status=409)


@lru_cache(maxsize=4096)
def _certified(seal: bytes, subject: str, suite: str, public: str, signature: str) -> bool:
    return _signed(seal, signature, canonical(["alcaldia vault key", subject, suite, public]))


def _signed(seal: bytes, signature: str, claim: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(seal).verify(to_bytes(signature), claim)
    except (InvalidSignature, ValueError):
        return False
    return True
