"""Existing, permitted and remaining: what a parcel has, may have and could still add, side by side."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from alcaldia.land.rules.extra_intensity import ExtraIntensity, price
from alcaldia.land.rules.types import Norm, ParcelFacts, ZonePart

RATIO = Decimal("0.0001")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Intensity:
    """One coefficient: ratios, and the m² they mean on this parcel. None: unknown, never zero."""

    name: str
    existing: Decimal | None
    permitted: Decimal | None
    remaining: Decimal | None
    existing_m2: Decimal | None
    permitted_m2: Decimal | None
    remaining_m2: Decimal | None
    basis: str = ""


@dataclass(frozen=True)
class Potential:
    """Both coefficients and the optional purchase; `price` None where land value or formula is unknown."""

    cos: Intensity
    cus: Intensity
    cus_optional: Decimal | None
    purchasable_m2: Decimal | None
    price: Decimal | None


def potential(facts: ParcelFacts, extra: ExtraIntensity | None = None) -> Potential:
    """By the largest zone part when it covers the parcel alone; by the strictest part otherwise."""
    cos = _intensity("cos", facts, facts.existing_footprint_m2)
    cus = _intensity("cus", facts, facts.existing_built_m2)
    optional = _limit(facts.zones, "cus_optional")
    more = None
    cost = None
    if optional is not None and optional.value is not None and cus.permitted is not None:
        more = _m2(max(optional.value - cus.permitted, Decimal(0)), facts)
        cost = None if extra is None else price(extra, facts, optional.value, cus.permitted)
    return Potential(cos, cus, optional.value if optional else None, more, cost)


def _intensity(name: str, facts: ParcelFacts, existing_m2: Decimal | None) -> Intensity:
    norm = _limit(facts.zones, name)
    permitted = norm.value if norm else None
    existing = None
    if existing_m2 is not None and facts.area_m2:
        existing = (existing_m2 / facts.area_m2).quantize(RATIO, ROUND_HALF_UP)
    permitted_m2 = None if permitted is None else _m2(permitted, facts)
    remaining = None if permitted is None or existing is None else permitted - existing
    remaining_m2 = None if permitted_m2 is None or existing_m2 is None else permitted_m2 - existing_m2
    basis = norm.citation.basis if norm else ""
    return Intensity(name, existing, permitted, remaining, existing_m2, permitted_m2, remaining_m2, basis)


def _limit(zones: tuple[ZonePart, ...], name: str) -> Norm | None:
    """The strictest readable maximum; None as soon as one zone part does not say."""
    found: list[Norm] = []
    for part in zones:
        norms = [n for n in part.norms if n.parameter == name and n.bound == "max" and not n.condition]
        if len(norms) != 1 or norms[0].value is None:
            return None
        found.append(norms[0])
    return min(found, key=lambda norm: norm.value or Decimal(0)) if found else None


def _m2(ratio: Decimal, facts: ParcelFacts) -> Decimal:
    return (ratio * facts.area_m2).quantize(CENT, ROUND_HALF_UP)
