"""What may be asked about land: rulings, and the parcels they are about. Nothing here writes."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land import alternatives, envelope, facts, rulebook
from alcaldia.land import parcels as parcel_store
from alcaldia.land.activities import suggest
from alcaldia.land.models import IssuedRuling
from alcaldia.land.parcels import ParcelRecord, round2
from alcaldia.land.plan import Rulebook
from alcaldia.land.reading import reserved
from alcaldia.land.rulebook import published
from alcaldia.land.rules.construction import rule_construction
from alcaldia.land.rules.document import ruling_document
from alcaldia.land.rules.infrastructure import promises
from alcaldia.land.rules.land_use import rule_land_use
from alcaldia.land.rules.types import (
    Capacity,
    LandUseQuestion,
    Norm,
    Outcome,
    ParcelFacts,
    Project,
    Ruling,
    ZonePart,
)

MAX_FIGURE = Decimal(10_000_000)


def today(municipality: Municipality) -> date:
    """The municipality's own date: a norm that starts on the first starts there at midnight."""
    return timezone.now().astimezone(ZoneInfo(municipality.timezone)).date()


def land_use_ruling(
    slug: str, parcel: str, activity: str, area_m2: Any = None, on: date | None = None
) -> dict[str, Any]:
    """The ruling document (CONTRACT.md) for an activity on a parcel named by key or id.

    Raises Refusal for an unknown municipality, parcel or activity, and for an area that is not
    positive or larger than the parcel and what is built on it.
    """
    book = published(slug)
    record = parcel_store.by_key(book, parcel)
    question = land_use_question(book, record, activity, area_m2, on)
    return land_use_document(book, record, question)


def land_use_question(
    book: Rulebook, record: ParcelRecord, activity: str, area_m2: Any, on: date | None
) -> LandUseQuestion:
    """The question, checked: known activity, sensible area."""
    code = known_activity(book, activity)
    area = figure(area_m2, "superficie")
    largest = max(record.area_m2, record.built_m2 or Decimal(0))
    if area is not None and area <= 0:
        raise Refusal("bad_area", "La superficie del negocio debe ser mayor que cero.", status=400)
    if area is not None and area > largest:
        detail = f"La superficie pedida ({area} m²) es mayor que el predio ({largest} m²). Escriba la que va a usar."
        raise Refusal("area_too_large", detail, status=400)
    return LandUseQuestion(book.activity(code), code, area, on or today(book.municipality))


def known_activity(book: Rulebook, text: str) -> str:
    """The activity code, or a refusal that suggests what the person may have meant."""
    code = text.strip()
    if code and len(code) <= 40 and book.knows(code):
        return code
    near = "; ".join(f"{found.code} {found.name}" for found in suggest(book, text, limit=3))
    hint = f" ¿Quiso decir: {near}?" if near else " Busque el giro por su nombre en el visor."
    raise Refusal("unknown_activity", f"No conocemos el giro «{text[:60]}».{hint}", status=404)


