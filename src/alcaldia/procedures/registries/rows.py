"""Registers whose rows are kept here, sealed under their own numbers."""

from collections.abc import Mapping
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.procedures import registers
from alcaldia.procedures.models import Case
from alcaldia.procedures.registries.ports import Items, Question, Registry
from alcaldia.procedures.rules.definition import Lookup


def looked_up(registry: str, question: Question, number: str = "") -> dict[str, Any] | None:
    """The row of what is asked (or of `number`), or None; the procedure that asks is told with it."""
    key = question.program.definition.sheet.key
    return registers.look_up(question.town, registry, number or question.value, procedure=key)


def by_number(registry: str, *, nothing: Mapping[str, Any] | None = None) -> Registry:
    """The row of exactly this number; without one, `nothing` (an empty answer is unknown)."""

    def ask(question: Question) -> Items:
        return looked_up(registry, question) or nothing or {}

    return ask


def none_of(registry: str, question: Question, nothing: Items) -> Items:
    """What is said of a number without row: `nothing` where the city keeps that register, else it is unknown."""
    return nothing if registers.kept(question.town, registry) else {}


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
        found = looked_up(registry, question) or {}
        by_parcel = fold(question.value) in {fold(question.parcel), fold(str(found.get("parcel", "")))} - {""}
        if by_parcel and not published_by_parcel(question.town, registry):
            return {}
        if found.get(SEVERAL):
            detail = "Ese predio tiene varias cuentas. Escriba el número que viene en su recibo."
            raise Refusal("several_accounts", detail)
        return {"pagado": False, **found} if found and registry == "water" else found

    return ask


def public_spaces(question: Question) -> Items:
    """Whether a place is taken that day: a row of "PLACE AAAA-MM-DD", else one of the place that says it of every day.

    What is granted here is counted by `reserves`: a day without row that nobody took is free.
    """
    if question.day is None:
        return {}
    named = (f"{question.value} {question.day.isoformat()}", question.value)
    found = registers.first_of(question.town, "public_spaces", *named)
    return {"ocupado": False} if found is None else found


def fines(question: Question) -> Items:
    """A fine by its folio or plate, to be paid until its row says that it was."""
    found = looked_up("fines", question)
    return {"pagada": False, **found} if found else {}


def civil_registry(question: Question) -> Items:
    """How many records match, and of one alone what it says: by CURP, or by `name` and the day `born`."""
    given = [question.value] if question.value else [question.told.get("name"), question.told.get("born")]
    if not all(given):
        return {}
    number = " ".join(str(one) for one in given)
    found = looked_up("civil_registry", question, number)
    if found is None:
        return none_of("civil_registry", question, {"coincidencias": 0})
    alone = str(found.get("coincidencias")) == "1"
    return {name: value for name, value in found.items() if alone or name == "coincidencias"}


def address_proofs(question: Question) -> Items:
    """Whether the address is in the roll of water and property tax."""
    found = looked_up("address_proofs", question)
    return none_of("address_proofs", question, {"coincide": False}) if found is None else {"coincide": True}


def beneficiaries(question: Question) -> Items:
    """Whether who applies, by their CURP, has this support already, and owes anything of it."""
    found = looked_up("beneficiaries", question)
    nothing = {"activo": False, "adeudo": 0}
    return none_of("beneficiaries", question, nothing) if found is None else found


def reports(question: Question) -> Items:
    """Whether the same fault (`what`) was reported at the same place and is still open."""
    asked = _lookup_of(question, "reports")
    what = question.told.get("what")
    rows = Case.objects.filter(
        municipality=question.town, procedure=question.program.definition.sheet.key, closed_at=None
    ).values_list("answers", flat=True)
    place = fold(question.value)
    return {
        "duplicado": any(
            row.get(asked.told.get("what", "")) == what and fold(str(row.get(asked.by, ""))) == place
            for row in rows[:500]
        )
    }


def _lookup_of(question: Question, registry: str) -> Lookup:
    """The lookup by which this procedure asks the register: earlier requests answered under the same names."""
    lookups = (question.program.definition.lookups or {}).values()
    return next(one for one in lookups if one.registry == registry)
