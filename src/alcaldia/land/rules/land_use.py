"""May this activity operate on this parcel? The land-use ruling (dictamen de uso de suelo)."""

from decimal import Decimal

from alcaldia.land.rules.codes import concerns
from alcaldia.land.rules.combine import combine, excluded_parts, minor_part
from alcaldia.land.rules.coverage import cover
from alcaldia.land.rules.flags import review_flags
from alcaldia.land.rules.judge import has_limit
from alcaldia.land.rules.types import (
    LandUseQuestion,
    Line,
    Outcome,
    Overlay,
    ParcelFacts,
    Policy,
    Result,
    Ruling,
    UseCell,
    ZonePart,
)

WORDS = {"permitted": "permitido", "conditional": "condicionado", "prohibited": "prohibido"}
CELL_RESULT = {"permitted": Result.PASS, "conditional": Result.CONDITION, "prohibited": Result.FAIL}
GENERIC_CONDITION = (
    "Obtener el visto bueno de la autoridad de desarrollo urbano sobre las condiciones de la zona."
)


def rule_land_use(facts: ParcelFacts, question: LandUseQuestion, policy: Policy) -> Ruling:
    """Decide by area shares, matrix cell, impact and overlays; overlays only tighten.

    Any prohibited line prohibits; else any unknown line leaves it to a person; else any
    condition binds; only a parcel for which everything is known and allowed is permitted.
    """
    coverage = cover(facts, policy)
    parts = [(part, _part_lines(part, question, policy)) for part in coverage.major]
    parts += [(part, minor_part(part, _part_lines(part, question, policy))) for part in coverage.minor]
    overlays = overlay_lines(facts.overlays, "land_use", question.activity_code, facts, policy)
    general = [*coverage.lines, *overlays]
    outcome = combine(general, parts, policy, coverage)
    lines = (*coverage.lines, *(line for _, found in parts for line in found), *overlays)
    conditions: tuple[str, ...] = ()
    if outcome in (Outcome.CONDITIONAL, Outcome.UNDETERMINED):
        conditions = (*excluded_parts(parts, policy, coverage), *_conditions(lines, coverage.major, question))
    remedies = _remedies(coverage.major, question, outcome)
    flags = review_flags(facts, question, policy, outcome)
    return Ruling(outcome, lines, tuple(dict.fromkeys(conditions)), remedies, flags)


def _part_lines(part: ZonePart, question: LandUseQuestion, policy: Policy) -> list[Line]:
    lines = _missing_norms(part, policy)
    cell, use_line = _use_line(part, question)
    lines.append(use_line)
    if cell is not None and use_line.result is not Result.FAIL:
        lines += _impact_lines(part, cell, question)
        lines += _area_lines(part, cell, question)
    return lines


def _missing_norms(part: ZonePart, policy: Policy) -> list[Line]:
    """A zone whose norms are missing is a zone we do not know: no permission can rest on it."""
    missing = [name for name in policy.required_norms_land_use if not has_limit(part.norms, name)]
    if not missing:
        return []
    names = " y ".join(name.upper().replace("|", " o ") for name in missing)
    note = f"La zona {part.code} no tiene {names} publicado; lo revisará una persona."
    return [_line("norms", f"Normas de la zona {part.code}", part, Result.UNKNOWN, note=note)]


def _use_line(part: ZonePart, question: LandUseQuestion) -> tuple[UseCell | None, Line]:
    name = question.activity.name if question.activity else question.activity_code
    label = f"Uso «{name}» en zona {part.code}"
    if not part.cells:
        note = "El plan no dice nada de este giro en esta zona; lo revisará una persona."
        return None, _line("use", label, part, Result.UNKNOWN, value=question.activity_code, note=note)
    cell = part.cells[0]
    note = _doubt(part.cells)
    result = Result.UNKNOWN if note or cell.value is None else CELL_RESULT[cell.value]
    line = Line(
        check="use",
        label=label,
        value=cell.activity,
        limit=None if note or cell.value is None else WORDS[cell.value],
        bound="equal" if result is not Result.UNKNOWN else "none",
        unit=None,
        result=result,
        basis=cell.citation.basis,
        source=cell.citation.source,
        zone=part.code,
        note=note,
    )
    return cell, line