def figure(value: Any, name: str) -> Decimal | None:
    """A number a person gave, to the centimetre; None where nothing was given."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_finite() and abs(number) > MAX_FIGURE:
        detail = f"El número {str(value)[:40]} es demasiado grande para {name}. Revise si le sobra una cifra."
        raise Refusal("number_too_large", detail, status=400)
    if not number.is_finite():
        raise Refusal("not_a_number", f"«{str(value)[:40]}» no es un número válido para {name}.", status=400)
    return number.quantize(Decimal("0.01"))


def land_use_document(
    book: Rulebook, record: ParcelRecord, question: LandUseQuestion, *, replay: bool = False
) -> dict[str, Any]:
    """Rule and write the document."""
    known = facts.for_parcel(book, record, question.activity_code, question.on, replay=replay)
    ruling = rule_land_use(known, question, book.policy)
    if ruling.outcome is Outcome.PROHIBITED and known.zones:
        others = alternatives.sentences(book, record, known, question)
        ruling = replace(ruling, what_would_pass=(*ruling.what_would_pass, *others))
    asked = {
        "activity": question.activity_code,
        "activity_name": question.activity.name if question.activity else None,
        "area_m2": question.area_m2,
        "on": question.on,
        "parcel_id": record.public_id,
    }
    return ruling_document(ruling, known, "land-use", asked, book.versions)


PROJECT_FIELDS = {field.name for field in fields(Project)}
COUNTS = {"levels", "dwellings", "parking"}


def read_project(given: dict[str, Any]) -> Project:
    """A Project from JSON or a form; unknown names and impossible numbers are refused, absent ones unknown."""
    if not isinstance(given, dict):
        raise Refusal("bad_project", "El proyecto debe ser un objeto JSON con sus medidas.", status=400)
    unknown = sorted(set(given) - PROJECT_FIELDS)
    if unknown:
        names = ", ".join(sorted(PROJECT_FIELDS))
        raise Refusal(
            "bad_project", f"No conozco «{unknown[0][:40]}» en el proyecto. Use: {names}.", status=400
        )
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name == "use":
            values[name] = _use(value)
            continue
        number = figure(value, name)
        if number is not None and number < 0:
            raise Refusal("bad_project", f"«{name}» no puede ser negativo.", status=400)
        if number is not None and name in COUNTS:
            if number != number.to_integral_value():
                raise Refusal("bad_project", f"«{name}» debe ser un número entero.", status=400)
            values[name] = int(number)
        else:
            values[name] = number
    return Project(**values)


def _use(value: Any) -> str:
    """The declared use. It is printed and signed, so what cannot be printed is refused."""
    if value is not None and not (isinstance(value, str) and value.isprintable()):
        detail = "«use» debe ser un texto corto, por ejemplo habitacional."
        raise Refusal("bad_project", detail, status=400)
    return (value or "")[:40]


def construction_ruling(
    slug: str, parcel: str, project: dict[str, Any], on: date | None = None
) -> dict[str, Any]:
    """The ruling document for a construction project on a parcel named by key or id."""
    book = published(slug)
    record = parcel_store.by_key(book, parcel)
    return construction_document(book, record, read_project(project), on or today(book.municipality))


def construction_document(
    book: Rulebook,
    record: ParcelRecord,
    project: Project,
    on: date,
    *,
    replay: bool = False,
    reserved: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Rule and write the document; `reserved` pins promised capacity on replay."""
    known = with_every_network(book, facts.for_parcel(book, record, "", on, replay=replay))
    promised = capacity_promised(book, record, known, on) if reserved is None else reserved
    known = replace(
        with_envelope(book, record, known),
        capacity=tuple(replace(c, reserved=Decimal(promised.get(c.network, "0"))) for c in known.capacity),
    )
    ruling = rule_construction(known, project, book.policy, book.extra)
    given = {name: getattr(project, name) for name in sorted(PROJECT_FIELDS)}
    asked = {
        "project": given, "on": on, "parcel_id": record.public_id, "reserved": promised, "reserves": promises(known, project),
    }  # fmt: skip
    return ruling_document(ruling, known, "construction", asked, book.versions)


def with_every_network(book: Rulebook, known: ParcelFacts) -> ParcelFacts:
    """Facts with the networks that have no sector here too: what they hold for this parcel is unknown."""
    served = {one.network for one in known.capacity}
    others = {one.network: one.citation for one in book.capacities.values() if one.network not in served}
    bare = [Capacity(name, "", "", None, None, citation=others[name]) for name in sorted(others)]
    return replace(known, capacity=(*known.capacity, *bare))


def capacity_promised(book: Rulebook, record: ParcelRecord, known: ParcelFacts, on: date) -> dict[str, str]:
    """Capacity of the parcel's sectors promised to other parcels, as text so that it replays exactly."""
    if not known.capacity:
        return {}
    totals = reserved(book.municipality, on, record.public_id)
    return {c.network: f"{totals.get((c.network, c.sector), Decimal(0)):f}" for c in known.capacity}


