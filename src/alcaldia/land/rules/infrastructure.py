"""Do the networks hold what the project needs? Water, drainage, power: dwellings against what is left of a sector."""

from decimal import ROUND_CEILING, Decimal

from alcaldia.land.rules.types import Capacity, Line, ParcelFacts, Project, Result

STEP = Decimal("0.0001")


def capacity_lines(facts: ParcelFacts, project: Project) -> list[Line]:
    """One line per network; none for a project without dwellings. A missing figure is unknown, never enough."""
    if not project.dwellings:
        return []
    return [_line(one, project.dwellings) for one in facts.capacity]


def promises(facts: ParcelFacts, project: Project) -> dict[str, dict[str, str]]:
    """What an approval takes of each network that still has it: network → sector and amount, exact texts."""
    found = {}
    for one in facts.capacity if project.dwellings else ():
        needed, free = need(one, project.dwellings or 0), available(one)
        if needed is not None and free is not None and needed <= free:
            found[one.network] = {"sector": one.sector, "amount": f"{needed:f}"}
    return found


def need(one: Capacity, dwellings: int) -> Decimal | None:
    """Rounded up to what a reservation can hold; None where a dwelling's demand is not published."""
    figure = _figure(one.per_dwelling)
    return None if figure is None else (figure * dwellings).quantize(STEP, ROUND_CEILING)


def available(one: Capacity) -> Decimal | None:
    """Capacity − used − reserved; None as soon as one of them is not known."""
    figures = [_figure(one.capacity), _figure(one.used), _figure(one.reserved)]
    if any(figure is None for figure in figures):
        return None
    capacity, used, reserved = (figure or Decimal(0) for figure in figures)
    return capacity - used - reserved


def _figure(number: Decimal | None) -> Decimal | None:
    return number if number is not None and number.is_finite() and number >= 0 else None


def _line(one: Capacity, dwellings: int) -> Line:
    needed, free = need(one, dwellings), available(one)
    where = f" (sector {one.sector})" if one.sector else ""
    if needed is None or free is None:
        result, note = Result.UNKNOWN, f"No se conoce la capacidad de {one.network} en este predio{where}."
    elif needed <= free:
        result, note = Result.PASS, ""
    else:
        lacking = f"{_trim(needed - free)} {one.unit}".strip()
        result = Result.CONDITION
        note = f"Obtener la factibilidad de {one.network}{where}: faltan {lacking}."
    return Line(
        "infrastructure", f"Capacidad de {one.network}", needed, free, "max", one.unit or None, result,
        one.citation.basis, one.citation.source, "", note,
    )  # fmt: skip


def _trim(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
