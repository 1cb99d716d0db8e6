"""What the vault's pages show, made from what the broker tells."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from alcaldia.procedures.queries.offered import name_of, of_cases
from alcaldia.procedures.registries import LABELS
from alcaldia.vault import purposes
from alcaldia.vault.queries import Held
from alcaldia.vault.rules import access, catalogue, offices
from alcaldia.vault.rules.grant import AUTOMATIC, SHOW


@dataclass(frozen=True)
class Value:
    label: str
    text: str
    source: str
    date: str


@dataclass(frozen=True)
class Shelf:
    """One group of the catalogue with its items; an item is a list of values. Empty ones teach what they are for."""

    code: str
    label: str
    about: str
    items: list[list[Value]]


def shelves(held: Iterable[Held]) -> list[Shelf]:
    """Every group, the filled ones first, in the order of the catalogue."""
    known = list(held)
    made = [Shelf(one.code, one.label, one.about, _items(known, one)) for one in catalogue.GROUPS]
    return sorted(made, key=lambda shelf: not shelf.items)


def _items(held: list[Held], group: catalogue.Group) -> list[list[Value]]:
    order = [field.name for field in group.fields]
    found: dict[str, list[Held]] = {}
    for one in held:
        if one.group == group.code and one.field in order:
            found.setdefault(one.item, []).append(one)
    listed = [sorted(item, key=lambda one: order.index(one.field)) for item in found.values()]
    return [[_value(one) for one in item] for item in sorted(listed, key=lambda item: str(item[0].value))]


def _value(one: Held) -> Value:
    text = amount(one.value) if one.field in catalogue.MONEY else one.text
    return Value(one.label, text, one.source_label, one.date)


def amount(value: Any) -> str:
    """An amount as people read it, with its sign."""
    try:
        return f"${Decimal(str(value)):,.2f}"
    except InvalidOperation:
        return str(value)


def permit(told: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A permit with words: `state` is live, used, ended or revoked."""
    grant = told["grant"]
    ends = datetime.fromisoformat(grant["not_after"])
    states = (
        ("revoked", bool(told["revoked"])),
        ("ended", ends < now),
        ("used", told["used"] >= grant["max_uses"]),
    )
    state = next((name for name, holds in states if holds), "live")
    return {
        "id": told["id"], "office": office(grant["recipient"]["office"]), "fields": labels(grant["fields"]),
        "code": grant["purpose"], "purpose": purposes.name(grant["purpose"]), "case": grant["case"], "until": ends, "uses": grant["max_uses"],
        "used": told["used"], "left": grant["max_uses"] - told["used"], "state": state,
        "shows": grant["mode"] == SHOW, "automatic": grant["recipient"]["role"] == AUTOMATIC,
        "unused": labels(_unused(told, state)), "assisted": told["assisted"], "kiosk": told["kiosk"], "given": datetime.fromisoformat(told["given"]),
    }  # fmt: skip


def told_apart(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same permits or looks, each with the procedure of its case: a purpose alone says "resolve your request"."""
    asked_for = of_cases({one["case"] for one in rows if one["case"]})
    for one in rows:
        one["about"] = asked_for.get(one["case"], "") if purposes.known(one["code"]) else ""
    return rows


def office(code: str) -> str:
    return offices.name(code)


def labels(fields: Iterable[str]) -> list[str]:
    """Names of fields, each with its group where two groups share it."""
    return [catalogue.label_in_group(field) for field in fields]


TONES = {access.SHOWN: "warn", access.REFUSED: "bad", access.USED: "none", access.IDENTIFIED: "warn",
         access.EMERGENCY: "bad"}  # fmt: skip


SPARE_KINDS = {access.SPARE_MADE, access.SPARE_GONE, access.RESTORED}
SPARE_WORDS = {
    "paper": "En papel", "device": "De un aparato", "person": "De una persona de confianza",
    "declined": "esa persona ya no quiso serlo", "erased": "esa persona borró su bóveda",
    "revoked": "se quitó la llave de acceso de ese aparato",
}  # fmt: skip
NO_OFFICIAL = "El sistema, con usted presente"


def accessed(told: dict[str, Any]) -> dict[str, Any]:
    """One line of "who looked": who, what, why, when."""
    event = told["event"]
    return {
        "id": told["id"], "kind": event["kind"], "word": access.LABELS[event["kind"]],
        "tone": TONES.get(event["kind"], "none"), "who": event["official"] or NO_OFFICIAL,
        "named": bool(event["official"]), "office": office(event["office"]), "office_code": event["office"], "fields": labels(event["fields"]),
        "code": event["purpose"], "purpose": purposes.name(event["purpose"]), "case": event["case"], "at": datetime.fromisoformat(event["at"]),
        "grant": event["grant"], "detail": event["detail"], "by_others": event["kind"] in access.BY_OTHERS,
        "assisted": event["detail"] == "assisted", "kiosk": access.kiosk_of(event["detail"]),
        "notes": [SPARE_WORDS[one] for one in event["detail"].split() if one in SPARE_WORDS] if event["kind"] in SPARE_KINDS else [],
    }  # fmt: skip


def numbered(told: dict[str, Any]) -> dict[str, Any]:
    """One line of "by your number": which register, for which procedure as the web told it, and when."""
    event = told["event"]
    town, _, registry = event["detail"].partition(" ")
    procedure = event["purpose"]
    return {
        "id": told["id"], "at": datetime.fromisoformat(event["at"]), "register": LABELS.get(registry, registry),
        "about": name_of(town, procedure) if procedure else "",
    }  # fmt: skip


def _unused(told: dict[str, Any], state: str) -> list[str]:
    """What an ended permit gave and nobody ever read: it asked for more than it needed.

    Uses from before the broker kept their fields say nothing.
    """
    if state == "live" or (told["used"] and not told.get("read")):
        return []
    return [name for name in told["grant"]["fields"] if name not in told.get("read", ())]