def with_envelope(book: Rulebook, record: ParcelRecord, known: ParcelFacts) -> ParcelFacts:
    """Facts plus frontage and buildable area, where edges and every setback are known."""
    if record.shape is None:
        return known
    boundary = envelope.edges(record.shape, parcel_store.neighbours(book, record))
    setbacks = envelope.Setbacks(
        *(strictest_setback(known.zones, edge) for edge in ("front", "side", "rear"))
    )
    free = envelope.buildable(record.shape, boundary, setbacks)
    front = known.front_m if known.front_m is not None else (boundary.front_m if boundary.known else None)
    return replace(known, front_m=front, buildable_m2=None if free is None else round2(free.area))


def strictest_setback(zones: tuple[ZonePart, ...], edge: str) -> Decimal | None:
    """The largest setback any zone part asks for on this edge; None as soon as one does not say."""
    found: list[Decimal] = []
    for part in zones:
        norms = [norm for norm in part.norms if norm.parameter == f"setback_{edge}" and not norm.condition]
        if not norms or not all(_readable(norm) for norm in norms):
            return None
        found += [norm.value if norm.value is not None else Decimal(0) for norm in norms]
    return max(found, default=None)


def _readable(norm: Norm) -> bool:
    return norm.value is not None or norm.bound == "none"


def rule_city(slug: str, activity: str, on: date | None = None) -> Iterator[tuple[ParcelRecord, Ruling]]:
    """Every parcel of the city ruled for one activity, in source order: the bulk export and the map of where."""
    book = published(slug)
    code = known_activity(book, activity)
    question = LandUseQuestion(book.activity(code), code, None, on or today(book.municipality))
    city = facts.City(book)
    for chunk in parcel_store.every(book):
        for record, known in zip(chunk, city.facts(chunk, code, question.on), strict=True):
            yield record, rule_land_use(known, question, book.policy)


def zone_shares(slug: str) -> Iterator[tuple[ParcelRecord, ZonePart]]:
    """One row per parcel and zone code, slivers included; polygons of one code count once together."""
    book = published(slug)
    city = facts.City(book)
    for chunk in parcel_store.every(book):
        for record, parts in zip(chunk, city.zones(chunk), strict=True):
            for part in parts:
                yield record, part


def first_reason(ruling: Ruling) -> str:
    """The line that decided, in one sentence: what a list of rulings shows."""
    order = ("fail", "unknown", "condition")
    lines = sorted(
        (line for line in ruling.lines if line.result.value in order),
        key=lambda line: order.index(line.result.value),
    )
    if not lines:
        return next((f"{line.label}: {line.limit}" for line in ruling.lines if line.check == "use"), "")
    return f"{lines[0].label}: {lines[0].note or lines[0].limit or 'sin dato'}"


def issued(folio: str) -> IssuedRuling:
    """An issued ruling by folio."""
    found = IssuedRuling.objects.select_related("municipality").filter(folio=folio).first()
    if found is None:
        detail = f"No existe un dictamen con el folio «{folio[:40]}». Revise cada letra y número."
        raise Refusal("unknown_folio", detail, status=404)
    return found


def replay(folio: str) -> dict[str, Any]:
    """Re-run an issued ruling with the versions and settings of its day: the same document, byte for byte."""
    ruling = issued(folio)
    municipality = ruling.municipality
    municipality.settings = ruling.settings
    labels = [label for label in ruling.document["versions"] if "@" in label]
    book = rulebook.at_versions(municipality, labels)
    return rerun(book, ruling, replay=True)


def under_todays_plan(folio: str) -> dict[str, Any]:
    """The same question under what is published now; the issued ruling itself never changes."""
    ruling = issued(folio)
    return rerun(published(ruling.municipality.slug), ruling, replay=False)


def rerun(book: Rulebook, ruling: IssuedRuling, *, replay: bool) -> dict[str, Any]:
    asked = ruling.question
    record = parcel_store.by_public_id(book, asked["parcel_id"])
    on = date.fromisoformat(asked["on"]) if replay else today(book.municipality)
    if ruling.kind == "construction":
        given = {name: value for name, value in asked["project"].items() if value is not None}
        reserved = asked["reserved"] if replay else None
        return construction_document(book, record, read_project(given), on, replay=replay, reserved=reserved)
    question = land_use_question(book, record, asked["activity"], asked["area_m2"], on)
    return land_use_document(book, record, question, replay=replay)