def _doubt(cells: tuple[UseCell, ...]) -> str:
    if len({cell.value for cell in cells}) > 1:
        return "La matriz da respuestas distintas para este giro en esta zona; lo revisará una persona."
    if cells[0].value is None:
        return "La celda de la matriz está en blanco; lo revisará una persona."
    if cells[0].low_confidence and cells[0].value != "prohibited":
        return "La celda de la matriz se leyó con poca certeza; lo revisará una persona."
    return ""


def _impact_lines(part: ZonePart, cell: UseCell, question: LandUseQuestion) -> list[Line]:
    if cell.max_impact is None:
        return []
    impact = question.activity.impact if question.activity else None
    if impact is None:
        result, note = Result.UNKNOWN, "El giro no tiene nivel de impacto cargado; lo revisará una persona."
    else:
        result, note = (Result.PASS if impact <= cell.max_impact else Result.FAIL), ""
    return [
        Line(
            "impact",
            f"Nivel de impacto admitido en zona {part.code}",
            None if impact is None else Decimal(impact),
            Decimal(cell.max_impact),
            "max",
            "impact_level",
            result,
            cell.citation.basis,
            cell.citation.source,
            part.code,
            note,
        )
    ]


def _area_lines(part: ZonePart, cell: UseCell, question: LandUseQuestion) -> list[Line]:
    if cell.max_area_m2 is None:
        return []
    if question.area_m2 is None:
        result, note = Result.CONDITION, f"Ocupar como máximo {cell.max_area_m2} m²."
    else:
        result, note = (Result.PASS if question.area_m2 <= cell.max_area_m2 else Result.FAIL), ""
    return [
        Line(
            "use_area",
            f"Superficie máxima del giro en zona {part.code}",
            question.area_m2,
            cell.max_area_m2,
            "max",
            "m2",
            result,
            cell.citation.basis,
            cell.citation.source,
            part.code,
            note,
        )
    ]


OVERLAY_RESULT = {"prohibits": Result.FAIL, "conditions": Result.CONDITION, "informs": Result.PASS}


def overlay_lines(
    overlays: tuple[Overlay, ...], ruling: str, activity_code: str, facts: ParcelFacts, policy: Policy
) -> list[Line]:
    """One line per layer that touches the parcel and concerns the question; a failed layer is unknown."""
    return [
        _overlay_line(overlay)
        for overlay in sorted(overlays, key=lambda o: (o.layer, o.title, o.text, o.area_m2))
        if ruling in overlay.applies_to and concerns(activity_code, overlay.activities)
    ]


def _overlay_line(overlay: Overlay) -> Line:
    failed = overlay.health != "ok"
    near = overlay.limit_m is not None
    return Line(
        check="overlay",
        label=overlay.title,
        value=overlay.distance_m if near else overlay.area_m2,
        limit=overlay.limit_m if near else None,
        bound="min" if near else "none",
        unit="m" if near else "m2",
        result=Result.UNKNOWN if failed else OVERLAY_RESULT[overlay.effect],
        basis=overlay.citation.basis,
        source=overlay.citation.source,
        note=overlay.text or ("Esta capa no se pudo consultar; lo revisará una persona." if failed else ""),
    )


def _conditions(lines: tuple[Line, ...], parts: tuple[ZonePart, ...], question: LandUseQuestion) -> list[str]:
    found: list[str] = []
    cells = {part.code: part.cells[0] for part in parts if part.cells}
    for line in lines:
        if line.result is not Result.CONDITION:
            continue
        if line.check == "use" and not line.note:
            found += cells[line.zone].conditions or (GENERIC_CONDITION,)
        elif line.note:
            found.append(line.note)
    return found


def _remedies(parts: tuple[ZonePart, ...], question: LandUseQuestion, outcome: Outcome) -> tuple[str, ...]:
    if outcome is not Outcome.PROHIBITED or question.area_m2 is None:
        return ()
    limits = [part.cells[0].max_area_m2 for part in parts if part.cells]
    if limits and all(limit is not None and limit > 0 for limit in limits):
        largest = min(limit for limit in limits if limit is not None)
        if question.area_m2 > largest and all(p.cells[0].value != "prohibited" for p in parts if p.cells):
            return (f"Con {largest} m² o menos, el giro sí cabe en la zona.",)
    return ()


def _line(
    check: str, label: str, part: ZonePart, result: Result, *, value: str | None = None, note: str = ""
) -> Line:
    return Line(
        check,
        label,
        value,
        None,
        "none",
        None,
        result,
        part.citation.basis,
        part.citation.source,
        part.code,
        note,
    )
