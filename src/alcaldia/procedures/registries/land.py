"""Registers that the land answers: plan, risks, heritage, street lines, networks, numbering."""

from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import fold
from alcaldia.land import consulting, queries
from alcaldia.land.parcels import ParcelRecord, by_key, whole
from alcaldia.land.plan import Rulebook
from alcaldia.land.rulebook import published
from alcaldia.procedures import registers
from alcaldia.procedures.registries.ports import Items, Question

RISK_OF_IMPACT = {1: "bajo", 2: "bajo", 3: "medio", 4: "alto", 5: "alto"}
"""Impact level of the activity (land) → risk of the SARE catalogue; to be confirmed by each city."""


def _place(question: Question) -> tuple[Rulebook, ParcelRecord]:
    book = published(question.town.slug)
    return book, by_key(book, question.parcel or question.value)


def land_use(question: Question) -> Items:
    """The outcome of the land-use ruling for the activity on the parcel."""
    if not question.parcel:
        return {}
    ruled = queries.land_use_ruling(
        question.town.slug, question.parcel, question.value, question.told.get("area"), question.today
    )
    return {"outcome": ruled["outcome"]}


def construction_ruling(question: Question) -> Items:
    """The outcome of the construction pre-ruling for the project on the parcel."""
    if not question.told:
        return {}
    ruled = queries.construction_ruling(
        question.town.slug, question.value, dict(question.told), question.today
    )
    return {"outcome": ruled["outcome"]}


def activities(question: Question) -> Items:
    """The risk of the activity by its impact level; an activity without level is unknown."""
    found = published(question.town.slug).activity(question.value)
    return {"riesgo": RISK_OF_IMPACT[found.impact]} if found and found.impact in RISK_OF_IMPACT else {}


def parcels(question: Question) -> Items:
    """The parcel exists; who owns it lies in the vault and is not told here."""
    _place(question)
    return {}


def nearby(question: Question) -> Items:
    """Metres to the nearest school."""
    layer = str((question.town.settings.get("registries") or {}).get("schools_layer") or "escuelas")
    return _known({"escuela": consulting.nearest_m(*_place(question), layer)})


def risk(question: Question) -> Items:
    return _known({"alto": consulting.touches(*_place(question), "Riesgos")})


def heritage(question: Question) -> Items:
    return _known({"dentro": consulting.touches(*_place(question), "Patrimonio")})


def rights_of_way(question: Question) -> Items:
    """Whether a right of way or a federal zone crosses, and the front setback of the parcel's zones in metres."""
    book, record = _place(question)
    from alcaldia.land import facts

    known = facts.for_parcel(book, record, "", question.today)
    front = queries.strictest_setback(known.zones, "front")
    layers = (question.town.settings.get("registries") or {}).get("rights_of_way") or ["zona-federal"]
    crosses: bool | None = False
    for layer in layers:
        metres = consulting.nearest_m(book, record, str(layer))
        crosses = None if metres is None else crosses or metres == 0
        if crosses is None:
            break
    return _known({"via": crosses, "frente": front})


def network_capacity(question: Question) -> Items:
    reaches, free = consulting.free_capacity(*_place(question), "agua")
    return _known({"hay": reaches, "libre": free})


def urban_image(question: Question) -> Items:
    """centro inside the heritage perimeter, avenida on a main street, otherwise general."""
    book, record = _place(question)
    inside = consulting.touches(book, record, "Patrimonio")
    if inside is None:
        return {}
    parcel, _ = whole(book, record.public_id)
    main = parcel.street_class in {"avenida", "primaria", "colectora"}
    return {"zona": "centro" if inside else "avenida" if main else "general"}


def street_numbers(question: Question) -> Items:
    """The official number: the one that the cadastre holds for the parcel on that street, and whether another has it too."""
    book, record = _place(question)
    parcel, _ = whole(book, record.public_id)
    street = parcel.street if _names(question.value, parcel.street) else question.value
    neighbours = consulting.addresses_on(book, street)
    mine = next((row for row in neighbours if row[0] == record.key and row[2]), None)
    if mine is None:
        return {"calle": bool(neighbours), "asignado": False, "conflicto": False}
    taken = [row for row in neighbours if row[2] == mine[2] and row[0] != record.key]
    return {"calle": True, "asignado": True, "conflicto": bool(taken), "numero": mine[2]}


def _names(words: str, street: str) -> bool:
    """Whether somebody who writes this means that street: «juarez» is «Avenida Juárez Norte» to whoever lives on it."""
    said = fold(words).split()
    return bool(said) and set(said) <= set(fold(street).split())


GENERAL = "general"


def street_zones(question: Question) -> Items:
    """Where stalls may stand: a row of the register for the street or square named, else the general rule."""
    return registers.first_of(question.town, "street_zones", question.value, GENERAL) or {}


def counted_as(town: Municipality, street: str) -> str:
    """The mark of the row that speaks for a street: its own, else the general one."""
    return registers.mark_of_first(town, "street_zones", street, GENERAL)


def _known(items: dict[str, Any]) -> Items:
    return {name: value for name, value in items.items() if value is not None}
