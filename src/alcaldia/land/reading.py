"""From published rows to a rulebook: norms, cells, overlays and settings, read once.

Time and memory grow with zones and cells, not with parcels.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.models import Municipality
from alcaldia.land.models import (
    ActivityRow,
    CapacityReservation,
    CrosswalkRow,
    Dataset,
    Feature,
    NormRow,
    UseCellRow,
)
from alcaldia.land.plan import BrokenShape, OverlayRule, Rulebook, Source, ZoneInfo
from alcaldia.land.rules.extra_intensity import FORMULAS, ExtraIntensity
from alcaldia.land.rules.types import Activity, Capacity, Citation, Incentive, Norm, Policy, UseCell

RULED_KINDS = ("parcels", "zones", "norms", "use-matrix", "activities", "crosswalk")


def load(municipality: Municipality, sources: list[Source]) -> Rulebook:
    """Read the tables of these versions. Time and memory grow with zones and cells, not with parcels."""
    named = {s.dataset.kind: s for s in sources if s.dataset.kind != "layer"}
    layers = {s.version_id: s for s in sources if s.dataset.kind == "layer"}
    rules = tuple(rule for source in layers.values() for rule in overlay_rules(source))
    policy = read_policy(municipality.settings)
    ruled = [s for s in sources if s.dataset.kind in RULED_KINDS or s.dataset.rule]
    rows = _activity_rows(named.get("activities"))
    return Rulebook(
        municipality=municipality,
        sources=named,
        layers=layers,
        policy=policy,
        extra=read_extra(municipality.settings),
        zones=_zones(named),
        cells=_cells(named.get("use-matrix")),
        activities={code: Activity(code, name, impact) for code, name, _, _, impact in rows},
        crosswalk=_crosswalk(named.get("crosswalk")),
        overlay_rules=rules,
        overlay_values=_overlay_values(rules),
        unhealthy=_unhealthy(municipality, layers, rules),
        broken=_broken(named, rules),
        infrastructure=(networks := _infrastructure(layers)),
        capacities=_capacities(networks),
        incentives=incentives(layers.values()),
        versions={s.label: s.sha256 for s in ruled}
        | {"policy": digest(municipality.settings.get("ruling", {}))},
        activity_rows=tuple((code, name, group, words) for code, name, group, words, _ in rows),
    )


def read_policy(settings: dict[str, Any]) -> Policy:
    """The `[ruling]` table of municipality.toml as a Policy; unknown keys are refused on import."""
    given = settings.get("ruling", {})
    typed: dict[str, Any] = {}
    for name, value in given.items():
        default = Policy.__dataclass_fields__[name].default
        if isinstance(default, Decimal) or name == "people_per_dwelling":
            typed[name] = Decimal(str(value))
        else:
            typed[name] = tuple(value) if isinstance(default, tuple) else value
    return Policy(**typed)


def read_extra(settings: dict[str, Any]) -> ExtraIntensity | None:
    """The `[extra_cus]` table; None where the municipality sells no extra intensity."""
    given = settings.get("extra_cus")
    if not given or given.get("formula") not in FORMULAS:
        return None
    numbers = {k: Decimal(str(given[k])) for k in ("rate", "social_factor", "planning_factor") if k in given}
    words = {k: str(given[k]) for k in ("formula", "currency", "article") if k in given}
    return ExtraIntensity(**words, **numbers)  # type: ignore[arg-type]


def tidy(number: Decimal | None) -> Decimal | None:
    """Without trailing zeros, so that both engines print the same digits."""
    if number is None:
        return None
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()


def _norm(row: NormRow, source: Source) -> Norm:
    dataset = source.dataset
    citation = Citation(row.instrument or dataset.instrument, row.article, row.page, row.url, source.label)
    return Norm(row.parameter, row.bound, tidy(row.value), row.condition, row.raw, citation)  # type: ignore[arg-type]


def _zones(named: dict[str, Source]) -> dict[int, ZoneInfo]:
    zones = named.get("zones")
    if zones is None:
        return {}
    norms = named.get("norms")
    fields = Feature.objects.filter(version_id=zones.version_id)
    table = NormRow.objects.filter(version_id=norms.version_id).order_by("pk") if norms else ()
    own = NormRow.objects.filter(version_id=zones.version_id).order_by("pk")
    return zone_infos(fields.values_list("pk", "source_row", "code", "name"), table, own, zones, norms)


def zone_infos(
    features: Iterable[tuple[int, int, str, str]],
    table: Iterable[NormRow],
    own: Iterable[NormRow],
    zones: Source,
    norms: Source | None,
) -> dict[int, ZoneInfo]:
    """Each zone polygon with its norms. The norm table wins over attributes of the drawing, by parameter."""
    stated = _norms_by(table, norms, lambda row: row.zone_code) if norms else {}
    drawn = _norms_by(own, zones, lambda row: -1 if row.feature_row is None else row.feature_row)
    citation = Citation(zones.dataset.instrument, source=zones.label)
    found: dict[int, ZoneInfo] = {}
    parts: dict[Any, int] = {}
    for pk, source_row, code, name in features:
        listed = stated.get(code, [])
        named = {norm.parameter for norm, _, _ in listed}
        mine = [entry for entry in drawn.get(source_row, []) if entry[0].parameter not in named]
        norms_of = (*listed, *mine)
        part = parts.setdefault((code, norms_of), len(parts))
        found[pk] = ZoneInfo(part, code, name, norms_of, citation)
    return found


def _norms_by(rows: Iterable[NormRow], source: Source, key: Callable[[NormRow], Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[key(row)].append((_norm(row, source), row.valid_from, row.valid_to))
    return found


def _cells(source: Source | None) -> dict[str, dict[str, tuple[UseCell, ...]]]:
    if source is None:
        return {}
    return cell_table(UseCellRow.objects.filter(version_id=source.version_id).order_by("pk"), source)


def cell_table(rows: Iterable[UseCellRow], source: Source) -> dict[str, dict[str, tuple[UseCell, ...]]]:
    """Zone → activity → its cells; several cells for one pair stay several, so that a doubt is seen."""
    found: dict[str, dict[str, list[UseCell]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        citation = Citation(source.dataset.instrument, row.article, row.page, "", source.label)
        found[row.zone_code][row.activity_code].append(
            UseCell(
                row.activity_code,
                row.value or None,  # type: ignore[arg-type]
                tuple(row.conditions),
                tidy(row.max_area_m2),
                row.max_impact,
                row.low_confidence,
                citation,
            )
        )
    return {zone: {code: tuple(cells) for code, cells in row.items()} for zone, row in found.items()}


def _activity_rows(source: Source | None) -> list[tuple[str, str, str, str, int | None]]:
    if source is None:
        return []
    rows = ActivityRow.objects.filter(version_id=source.version_id).order_by("code")
    return list(rows.values_list("code", "name", "group", "synonyms", "impact"))


def _crosswalk(source: Source | None) -> dict[str, str]:
    if source is None:
        return {}
    return dict(CrosswalkRow.objects.filter(version_id=source.version_id).values_list("from_code", "to_code"))


def overlay_rules(source: Source) -> list[OverlayRule]:
    table = source.dataset.rule
    rules = table.get("rules", [table] if "effect" in table else [])
    return [
        OverlayRule(
            source,
            rule["effect"],
            rule.get("text", ""),
            tuple(rule.get("activities", ())),
            tuple(rule.get("applies_to", ("land_use", "construction"))),
            rule.get("distance_m"),
            rule.get("agency", ""),
            rule.get("article", ""),
            rule.get("where", {}).get("column", ""),
            tuple(str(v) for v in rule.get("where", {}).get("values", ())),
        )
        for rule in rules
    ]


def _overlay_values(rules: tuple[OverlayRule, ...]) -> dict[int, str]:
    """Feature id → the attribute that decides which rule of its layer applies, where rules differ by it."""
    columns = {rule.source.version_id: rule.where_column for rule in rules if rule.where_column}
    if not columns:
        return {}
    rows = Feature.objects.filter(version_id__in=columns).values_list("pk", "version_id", "attributes")
    return {pk: str(attributes.get(columns[version], "")) for pk, version, attributes in rows}


def _unhealthy(
    municipality: Municipality, layers: dict[int, Source], rules: tuple[OverlayRule, ...]
) -> dict[str, str]:
    """Layers that rulings need and that cannot be trusted: never loaded, or with shapes that lie nobody knows where."""
    found = {}
    missing = Dataset.objects.filter(municipality=municipality, kind="layer", current__isnull=True)
    for dataset in missing:
        if dataset.rule.get("effect") or dataset.rule.get("rules"):
            found[dataset.name] = dataset.title
    needed = {rule.source.version_id for rule in rules}
    lost = Feature.objects.filter(version_id__in=needed, metric__isnull=True, minx__isnull=True)
    for version_id in lost.values_list("version_id", flat=True).distinct().order_by("version_id"):
        found[layers[version_id].dataset.name] = layers[version_id].dataset.title
    return found


def _broken(named: dict[str, Source], rules: tuple[OverlayRule, ...]) -> tuple[BrokenShape, ...]:
    """Zones and overlay figures without a usable shape: whatever lies in their box is not known."""
    versions = {rule.source.version_id for rule in rules}
    if "zones" in named:
        versions.add(named["zones"].version_id)
    rows = Feature.objects.filter(version_id__in=versions, metric__isnull=True, minx__isnull=False)
    fields = rows.order_by("pk").values_list("version_id", "code", "name", "minx", "miny", "maxx", "maxy")
    return tuple(BrokenShape(version, code or name, tuple(box)) for version, code, name, *box in fields)  # type: ignore[arg-type]


def _infrastructure(layers: dict[int, Source]) -> dict[int, Source]:
    return {v: s for v, s in layers.items() if s.dataset.rule.get("profile") == "infrastructure"}


def _capacities(networks: dict[int, Source]) -> dict[int, Capacity]:
    """Feature id → what its sector has; figures that are not numbers are unknown."""
    found = {}
    rows = Feature.objects.filter(version_id__in=networks).values_list(
        "pk", "version_id", "code", "attributes"
    )
    for pk, version_id, code, given in rows:
        source = networks[version_id]
        network = str(source.dataset.rule.get("network", source.dataset.name))
        found[pk] = Capacity(
            network=network,
            sector=code,
            unit=str(given.get("unit", given.get("unidad", ""))),
            capacity=_decimal(given.get("capacity", given.get("capacidad"))),
            used=_decimal(given.get("used", given.get("usado"))),
            per_dwelling=_decimal(given.get("per_dwelling", given.get("por_vivienda"))),
            citation=Citation(source.dataset.instrument, source=source.label),
        )
    return found


# What a district concedes and the column that says it, unless `rule.incentives` names another.
INCENTIVE_COLUMNS = {"cus": "cus_adicional", "parking": "reduccion_estacionamiento", "until": "vigencia"}


def incentives(layers: Iterable[Source]) -> dict[int, Incentive]:
    """Feature id → what its district concedes. A district whose end cannot be read concedes nothing."""
    districts = {s.version_id: s for s in layers if s.dataset.rule.get("profile") == "district"}
    found = {}
    rows = Feature.objects.filter(version_id__in=districts).values_list(
        "pk", "version_id", "name", "attributes"
    )
    for pk, version_id, name, given in rows:
        source = districts[version_id]
        rule = source.dataset.rule
        said = {
            key: given.get(column) for key, column in (INCENTIVE_COLUMNS | rule.get("incentives", {})).items()
        }
        try:
            until = date.fromisoformat(str(said["until"])) if said["until"] else None
        except ValueError:
            continue
        citation = Citation(source.dataset.instrument, rule.get("article", ""), source=source.label)
        found[pk] = Incentive(
            name or source.dataset.title, _decimal(said["cus"]), _share(said["parking"]), until, citation
        )
    return found


def _share(value: Any) -> Decimal | None:
    share = _decimal(value)
    return share if share is not None and 0 <= share <= 1 else None


def _decimal(value: Any) -> Decimal | None:
    try:
        return None if value in (None, "") else Decimal(str(value))
    except ArithmeticError:
        return None


def reserved(municipality: Municipality, on: date, besides: str) -> dict[tuple[str, str], Decimal]:
    """Capacity promised and in force on a day, by network and sector, to every parcel but `besides`."""
    rows = CapacityReservation.objects.filter(
        municipality=municipality, released_at__isnull=True, expires_on__gte=on
    ).exclude(parcel_id=besides)
    most: dict[tuple[str, str, str], Decimal] = {}
    for network, sector, parcel_id, amount in rows.values_list("network", "sector", "parcel_id", "amount"):
        key = (network, sector, parcel_id)
        most[key] = max(most.get(key, amount), amount)
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (network, sector, _), amount in most.items():
        totals[network, sector] += amount
    return dict(totals)
