"""Registers kept here (accounts, fines, licences…): a row opens to whoever presents its number, and to nothing else.

The key of a row is HMAC-SHA256 of register and number under a secret of the installation, so neither the
database nor a backup of it tells anything; whoever holds the secret too must still guess the number.
"""

import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from alcaldia.kernel.keyfiles import made_once
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.kernel.text import fold
from alcaldia.procedures.models import RegisterRow

NONCE = 12
BATCH = 500
_ROW = Prepared(
    lambda town, registry, mark: RegisterRow.objects.filter(
        municipality_id=town, registry=registry, mark=mark
    ),
    int, str, str,
)  # fmt: skip
_EITHER = Prepared(
    lambda town, registry, mark, other: RegisterRow.objects.filter(
        municipality_id=town, registry=registry, mark__in=[mark, other]
    ),
    int, str, str, str,
)  # fmt: skip


def keep(town: Municipality, registry: str, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    """Keep or replace the rows (number, values in JSON types) of a register, the last of a number; returns how many."""
    now = timezone.now()
    made: dict[str, RegisterRow] = {}
    for number, values in rows:
        named = mark(town, registry, number)
        made[named] = RegisterRow(
            municipality=town, registry=registry, mark=named, changed_at=now,
            sealed=_seal(_key(town, registry, number), values),
        )  # fmt: skip
    RegisterRow.objects.bulk_create(
        made.values(), BATCH, update_conflicts=True, update_fields=["sealed", "changed_at"],
        unique_fields=["municipality", "registry", "mark"],
    )  # fmt: skip
    return len(made)


def look_up(town: Municipality, registry: str, number: str) -> dict[str, Any] | None:
    """The values under exactly this number (case, accents and spaces forgiven), or None."""
    if not fold(number):
        return None
    row = _ROW.first(town.pk, registry, mark(town, registry, number))
    return None if row is None else _unseal(_key(town, registry, number), row)


def kept(town: Municipality, registry: str) -> bool:
    """Whether the city has loaded this register at all: in one that it has not, a number without row is unknown."""
    return RegisterRow.objects.filter(municipality=town, registry=registry).exists()


def first_of(town: Municipality, registry: str, number: str, other: str) -> tuple[str, dict[str, Any]]:
    """Which of two numbers has a row, the first before the other, and its values; (other, {}) where neither has."""
    marks = [mark(town, registry, one) for one in (number, other)]
    rows = {row.mark: row for row in _EITHER(town.pk, registry, *marks)}
    for named, marked in zip((number, other), marks, strict=True):
        if fold(named) and marked in rows:
            return named, _unseal(_key(town, registry, named), rows[marked])
    return other, {}


def _unseal(key: bytes, row: RegisterRow) -> dict[str, Any]:
    sealed = bytes(row.sealed)
    found: dict[str, Any] = json.loads(AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], None))
    return found


def _seal(key: bytes, values: Mapping[str, Any]) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, json.dumps(dict(values)).encode(), None)


def mark(town: Municipality, registry: str, number: str) -> str:
    """The keyed hash under which the row of a number is found; it tells nothing of the number."""
    return _derived("mark", town, registry, number).hex()


def _key(town: Municipality, registry: str, number: str) -> bytes:
    return _derived("seal", town, registry, number)


@cache
def _secret(path: Path) -> bytes:
    return made_once(path, lambda: secrets.token_bytes(32))


def _derived(use: str, town: Municipality, registry: str, number: str) -> bytes:
    secret = _secret(Path(settings.HOME) / "keys" / "registers")
    named = "\n".join((use, town.slug, registry, fold(number).replace(" ", "")))
    return hmac.new(secret, named.encode(), sha256).digest()
