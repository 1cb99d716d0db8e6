"""The tier "sealed": which shape what a browser sealed must have. Nothing here, or on the server, can open it.

A box has one random secret of 32 bytes. It lies here only wrapped: under the key that the PRF of a passkey gives
(HKDF-SHA256), and always also under a printed code of 140 bits (PBKDF2-SHA256, 600,000 rounds), since a passkey that
is deleted takes its PRF along. A note is AES-256-GCM under HKDF(secret), bound to person, group and number. A file is parts
of one MiB, each bound to person, file, place and number of parts, and filled up so that its size tells little; what it
is called, and how long it really is, lies in a head sealed as a note is.
"""

import re
from dataclasses import dataclass
from typing import Any

from alcaldia.vault.rules.text64 import to_bytes

PRF, CODE = "prf", "code"
WRAP_BYTES = 12 + 32 + 16
MOST_WRAPS, LARGEST_NOTE, BLOCK = 12, 20 * 1024, 256
LARGEST_FILE, MOST_FILES = 10 * 1024 * 1024, 20
PART, FILLED, SEALING = 1024 * 1024, 64 * 1024, 12 + 16
"""Bytes of a part, to a multiple of which a file is filled up, and what sealing adds to each part."""
_FILE = re.compile(r"[A-Za-z0-9_-]{22}")


class BadBox(ValueError):
    """What came is not what a browser of ours makes."""


@dataclass(frozen=True)
class Wrap:
    """The secret under one key: `name` the passkey's credential id, or "" for the code; `salt` of the derivation."""

    kind: str
    name: str
    salt: str
    data: str

    def body(self) -> dict[str, str]:
        return dict(vars(self))


def read_wraps(told: Any) -> list[Wrap]:
    """One for the code, at most one for each passkey. Raises BadBox."""
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_WRAPS:
        raise BadBox("no list of wraps")
    found = [_wrap(one) for one in told]
    if [one.kind for one in found].count(CODE) != 1:
        raise BadBox("a box must open by its printed code too")
    if len({one.name for one in found}) != len(found):
        raise BadBox("two wraps of one key")
    return found


def _wrap(told: Any) -> Wrap:
    if not isinstance(told, dict) or set(told) != {"kind", "name", "salt", "data"}:
        raise BadBox("not a wrap")
    if told["kind"] not in {PRF, CODE} or any(not isinstance(one, str) for one in told.values()):
        raise BadBox("unknown kind")
    if (told["kind"] == CODE) != (told["name"] == "") or len(told["name"]) > 1400:
        raise BadBox("a passkey has a name and a code has none")
    if not 16 <= len(_bytes(told["salt"])) <= 32 or len(_bytes(told["data"])) != WRAP_BYTES:
        raise BadBox("wrong size")
    _bytes(told["name"])
    return Wrap(**told)


def read_note(text: str) -> bytes:
    """Nonce, ciphertext in whole blocks, tag. Raises BadBox."""
    data = _bytes(text) if len(text) <= 2 * LARGEST_NOTE else b""
    inside = len(data) - 12 - 16
    if inside < BLOCK or inside % BLOCK or len(data) > LARGEST_NOTE:
        raise BadBox("not a sealed note")
    return data


def read_file(name: str, data: bytes) -> bytes:
    """Sealed parts, the last one perhaps shorter, of a file of this random name. Raises BadBox."""
    parts = -(-len(data) // (PART + SEALING))
    inside = len(data) - parts * SEALING
    if not _FILE.fullmatch(name):
        raise BadBox("not a name")
    if not 0 < inside <= LARGEST_FILE + FILLED or inside % FILLED or inside <= (parts - 1) * PART:
        raise BadBox("not a sealed file")
    return data


def _bytes(text: str) -> bytes:
    try:
        return to_bytes(text)
    except ValueError as error:
        raise BadBox("not base64url") from error
