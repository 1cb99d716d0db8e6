"""Registers whose rows are kept here, sealed under their own numbers."""

from collections.abc import Mapping
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.procedures import registers
from alcaldia.procedures.models import Case
from alcaldia.procedures.registries.ports import Items, Question, Registry


def by_number(registry: str, *, nothing: Mapping[str, Any] | None = None) -> Registry:
    """The row of exactly this number; without one, `nothing` (an empty answer is unknown)."""

    def ask(question: Question) -> Items:
        return registers.look_up(question.town, registry, question.value) or nothing or {}

    return ask


PUBLIC_BY_PARCEL = {"property_tax": "public_debts", "water": "public_water_debts"}
"""Registers of accounts that a parcel opens too, and the setting by which a city publishes what parcels owe."""
SEVERAL = "varios"
"""What a row under a parcel says where several accounts are of that parcel."""


def published_by_parcel(town: Municipality, registry: str) -> bool:
    """Whether anybody who knows a parcel may read what its account owes; of other registers nothing hangs on it."""
    settings = town.settings.get("registries") or {}
    return registry not in PUBLIC_BY_PARCEL or bool(settings.get(PUBLIC_BY_PARCEL[registry]))


def by_account(registry: str) -> Registry:
    """The account by its own number, or by its parcel where the city publishes what parcels owe.

    Otherwise a parcel's debt stays in its owner's vault and is unknown here, and so it is where a parcel has several accounts.
    A row of water is a bill to be paid until it says that it was.
    """

    def ask(question: Question) -> Items:
        found = registers.look_up(question.town, registry, question.value) or {}
        by_parcel = fold(question.value) in {fold(question.parcel), fold(str(found.get("parcel", "")))} - {""}
        if by_parcel and not published_by_parcel(question.town, registry):
            return {}
        if found.get(SEVERAL):
            detail = "Ese predio tiene varias cuentas. Escriba el número que viene en su recibo."
            raise Refusal("several_accounts", detail)
        return {"pagado": False, **found} if found and registry == "water" else found

    return ask


def public_spaces(question: Question) -> Items:
    """Whether a place is taken that day: a row of "PLACE AAAA-MM-DD", else one of the place that says it of every day."""
    if question.day is None:
        return {}
    named = (f"{question.value} {question.day.isoformat()}", question.value)
    rows = (registers.look_up(question.town, "public_spaces", one) for one in named)
    return next((row for row in rows if row is not None), {"ocupado": False})


def fines(question: Question) -> Items:
    """A fine by its folio or plate, to be paid until its row says that it was."""
    found = registers.look_up(question.town, "fines", question.value)
    return {"pagada": False, **found} if found else {}


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
