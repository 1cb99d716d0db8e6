"""May this be built on this parcel? The construction pre-ruling, line by line from one table of checks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from alcaldia.land.rules.combine import combine, excluded_parts, minor_part
from alcaldia.land.rules.coverage import cover
from alcaldia.land.rules.extra_intensity import ExtraIntensity, price
from alcaldia.land.rules.flags import area_mismatch, in_risk_layer
from alcaldia.land.rules.incentives import eased
from alcaldia.land.rules.infrastructure import capacity_lines
from alcaldia.land.rules.judge import RESIDENTIAL, Circumstance, has_limit, judge
from alcaldia.land.rules.land_use import overlay_lines
from alcaldia.land.rules.parameters import BY_NAME
from alcaldia.land.rules.types import (
    Line,
    Norm,
    Outcome,
    ParcelFacts,
    Policy,
    Project,
    Result,
    Ruling,
    ZonePart,
)

CENT = Decimal("0.01")
RATIO = Decimal("0.0001")
HECTARE = Decimal(10_000)
Figure = Callable[[Project, ParcelFacts], Decimal | None]


def _ratio(amount: Decimal | None, facts: ParcelFacts) -> Decimal | None:
    """Rounded up, so that a project one square decimetre over the limit does not pass by rounding."""
    if amount is None or not facts.area_m2:
        return None
    return (amount / facts.area_m2).quantize(RATIO, ROUND_CEILING)


def _permeable(project: Project, facts: ParcelFacts) -> Decimal | None:
    if project.permeable_m2 is None or not facts.area_m2:
        return None
    return (project.permeable_m2 / facts.area_m2).quantize(RATIO, ROUND_FLOOR)


def _density(project: Project, facts: ParcelFacts) -> Decimal | None:
    if project.dwellings is None or not facts.area_m2:
        return None
    return (project.dwellings * HECTARE / facts.area_m2).quantize(CENT, ROUND_CEILING)


def _whole(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


@dataclass(frozen=True)
class Check:
    """A parameter of the plan against a figure of the project.

    `silent` checks say nothing where the plan says nothing; the others are required by policy or not.
    """

    parameter: str
    figure: Figure
    remedy: str = ""


CHECKS: tuple[Check, ...] = (
    Check("lot_area", lambda p, f: f.area_m2, "El lote tendría que medir al menos {limit} m²."),
    Check("lot_area_max", lambda p, f: f.area_m2, "El lote tendría que medir como máximo {limit} m²."),
    Check("lot_front", lambda p, f: f.front_m, "El frente tendría que medir al menos {limit} m."),
    Check("cos", lambda p, f: _ratio(p.footprint_m2, f), "Reduzca el desplante a {area} m² o menos."),
    Check("cos_min", lambda p, f: _ratio(p.footprint_m2, f), "Amplíe el desplante a {area} m² o más."),
    Check("cus", lambda p, f: _ratio(p.built_m2, f), "Reduzca la construcción total a {area} m² o menos."),
    Check("cus_min", lambda p, f: _ratio(p.built_m2, f), "Amplíe la construcción total a {area} m² o más."),
    Check("levels", lambda p, f: _whole(p.levels), "Proyecte {limit} niveles o menos."),
    Check("height", lambda p, f: p.height_m, "Proyecte una altura de {limit} m o menos."),
    Check("setback_front", lambda p, f: p.setback_front_m, "Deje al menos {limit} m libres al frente."),
    Check("setback_side", lambda p, f: p.setback_side_m, "Deje al menos {limit} m libres a los lados."),
    Check("setback_rear", lambda p, f: p.setback_rear_m, "Deje al menos {limit} m libres al fondo."),
    Check("density", _density, "Proyecte {dwellings} viviendas o menos."),
    Check("permeable", _permeable, "Deje al menos {area} m² de suelo permeable."),
)


def rule_construction(
    facts: ParcelFacts, project: Project, policy: Policy, extra: ExtraIntensity | None = None
) -> Ruling:
    """Every norm of every zone part against the project; overlays tighten; same precedence as land use."""
    coverage = cover(facts, policy)
    parts = [(part, _part_lines(part, facts, project, policy, extra)) for part in coverage.major]
    parts += [
        (part, minor_part(part, _part_lines(part, facts, project, policy, extra))) for part in coverage.minor
    ]
    general = [*coverage.lines, *_envelope(facts, project), *_documented(facts, policy)]
    general += overlay_lines(facts.overlays, "construction", "", facts, policy)
    general += capacity_lines(facts, project)
    outcome = combine(general, parts, policy, coverage)
    lines = (*general, *(line for _, found in parts for line in found))
    conditions: tuple[str, ...] = ()
    if outcome in (Outcome.CONDITIONAL, Outcome.UNDETERMINED):
        notes = (line.note for line in lines if line.result is Result.CONDITION and line.note)
        conditions = tuple(dict.fromkeys((*excluded_parts(parts, policy, coverage), *notes)))
    tests = (
        ("undetermined", outcome is Outcome.UNDETERMINED),
        ("area_mismatch", area_mismatch(facts, policy)),
        ("risk_layer", in_risk_layer(facts, policy)),
    )
    flags = tuple(name for name, found in tests if found)
    return Ruling(outcome, lines, conditions, _remedies(lines, facts), flags)


def _part_lines(
    part: ZonePart, facts: ParcelFacts, project: Project, policy: Policy, extra: ExtraIntensity | None
) -> list[Line]:
    circumstance = Circumstance(facts.street_class, project.use or (RESIDENTIAL if project.dwellings else ""))
    lines = []
    for check in CHECKS:
        line = _check_line(check, part, facts, project, policy, circumstance)
        if line is not None:
            lines.append(_easier(line, part, facts, extra) if check.parameter == "cus" else line)
    parking = [eased(line, facts.incentives) for line in _parking_lines(part, project)]
    return [*lines, *parking, *_people_lines(part, facts, project, policy)]


def _easier(line: Line, part: ZonePart, facts: ParcelFacts, extra: ExtraIntensity | None) -> Line:
    """What a special district concedes comes first; what must be paid for, after."""
    conceded = eased(line, facts.incentives)
    return conceded if conceded is not line else _buyable(line, part, facts, extra)


def _check_line(
    check: Check, part: ZonePart, facts: ParcelFacts, project: Project, policy: Policy, where: Circumstance
) -> Line | None:
    norms = [norm for norm in part.norms if norm.parameter == check.parameter]
    if not norms:
        return _missing(check, part, policy)
    if check.parameter == "density" and not project.dwellings:
        return None
    value = check.figure(project, facts)
    verdict = judge(norms, value, where)
    return _line(check.parameter, part, value, verdict.norm or norms[0], verdict.result, verdict.note)


def _missing(check: Check, part: ZonePart, policy: Policy) -> Line | None:
    """A required parameter that the zone does not publish is unknown; an optional one says nothing."""
    for names in policy.required_norms_construction:
        if names.split("|")[0] == check.parameter and not has_limit(part.norms, names):
            absent = Norm(check.parameter, "none", None, citation=part.citation)
            note = f"La zona {part.code} no tiene este valor publicado; lo revisará una persona."
            return _line(check.parameter, part, None, absent, Result.UNKNOWN, note)
    return None


def _line(
    name: str, part: ZonePart, value: Decimal | None, norm: Norm, result: Result, note: str = ""
) -> Line:
    parameter = BY_NAME[name]
    return Line(
        parameter.check,
        parameter.label,
        value,
        norm.value,
        norm.bound,
        parameter.unit,
        result,
        norm.citation.basis,
        norm.citation.source,
        part.code,
        note or ("El plan no fija límite." if norm.bound == "none" and result is Result.PASS else ""),
    )


def _buyable(line: Line, part: ZonePart, facts: ParcelFacts, extra: ExtraIntensity | None) -> Line:
    """Above the base CUS but within the optional one: allowed if the extra intensity is paid."""
    optional = [n.value for n in part.norms if n.parameter == "cus_optional" and n.value is not None]
    if line.result is not Result.FAIL or not optional or not isinstance(line.value, Decimal):
        return line
    if line.value > min(optional) or not isinstance(line.limit, Decimal):
        return line
    cost = None if extra is None else price(extra, facts, line.value, line.limit)
    amount = (
        "el monto que fije la ley de ingresos"
        if cost is None
        else f"${cost:,} {extra.currency if extra else ''}"
    )
    note = f"Pagar el incremento de CUS de {line.limit} a {line.value}: {amount.strip()}."
    return replace(line, result=Result.CONDITION, note=note)


def _parking_lines(part: ZonePart, project: Project) -> list[Line]:
    wanted = (
        ("parking_dwelling", None if not project.dwellings else Decimal(project.dwellings)),
        ("parking_area", project.built_m2 if not project.dwellings else None),
    )
    lines = []
    for name, amount in wanted:
        for norm in part.norms:
            if norm.parameter != name or norm.value is None or not amount:
                continue
            spaces = amount * norm.value if name == "parking_dwelling" else amount / norm.value
            needed = spaces.to_integral_value(ROUND_CEILING)
            have = _whole(project.parking)
            result = Result.UNKNOWN if have is None else (Result.PASS if have >= needed else Result.FAIL)
            lines.append(
                replace(
                    _line(
                        name,
                        part,
                        have,
                        norm,
                        result,
                        "" if have is not None else "Faltan los cajones del proyecto.",
                    ),
                    label="Cajones de estacionamiento",
                    limit=needed,
                    unit="spaces",
                )
            )
    return lines


def _people_lines(part: ZonePart, facts: ParcelFacts, project: Project, policy: Policy) -> list[Line]:
    """A density in people per hectare needs the municipality's people per dwelling; else it is unknown."""
    norms = [norm for norm in part.norms if norm.parameter == "density_people"]
    if not norms or not project.dwellings:
        return []
    per_dwelling = policy.people_per_dwelling
    dwellings = _density(project, facts)
    value = None if per_dwelling is None or dwellings is None else (dwellings * per_dwelling).quantize(CENT)
    verdict = judge(norms, value, Circumstance(facts.street_class, RESIDENTIAL))
    note = (
        verdict.note
        if per_dwelling is not None
        else "Falta el número de habitantes por vivienda del municipio."
    )
    return [_line("density_people", part, value, verdict.norm or norms[0], verdict.result, note)]


