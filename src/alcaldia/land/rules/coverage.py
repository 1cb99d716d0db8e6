"""Which zones count for a parcel: by area share, never by a point (a parcel may straddle two)."""

from dataclasses import dataclass
from decimal import Decimal

from alcaldia.land.rules.types import Line, ParcelFacts, Policy, Result, ZonePart


@dataclass(frozen=True)
class Coverage:
    """`major` parts are ruled; `minor` ones (below the straddling threshold) can only tighten."""

    major: tuple[ZonePart, ...]
    minor: tuple[ZonePart, ...]
    lines: tuple[Line, ...]
    conditions: tuple[str, ...]


def is_sliver(area_m2: Decimal, share: Decimal, policy: Policy) -> bool:
    """Digitising noise: less than 0.5 % of the parcel *and* less than 1 m² (municipal settings)."""
    return share < policy.sliver_share and area_m2 < policy.sliver_m2


def cover(facts: ParcelFacts, policy: Policy) -> Coverage:
    """Sort the parts and report what no zone covers and what two zones claim."""
    parts = [part for part in facts.zones if not is_sliver(part.area_m2, part.share, policy)]
    parts.sort(key=lambda part: (-part.area_m2, part.code))
    major = tuple(p for i, p in enumerate(parts) if i == 0 or p.share >= policy.straddle_share)
    minor = tuple(p for p in parts if p not in major)
    lines = (
        *_zone_lines(parts),
        *_doubtful_lines(facts),
        *_overlap_lines(facts, policy),
        *_uncovered_lines(facts, parts, policy),
    )
    conditions = tuple(line.note for line in lines if line.result is Result.CONDITION)
    return Coverage(major, minor, lines, conditions)


def _zone_lines(parts: list[ZonePart]) -> list[Line]:
    if not parts:
        note = "El predio no está en ninguna zona del plan cargado; lo revisará una persona."
        return [_line("Zona del predio", None, Result.UNKNOWN, note=note)]
    return [
        _line(
            f"Zona {part.code}",
            part.share,
            Result.PASS,
            unit="ratio",
            zone=part.code,
            basis=part.citation.basis,
            source=part.citation.source,
        )
        for part in parts
    ]


def _doubtful_lines(facts: ParcelFacts) -> list[Line]:
    """A zone whose drawing could not be used may reach this parcel: nobody knows, so a person looks."""
    note = "La figura de esta zona viene mal dibujada y puede tocar el predio; lo revisará una persona."
    return [
        _line(f"Zona {code}", None, Result.UNKNOWN, zone=code, note=note) for code in facts.doubtful_zones
    ]


def _overlap_lines(facts: ParcelFacts, policy: Policy) -> list[Line]:
    share = _share(facts.overlap_m2, facts)
    if is_sliver(facts.overlap_m2, share, policy):
        return []
    note = f"Dos zonas del plan reclaman los mismos {facts.overlap_m2} m²; una persona debe decir cuál rige."
    return [_line("Zonas encimadas", facts.overlap_m2, Result.UNKNOWN, unit="m2", note=note)]


def _uncovered_lines(facts: ParcelFacts, parts: list[ZonePart], policy: Policy) -> list[Line]:
    share = _share(facts.uncovered_m2, facts)
    if not parts or is_sliver(facts.uncovered_m2, share, policy):
        return []
    if share >= policy.straddle_share:
        note = f"{facts.uncovered_m2} m² del predio no tienen zona asignada; lo revisará una persona."
        return [_line("Superficie sin zona", facts.uncovered_m2, Result.UNKNOWN, unit="m2", note=note)]
    note = f"No ocupar los {facts.uncovered_m2} m² del predio que no tienen zona asignada."
    return [_line("Superficie sin zona", facts.uncovered_m2, Result.CONDITION, unit="m2", note=note)]


def _share(area_m2: Decimal, facts: ParcelFacts) -> Decimal:
    return area_m2 / facts.area_m2 if facts.area_m2 else Decimal(1)


def _line(
    label: str,
    value: Decimal | None,
    result: Result,
    *,
    unit: str | None = None,
    zone: str = "",
    basis: str = "",
    source: str = "",
    note: str = "",
) -> Line:
    return Line("zone", label, value, None, "none", unit, result, basis, source, zone, note)
