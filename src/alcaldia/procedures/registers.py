"""Registers kept here (accounts, fines, licences…): a row opens to whoever presents its number, and to nothing else.

Mark and key of a row come from the broker, which counts who asks and tells whoever the number is of; neither the
database nor this process can make them, and none is kept longer than a question lasts.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.prepared import Prepared
from alcaldia.kernel.text import fold
from alcaldia.procedures.models import RegisterRow
from alcaldia.vault import custodian
from alcaldia.vault.rules.text64 import to_bytes

NONCE = 12
BATCH, AT_ONCE = 500, 64
NOT_TAKEN = "Los registros de la ciudad no se pueden consultar por ahora. Avise a la oficina digital e intente más tarde."
Key = tuple[str, bytes]
"""The keyed hash under which a row is found, which tells nothing of its number; and what opens the row."""
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
    """Keep or replace the rows (number, values in JSON types) of a register, the last of a number; returns how many.

    Needs the operator's line to the broker. Raises Refusal.
    """
    told = list(rows)
    keys = _keys(custodian.ask_as_operator, town, registry, [number for number, _ in told])
    return _put(_sealed(town, registry, keys, [values for _, values in told]))


def change(
    town: Municipality, registry: str, numbers: Sequence[str], values: Mapping[str, Any], *, procedure: str
) -> None:
    """Replace what is kept under each of these numbers of one row. Raises Refusal where the broker does not open it."""
    keys = _keys(custodian.ask, town, registry, numbers, procedure=procedure)
    _put(_sealed(town, registry, keys, [values] * len(keys)))


def _sealed(
    town: Municipality, registry: str, keys: Iterable[Key], values: Iterable[Mapping[str, Any]]
) -> dict[str, RegisterRow]:
    now = timezone.now()
    return {
        mark: RegisterRow(
            municipality=town, registry=registry, mark=mark, changed_at=now, sealed=_seal(key, one)
        )
        for (mark, key), one in zip(keys, values, strict=True)
    }


def _put(made: Mapping[str, RegisterRow]) -> int:
    RegisterRow.objects.bulk_create(
        made.values(), BATCH, update_conflicts=True, update_fields=["sealed", "changed_at"],
        unique_fields=["municipality", "registry", "mark"],
    )  # fmt: skip
    return len(made)


def look_up(town: Municipality, registry: str, number: str, *, procedure: str = "") -> dict[str, Any] | None:
    """The values under exactly this number (case, accents and spaces forgiven), or None.

    `procedure` is told to whoever the number is of. Raises Refusal where the broker does not answer, or too many asked.
    """
    if not fold(number):
        return None
    [(mark, key)] = _keys(custodian.ask, town, registry, [number], procedure=procedure)
    row = _ROW.first(town.pk, registry, mark)
    return None if row is None else _unseal(key, row)


def kept(town: Municipality, registry: str) -> bool:
    """Whether the city has loaded this register at all: in one that it has not, a number without row is unknown."""
    return RegisterRow.objects.filter(municipality=town, registry=registry).exists()


def first_of(town: Municipality, registry: str, number: str, other: str) -> dict[str, Any] | None:
    """The row of one number, else of the other, or None. Raises Refusal."""
    found = _first_of(town, registry, number, other)
    return None if found[1] is None else _unseal(found[0][1], found[1])


def mark_of_first(town: Municipality, registry: str, number: str, other: str) -> str:
    """The mark of the first of two numbers that has a row; of the other where neither has. Raises Refusal."""
    return _first_of(town, registry, number, other)[0][0]


def mark(town: Municipality, registry: str, number: str) -> str:
    """The keyed hash under which the row of a number is found. Raises Refusal."""
    return _keys(custodian.ask, town, registry, [number])[0][0]


def _first_of(town: Municipality, registry: str, number: str, other: str) -> tuple[Key, RegisterRow | None]:
    keys = _keys(custodian.ask, town, registry, [number, other])
    rows = {row.mark: row for row in _EITHER(town.pk, registry, *(mark for mark, _ in keys))}
    for named, key in zip((number, other), keys, strict=True):
        if fold(named) and key[0] in rows:
            return key, rows[key[0]]
    return keys[1], None


def _unseal(key: bytes, row: RegisterRow) -> dict[str, Any]:
    sealed = bytes(row.sealed)
    found: dict[str, Any] = json.loads(AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], None))
    return found


def _seal(key: bytes, values: Mapping[str, Any]) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, json.dumps(dict(values)).encode(), None)


def _keys(
    ask: Callable[..., Any], town: Municipality, registry: str, numbers: Sequence[str], **told: str
) -> list[Key]:
    """Of each number, so many with one question to the broker. Raises Refusal, also while the secret of before was not handed over."""
    if (Path(settings.HOME) / "keys" / "registers").exists():
        # A broker that is asked now would begin a secret of its own, and every row would be lost.
        raise Refusal("registers_not_taken", NOT_TAKEN, status=503)
    rows = [[town.slug, registry, number] for number in numbers]
    parts = (rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE))
    return [(mark, to_bytes(key)) for part in parts for mark, key in ask("register_keys", rows=part, **told)]
