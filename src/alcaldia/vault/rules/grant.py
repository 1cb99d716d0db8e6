"""Grants: what a person signed, and whether a request for their data stays within it.

A grant is canonical JSON (RFC 8785). Several of them and the request they serve are one `Send`; the
passkey signs it once: its challenge is the SHA-256 of the Send's canonical bytes.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from alcaldia.kernel.canonical import canonical, digest
from alcaldia.vault.rules import offices

VERSION = 1
SHOW, USE = "show", "use"
AUTOMATIC = "automatic"
"""The role of a recipient that is no person: the city's program, while the citizen is present."""
LONGEST = timedelta(days=90)
MOST_USES, MOST_FIELDS, MOST_GRANTS, LONGEST_TEXT = 100, 40, 10, 200
_FIELD = re.compile(r"[a-z_]{1,40}\.[a-z_]{1,40}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,64}")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_KEYS = {
    *("v", "person", "recipient", "mode", "fields", "operations", "purpose", "case"),
    *("not_before", "not_after", "max_uses", "nonce"),
}


class BadGrant(ValueError):
    """What was signed is not a grant that this program understands to the last key."""


@dataclass(frozen=True)
class Operation:
    """A question that the broker answers without showing the values.

    `field` is read in the items of its group in which each field of `where` has the given value; `source`
    is the register whose signed word counts, "" for anybody's.
    """

    name: str
    field: str
    where: tuple[tuple[str, str], ...]
    argument: str | int | None
    source: str

    def body(self) -> dict[str, Any]:
        return {**vars(self), "where": dict(self.where)}

    def fields(self) -> set[str]:
        return {self.field, *(name for name, _ in self.where)}


@dataclass(frozen=True)
class Grant:
    """One permission. Moments are aware, whole seconds; `fields` are ``group.field``; `office` as `offices` makes it."""

    person: str
    office: str
    role: str
    mode: str
    fields: tuple[str, ...]
    operations: tuple[Operation, ...]
    purpose: str
    case: str
    not_before: datetime
    not_after: datetime
    max_uses: int
    nonce: str

    def body(self) -> dict[str, Any]:
        """The JSON that is signed."""
        return {
            "v": VERSION, "person": self.person, "recipient": {"office": self.office, "role": self.role},
            "mode": self.mode, "fields": list(self.fields), "operations": [one.body() for one in self.operations],
            "purpose": self.purpose, "case": self.case, "not_before": self.not_before.strftime(_MOMENT),
            "not_after": self.not_after.strftime(_MOMENT), "max_uses": self.max_uses, "nonce": self.nonce,
        }  # fmt: skip

    @property
    def id(self) -> str:
        """Hexadecimal SHA-256 of the canonical grant: its name everywhere."""
        return digest(self.body())


@dataclass(frozen=True)
class Send:
    """What one touch signs: the hash of the request (hexadecimal) and the grants it needs."""

    application: str
    grants: tuple[Grant, ...]

    def body(self) -> dict[str, Any]:
        return {"application": self.application, "grants": [grant.body() for grant in self.grants]}

    def challenge(self) -> bytes:
        """The 32 bytes that the passkey signs."""
        return sha256(canonical(self.body())).digest()


def withdrawal(grant_id: str) -> bytes:
    """The 32 bytes that the passkey signs to take a permit back; signing them twice is once."""
    return sha256(canonical({"withdraw": grant_id})).digest()


def read_send(told: Any) -> Send:
    """The bundle in JSON types. Raises BadGrant for anything unknown, missing, odd or of two persons."""
    given = _object(told, {"application", "grants"})
    if not isinstance(given["grants"], list) or not 0 < len(given["grants"]) <= MOST_GRANTS:
        raise BadGrant("a bundle has one to ten grants")
    found = Send(_text(given, "application", 64), tuple(read_grant(one) for one in given["grants"]))
    if len({grant.person for grant in found.grants}) != 1 or len({g.nonce for g in found.grants}) != len(
        found.grants
    ):
        raise BadGrant("the grants of a bundle are of one person and differ in their nonce")
    return found


def read_grant(told: Any) -> Grant:
    """One grant in JSON types. Raises BadGrant."""
    given = _object(told, _KEYS)
    recipient = _object(given["recipient"], {"office", "role"})
    _need(given["v"] == VERSION and type(given["v"]) is int, "version")
    _need(given["mode"] in {SHOW, USE}, "mode")
    fields = given["fields"]
    _need(isinstance(fields, list) and 0 < len(fields) <= MOST_FIELDS, "fields")
    _need(all(isinstance(one, str) and _FIELD.fullmatch(one) for one in fields), "fields")
    _need(len(set(fields)) == len(fields), "fields")
    operations = given["operations"]
    _need(isinstance(operations, list) and bool(operations) == (given["mode"] == USE), "operations")
    uses = given["max_uses"]
    _need(type(uses) is int and 0 < uses <= MOST_USES, "max_uses")
    _need(bool(_NONCE.fullmatch(_text(given, "nonce", 64))), "nonce")
    found = Grant(
        _text(given, "person", 40), _text(recipient, "office", offices.LONGEST), _text(recipient, "role", 60, empty=True),
        given["mode"], tuple(fields), tuple(read_operation(one) for one in operations), _text(given, "purpose"),
        _text(given, "case", 80), _moment(given["not_before"]), _moment(given["not_after"]), uses, given["nonce"],
    )  # fmt: skip
    _need(found.not_before < found.not_after, "period")
    _need(all(one.fields() <= set(fields) for one in found.operations), "operations")
    return found


def read_operation(told: Any) -> Operation:
    """One operation in JSON types. Raises BadGrant."""
    given = _object(told, {"name", "field", "where", "argument", "source"})
    where = given["where"]
    _need(
        isinstance(where, dict) and all(isinstance(x, str) for pair in where.items() for x in pair), "where"
    )
    argument = given["argument"]
    _need(argument is None or type(argument) in {str, int}, "argument")
    name, field = _text(given, "name", 40), _text(given, "field", 81)
    source = _text(given, "source", 40, empty=True)
    return Operation(name, field, tuple(sorted(where.items())), argument, source)


def moment(at: datetime) -> datetime:
    """The same moment as a grant can say it: UTC, whole seconds."""
    return at.astimezone(UTC).replace(microsecond=0)


def _object(told: Any, keys: set[str]) -> dict[str, Any]:
    if not isinstance(told, dict) or set(told) != keys:
        raise BadGrant("keys missing or unknown")
    return told


def _text(given: dict[str, Any], name: str, longest: int = LONGEST_TEXT, *, empty: bool = False) -> str:
    value = given[name]
    _need(isinstance(value, str) and len(value) <= longest and (empty or bool(value.strip())), name)
    return str(value)


def _moment(text: Any) -> datetime:
    _need(isinstance(text, str), "moment")
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadGrant("moment") from error
    _need(found.strftime(_MOMENT) == text, "moment")
    return found


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise BadGrant(f"the {what} of the grant is not one")
