"""The price of extra floor area ("comprar CUS"): one formula per municipality, itemised, rounded once.

Common core (land.md 4.11): A = S × (CUS_project − CUS_base), allowed while CUS_project ≤ CUS_max.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from alcaldia.land.rules.types import ParcelFacts


@dataclass(frozen=True)
class ExtraIntensity:
    """A municipality's formula and its parameters; `rate` is money per m² or a share, as the formula says."""

    formula: str
    rate: Decimal = Decimal(0)
    social_factor: Decimal = Decimal(1)
    planning_factor: Decimal = Decimal(1)
    currency: str = "MXN"
    article: str = ""


@dataclass(frozen=True)
class Terms:
    """Named inputs of every formula: S lot m², V land value per m², base and project CUS."""

    lot_m2: Decimal
    land_value_m2: Decimal | None
    base: Decimal
    project: Decimal


Formula = Callable[[ExtraIntensity, Terms], Decimal | None]


def sao_paulo(extra: ExtraIntensity, terms: Terms) -> Decimal | None:
    """Outorga onerosa: (S / total built area) × V for each extra m²."""
    if terms.land_value_m2 is None:
        return None
    extra_m2 = terms.lot_m2 * (terms.project - terms.base)
    return terms.lot_m2 * terms.land_value_m2 * extra_m2 / (terms.lot_m2 * terms.project)


def estatuto(extra: ExtraIntensity, terms: Terms) -> Decimal | None:
    """Estatuto da Cidade: lot value × (1 − base / project); equals sao_paulo when factors are 1."""
    if terms.land_value_m2 is None:
        return None
    return terms.lot_m2 * terms.land_value_m2 * (1 - terms.base / terms.project)


def fixed_rate(extra: ExtraIntensity, terms: Terms) -> Decimal | None:
    """A yearly amount of money per extra m² (Jalisco's Ley de Ingresos)."""
    return terms.lot_m2 * (terms.project - terms.base) * extra.rate


def land_share(extra: ExtraIntensity, terms: Terms) -> Decimal | None:
    """A share of the unit land value per extra m²."""
    if terms.land_value_m2 is None:
        return None
    return terms.lot_m2 * (terms.project - terms.base) * terms.land_value_m2 * extra.rate


FORMULAS: dict[str, Formula] = {
    "sao_paulo": sao_paulo,
    "estatuto": estatuto,
    "fixed_rate": fixed_rate,
    "land_share": land_share,
}


def price(extra: ExtraIntensity, facts: ParcelFacts, project: Decimal, base: Decimal) -> Decimal | None:
    """Price of going from `base` to `project` CUS on this parcel; None where the land value is unknown.

    Zero at the base; rounded to cents once, at the end.
    """
    if project <= base:
        return Decimal("0.00")
    amount = FORMULAS[extra.formula](extra, Terms(facts.area_m2, facts.land_value_m2, base, project))
    if amount is None:
        return None
    total = amount * extra.social_factor * extra.planning_factor
    return total.quantize(Decimal("0.01"), ROUND_HALF_UP)
