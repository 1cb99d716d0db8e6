"""Everything the rules need from one set of dataset versions, as immutable values.

A rulebook belongs to a municipality and a map dataset → version; reading.py fills it, rulebook.py keeps it.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality
from alcaldia.land.models import Dataset
from alcaldia.land.rules.codes import prefixes
from alcaldia.land.rules.extra_intensity import ExtraIntensity
from alcaldia.land.rules.types import Activity, Capacity, Citation, Incentive, Norm, Policy, UseCell
from alcaldia.land.rules.validity import ALWAYS, Validity

MAX_ANSWERED = 100_000
MAX_ACTIVITIES = 1_000


@dataclass(frozen=True)
class Source:
    """One dataset at one version; `label` is what a ruling cites (zones@3, layer/rio@1)."""

    dataset: Dataset
    version_id: int
    number: int
    sha256: str
    validity: Validity = ALWAYS

    @property
    def label(self) -> str:
        name = f"layer/{self.dataset.name}" if self.dataset.kind == "layer" else self.dataset.kind
        return f"{name}@{self.number}"


@dataclass(frozen=True)
class ZoneInfo:
    """A zone polygon without its geometry. Polygons of one `part` share code and norms."""

    part: int
    code: str
    name: str
    norms: tuple[tuple[Norm, date | None, date | None], ...]
    citation: Citation

    def norms_on(self, day: date) -> tuple[Norm, ...]:
        if not self.dated:
            return self.always
        return tuple(
            n for n, since, until in self.norms if (not since or since <= day) and (not until or day <= until)
        )

    @cached_property
    def dated(self) -> bool:
        return any(since or until for _, since, until in self.norms)

    @cached_property
    def always(self) -> tuple[Norm, ...]:
        return tuple(norm for norm, _, _ in self.norms)


@dataclass(frozen=True)
class OverlayRule:
    """One rule of a layer, from the `rule` table of its dataset."""

    source: Source
    effect: Any
    text: str
    activities: tuple[str, ...]
    applies_to: Any
    distance_m: float | None
    agency: str
    article: str
    where_column: str
    where_values: tuple[str, ...]


@dataclass(frozen=True)
class BrokenShape:
    """A published figure that could not be used, and the WGS84 box in which it was drawn."""

    version_id: int
    code: str
    box: tuple[float, float, float, float]

    def may_touch(self, box: tuple[float, float, float, float]) -> bool:
        minx, miny, maxx, maxy = self.box
        return minx <= box[2] and maxx >= box[0] and miny <= box[3] and maxy >= box[1]


def _said(cells: tuple[UseCell, ...]) -> str | None:
    """What cells say that agree and were read without doubt."""
    values = {None if cell.low_confidence else cell.value for cell in cells}
    return values.pop() if len(values) == 1 else None


@dataclass(frozen=True)
class Rulebook:
    """What the plan says, indexed for a ruling. Feature ids are database ids of published rows."""

    municipality: Municipality
    sources: dict[str, Source]
    layers: dict[int, Source]
    policy: Policy
    extra: ExtraIntensity | None
    zones: dict[int, ZoneInfo]
    cells: dict[str, dict[str, tuple[UseCell, ...]]]
    activities: dict[str, Activity]
    crosswalk: dict[str, str]
    overlay_rules: tuple[OverlayRule, ...]
    overlay_values: dict[int, str]
    unhealthy: dict[str, str]
    broken: tuple["BrokenShape", ...]
    infrastructure: dict[int, Source]
    capacities: dict[int, Capacity]
    incentives: dict[int, Incentive]
    versions: dict[str, str]
    activity_rows: tuple[tuple[str, str, str, str], ...] = field(default=())

    @property
    def parcels(self) -> Source:
        if "parcels" not in self.sources:
            raise NotFound("no_parcels", f"{self.municipality.name} todavía no ha publicado sus predios.")
        return self.sources["parcels"]

    @property
    def zone_version(self) -> int | None:
        return self.sources["zones"].version_id if "zones" in self.sources else None

    @cached_property
    def near_versions(self) -> frozenset[int]:
        """Layers whose rules are about nearness rather than overlap."""
        return frozenset(rule.source.version_id for rule in self.overlay_rules if rule.distance_m)

    @cached_property
    def reach_m(self) -> float:
        """How far from a parcel a rule may look, in metres."""
        return max((rule.distance_m or 0.0 for rule in self.overlay_rules), default=0.0)

    @cached_property
    def limited(self) -> tuple[Source, ...]:
        """What rulings rely on and is not in force for ever."""
        ruled = [
            *self.sources.values(),
            *{rule.source.version_id: rule.source for rule in self.overlay_rules}.values(),
        ]
        return tuple(source for source in ruled if source.validity != ALWAYS)

    def cells_for(self, zone_code: str, activity_code: str) -> tuple[UseCell, ...]:
        """Cells of the most specific code that the matrix names in this zone, own codes or by crosswalk."""
        key = (zone_code, activity_code)
        if key not in self._answered:
            if len(self._answered) > MAX_ANSWERED:
                self._answered.clear()
            self._answered[key] = self._look_up(zone_code, activity_code)
        return self._answered[key]

    @cached_property
    def _answered(self) -> dict[tuple[str, str], tuple[UseCell, ...]]:
        return {}

    def _look_up(self, zone_code: str, activity_code: str) -> tuple[UseCell, ...]:
        row = self.cells.get(zone_code, {})
        for code in prefixes(activity_code):
            if code in row:
                return row[code]
        for code in prefixes(activity_code):
            if code in self.crosswalk:
                return self.cells_for_plan_code(row, self.crosswalk[code])
        return ()

    @staticmethod
    def cells_for_plan_code(row: dict[str, tuple[UseCell, ...]], code: str) -> tuple[UseCell, ...]:
        return next((row[prefix] for prefix in prefixes(code) if prefix in row), ())

    def favours(self, zone_code: str, activity_code: str) -> bool:
        """Does the matrix clearly favour the activity in this zone, with or without conditions?"""
        return _said(self.cells_for(zone_code, activity_code)) in {"permitted", "conditional"}

    def zones_saying(self, activity_code: str, value: str) -> frozenset[str]:
        """Codes of the zones whose cells clearly say `value` of the activity."""
        if activity_code not in self._sayings:
            if len(self._sayings) > MAX_ACTIVITIES:
                self._sayings.clear()
            found: dict[str | None, set[str]] = {}
            for code in self.cells:
                found.setdefault(_said(self._look_up(code, activity_code)), set()).add(code)
            self._sayings[activity_code] = {said: frozenset(codes) for said, codes in found.items()}
        return self._sayings[activity_code].get(value, frozenset())

    @cached_property
    def _sayings(self) -> dict[str, dict[str | None, frozenset[str]]]:
        return {}

    def activity(self, code: str) -> Activity | None:
        return self.activities.get(code)

    def knows(self, code: str) -> bool:
        """Is this a code of the catalogue, of the matrix or of the crosswalk (or more specific than one)?"""
        if not self.activities and not self.cells:
            return True  # nothing to check against: the ruling itself will say that it cannot be determined
        known = self.known_codes
        return any(prefix in known or prefix in self.crosswalk for prefix in prefixes(code))

    @cached_property
    def known_codes(self) -> frozenset[str]:
        return frozenset(self.activities) | {code for row in self.cells.values() for code in row}
