"""Registers whose rows are kept here, sealed under their own numbers; and licences, which are our own papers."""

from collections.abc import Mapping
from typing import Any

from alcaldia.kernel.text import fold
from alcaldia.procedures import registers
from alcaldia.procedures.models import Case
from alcaldia.procedures.registries.ports import Items, Question, Registry


def by_number(registry: str, *, nothing: Mapping[str, Any] | None = None) -> Registry:
    """The row of exactly this number; without one, `nothing` (an empty answer is unknown)."""

    def ask(question: Question) -> Items:
        return registers.look_up(question.town, registry, question.value) or nothing or {}

    return ask


def property_tax(question: Question) -> Items:
    """The account by its own number, or by its parcel where the city publishes what parcels owe.

    Without `[registries] public_debts = true` a parcel's debt stays in its owner's vault and is unknown here.
    """
    settings = question.town.settings.get("registries") or {}
    found = registers.look_up(question.town, "property_tax", question.value) or {}
    by_parcel = fold(question.value) in {fold(question.parcel), fold(str(found.get("parcel", "")))} - {""}
    return {} if by_parcel and not settings.get("public_debts") else found


def civil_registry(question: Question) -> Items:
    """How many records match, and of one alone what it says: by CURP, or by name and date of birth."""
    given = (
        [question.first("curp")]
        if question.first("curp")
        else [question.first("nombre"), question.first("nacimiento")]
    )
    if not all(given):
        return {}
    number = " ".join(str(one) for one in given)
    found = registers.look_up(question.town, "civil_registry", number)
    if found is None:
        return {"coincidencias": 0}
    alone = str(found.get("coincidencias")) == "1"
    return {name: value for name, value in found.items() if alone or name == "coincidencias"}


def address_proofs(question: Question) -> Items:
    """Whether the address is in the roll of water and property tax."""
    return {"coincide": registers.look_up(question.town, "address_proofs", question.value) is not None}


def beneficiaries(question: Question) -> Items:
    """Whether who applies already has this support: asked of their own account, unknown for a guest."""
    person = question.answers.get("solicitante")
    if not person:
        return {}
    return registers.look_up(question.town, "beneficiaries", str(person)) or {"activo": False, "adeudo": 0}


def reports(question: Question) -> Items:
    """Whether the same fault was reported at the same place and is still open."""
    what = question.first("que")
    rows = Case.objects.filter(
        municipality=question.town, procedure=question.program.definition.sheet.key, closed_at=None
    ).values_list("answers", flat=True)
    place = fold(question.value)
    return {
        "duplicado": any(
            row.get("que") == what and fold(str(row.get("lugar", ""))) == place for row in rows[:500]
        )
    }


def licences(question: Question) -> Items:
    """A licence that this city hall issued, by its folio; an older one by its row in the register."""
    found = (
        Case.objects.filter(municipality=question.town, document=question.value.strip().upper())
        .only("state", "fee", "answers")
        .first()
    )
    if found is None:
        return registers.look_up(question.town, "licences", question.value) or {"vigente": False}
    area = found.answers.get("m2") or found.answers.get("area")
    items = {"vigente": found.state == "issued", "infraccion": False, "adeudo": 0, "cuota": str(found.fee)}
    return {**items, "m2": area} if area else items