def _envelope(facts: ParcelFacts, project: Project) -> list[Line]:
    """The footprint must fit inside the parcel minus its setbacks, where those are known."""
    if facts.buildable_m2 is None or project.footprint_m2 is None:
        return []
    result = Result.PASS if project.footprint_m2 <= facts.buildable_m2 else Result.FAIL
    source = facts.zones[0].citation.source if facts.zones else ""
    basis = facts.zones[0].citation.basis if facts.zones else ""
    return [
        Line(
            "setback",
            "Superficie que dejan libres los retiros",
            project.footprint_m2,
            facts.buildable_m2,
            "max",
            "m2",
            result,
            basis,
            source,
        )
    ]


def _documented(facts: ParcelFacts, policy: Policy) -> list[Line]:
    if not area_mismatch(facts, policy):
        return []
    note = "Acreditar la superficie del predio: la documentada y la medida no coinciden."
    return [
        Line(
            "lot_area",
            "Superficie documentada y medida",
            facts.area_m2,
            facts.documented_area_m2,
            "equal",
            "m2",
            Result.CONDITION,
            "",
            "parcels",
            "",
            note,
        )
    ]


REMEDY = {BY_NAME[check.parameter].label: check.remedy for check in CHECKS}
# Rounded to the side that surely passes.
AREA_ROUNDING = {"max": ROUND_FLOOR, "min": ROUND_CEILING}


def _remedies(lines: tuple[Line, ...], facts: ParcelFacts) -> tuple[str, ...]:
    """For every line that fails, the smallest change that would make it pass."""
    found = []
    for line in lines:
        if line.result is not Result.FAIL or not isinstance(line.limit, Decimal):
            continue
        text = REMEDY.get(line.label, "")
        if line.label == "Cajones de estacionamiento":
            text = "Proyecte {limit} cajones de estacionamiento."
        if line.label == "Superficie que dejan libres los retiros":
            text = "Reduzca el desplante a {limit} m² para respetar los retiros."
        area = (line.limit * facts.area_m2).quantize(CENT, AREA_ROUNDING.get(line.bound, ROUND_FLOOR))
        dwellings = (line.limit * facts.area_m2 / HECTARE).to_integral_value(ROUND_FLOOR)
        found.append(text.format(limit=_trim(line.limit), area=_trim(area), dwellings=dwellings))
    return tuple(dict.fromkeys(sentence for sentence in found if sentence))


def _trim(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
