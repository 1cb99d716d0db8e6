"""Records as they lie in the main database: one data key per version, one derived key per field.

A version's data key is sealed to the person's public key; each field is AES-256-GCM under
HKDF(data key, field ‖ number) with person ‖ group ‖ item ‖ field ‖ number ‖ algorithm as associated
data, so no ciphertext can be moved to another person, field or version.
"""

import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from alcaldia.kernel.canonical import canonical
from alcaldia.vault.rules import suites
from alcaldia.vault.rules.suites import CannotOpen
from alcaldia.vault.rules.text64 import to_bytes, to_text

ALGORITHM = "aes256gcm-hkdf256/1"
# Ciphertexts of one size say nothing of a name's length or of how much is owed.
_BLOCK = 64
_HALF_SUITES = {suites.X25519: 1, suites.HYBRID: 2}
_RENEWED = 0x10
"""Added to the byte of a half's suite where four bytes of the pair's generation follow it."""


@dataclass(frozen=True)
class Record:
    """One version of one item of a record group, sealed. `item` is opaque, "" where a group has only one.

    `sealed` is the data key under the person's key; `fields` are nonce ‖ ciphertext by field name.
    """

    person: str
    group: str
    item: str
    number: int
    suite: str
    sealed: bytes
    fields: dict[str, bytes]
    algorithm: str = ALGORITHM
    half: bytes = b""
    """Under split custody: the data key's other half, sealed to the second broker's key (after what names its pair)."""
    other: bytes = b""
    """That half opened, in the first broker's memory alone; never on the wire."""

    def digest(self) -> str:
        """Hexadecimal SHA-256 over all but the wrap of the data key, which re-keying replaces."""
        texts = {name: to_text(value) for name, value in self.fields.items()}
        told = [self.person, self.group, self.item, self.number, self.algorithm]
        return sha256(canonical([*told, texts])).hexdigest()

    def wire(self) -> dict[str, Any]:
        """As JSON types, for the broker."""
        return {
            "person": self.person, "group": self.group, "item": self.item, "number": self.number, "suite": self.suite,
            "sealed": to_text(self.sealed), "algorithm": self.algorithm, "half": to_text(self.half),
            "fields": {name: to_text(value) for name, value in self.fields.items()},
        }  # fmt: skip


def field_digest(data: bytes) -> str:
    """Hexadecimal SHA-256 of one field's ciphertext, which re-keying leaves as it is."""
    return sha256(data).hexdigest()


def read_record(told: dict[str, Any]) -> Record:
    """The record of `Record.wire`. ValueError, KeyError or TypeError where it is not one."""
    given = dict(told)
    given["sealed"], given["half"] = to_bytes(given["sealed"]), to_bytes(given.get("half", ""))
    given["fields"] = {str(name): to_bytes(value) for name, value in given["fields"].items()}
    if "other" in given:
        raise ValueError("an opened half does not travel")
    return Record(**given)


def seal_record(
    person: str, group: str, item: str, number: int, values: dict[str, Any], *, suite: str, public: bytes,
    second: tuple[str, bytes] | None = None,
) -> Record:  # fmt: skip
    """Seal one version; `values` are JSON by field name (see `stated`); `second`: suite and public key of the second
    broker, where custody is split."""
    key = secrets.token_bytes(32)
    empty = Record(person, group, item, number, suite, b"", {})
    fields = {name: _seal_field(empty, key, name, value) for name, value in values.items()}
    first, half = key, b""
    if second is not None:
        first = secrets.token_bytes(32)
        half = _other_half(empty, key, first, second)
    sealed = suites.seal(suite, public, first, _info(empty))
    return Record(person, group, item, number, suite, sealed, fields, half=half)


def _other_half(record: Record, key: bytes, first: bytes, second: tuple[str, bytes]) -> bytes:
    return _half_mark(second[0]) + suites.seal(*second, _xor(key, first), _info(record, "half"))


def halved(
    record: Record, secret: bytes, *, suite: str, public: bytes, second: tuple[str, bytes]
) -> tuple[bytes, bytes]:
    """Of a whole data key the wraps of its two halves: for the person's own pair, and for theirs at the second broker.

    The key is the same, since no field is sealed again: whoever kept a copy of it has it still. Raises CannotOpen.
    """
    key = suites.open_sealed(record.suite, secret, record.sealed, _info(record))
    first = secrets.token_bytes(32)
    return suites.seal(suite, public, first, _info(record)), _other_half(record, key, first, second)


def data_key(record: Record, secret: bytes) -> bytes:
    """The data key of a version; under split custody `other` must be there. Raises CannotOpen."""
    first = suites.open_sealed(record.suite, secret, record.sealed, _info(record))
    if not record.half:
        return first
    if len(record.other) != len(first):
        raise CannotOpen("the other half of the key is in other hands")
    return _xor(first, record.other)


def _half_mark(pair: str) -> bytes:
    suite, generation = suites.read_name(pair)
    code = _HALF_SUITES[suite]
    return bytes((code + _RENEWED,)) + generation.to_bytes(4, "big") if generation else bytes((code,))


def _read_half(half: bytes) -> tuple[str, bytes]:
    """(name of the pair, what is sealed to it). Raises CannotOpen."""
    code, generation, rest = half[:1], 0, half[1:]
    if code and code[0] >= _RENEWED:
        code, generation, rest = bytes((code[0] - _RENEWED,)), int.from_bytes(half[1:5], "big"), half[5:]
    for suite, mark in _HALF_SUITES.items():
        if code == bytes((mark,)):
            return suites.pair_name(suite, generation), rest
    raise CannotOpen("unknown suite of the other half")


def suite_of_half(record: Record) -> str:
    """The pair to which the other half is sealed. Raises CannotOpen."""
    return _read_half(record.half)[0]


def half_behind(record: Record, suite: str) -> bool:
    """Is there another half, sealed to a pair of another suite? Raises CannotOpen."""
    return bool(record.half) and suite_of_half(record) != suite


def open_half(record: Record, secret: bytes) -> bytes:
    """The other half of the data key, by the second broker's secret. Raises CannotOpen."""
    pair, sealed = _read_half(record.half)
    return suites.open_sealed(pair, secret, sealed, _info(record, "half"))


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def open_field(record: Record, key: bytes, name: str) -> Any:
    """The JSON value of one field. Raises CannotOpen where anything of its place or bytes is not as sealed."""
    if record.algorithm != ALGORITHM:
        raise CannotOpen(f"unknown algorithm {record.algorithm}")
    data = record.fields[name]
    try:
        plain = AESGCM(_field_key(record, key, name)).decrypt(data[:12], data[12:], _place(record, name))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("the field is not what was sealed") from error
    return json.loads(plain)


def resealed(record: Record, secret: bytes, *, suite: str, public: bytes) -> bytes:
    """The wrap of the same data key (or first half) for another key pair of the same person. Raises CannotOpen."""
    plain = suites.open_sealed(record.suite, secret, record.sealed, _info(record))
    return suites.seal(suite, public, plain, _info(record))


def resealed_half(record: Record, secret: bytes, *, suite: str, public: bytes) -> bytes:
    """The other half for another pair of the same person at the second broker. Raises CannotOpen."""
    return _half_mark(suite) + suites.seal(suite, public, open_half(record, secret), _info(record, "half"))


def _seal_field(record: Record, key: bytes, name: str, value: Any) -> bytes:
    plain, nonce = canonical(value), secrets.token_bytes(12)
    plain += b" " * (-len(plain) % _BLOCK)
    return nonce + AESGCM(_field_key(record, key, name)).encrypt(nonce, plain, _place(record, name))


def _field_key(record: Record, key: bytes, name: str) -> bytes:
    info = canonical(["alcaldia field", name, record.number])
    return HKDFExpand(SHA256(), 32, info).derive(key)


def _place(record: Record, name: str) -> bytes:
    return canonical([record.person, record.group, record.item, name, record.number, record.algorithm])


def _info(record: Record, part: str = "key") -> bytes:
    return canonical([f"alcaldia data {part}", record.person, record.group, record.item, record.number])
