"""The vocabulary of a ruling: facts, questions, lines. Frozen values, Decimal numbers, metres.

Areas are m² rounded to 0.01, shares are ratios rounded to 0.0001, both in the parcel's metric
reference system. None always means unknown; it never means zero and never means "no limit".
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Bound = Literal["max", "min", "equal", "none"]
"""`max`: at most; `min`: at least; `equal`: exactly; `none`: the plan says that there is no limit."""


class Outcome(StrEnum):
    """The four outcomes of a ruling, from the most to the least favourable to the person."""

    PERMITTED = "permitted"
    CONDITIONAL = "conditional"
    UNDETERMINED = "undetermined"
    PROHIBITED = "prohibited"


class Result(StrEnum):
    """What one line of a ruling found."""

    PASS = "pass"
    CONDITION = "condition"
    UNKNOWN = "unknown"
    FAIL = "fail"


@dataclass(frozen=True)
class Citation:
    """Where a rule stands: instrument and article for the jurist, dataset@version for the engineer."""

    instrument: str = ""
    article: str = ""
    page: str = ""
    url: str = ""
    source: str = ""

    @property
    def basis(self) -> str:
        return ", ".join(part for part in (self.instrument, self.article) if part)


@dataclass(frozen=True)
class Norm:
    """One limit of one zone. `value` None with a bound other than `none` means: present, not readable.

    `condition` narrows it ("calle", "avenida", "habitacional"); an unconditional norm has "".
    """

    parameter: str
    bound: Bound
    value: Decimal | None
    condition: str = ""
    raw: str = ""
    citation: Citation = Citation()


@dataclass(frozen=True)
class UseCell:
    """The plan's answer for one activity in one zone. `value` None is a blank or unreadable cell."""

    activity: str
    value: Literal["permitted", "conditional", "prohibited"] | None
    conditions: tuple[str, ...] = ()
    max_area_m2: Decimal | None = None
    max_impact: int | None = None
    low_confidence: bool = False
    citation: Citation = Citation()


@dataclass(frozen=True)
class ZonePart:
    """The part of a parcel that lies in one zone, with that zone's norms and its cell for the activity.

    `cells` holds every cell of the most specific activity code found; more than one that
    disagree make the part ambiguous.
    """

    code: str
    name: str
    area_m2: Decimal
    share: Decimal
    norms: tuple[Norm, ...] = ()
    cells: tuple[UseCell, ...] = ()
    citation: Citation = Citation()


@dataclass(frozen=True)
class Overlay:
    """A layer that can only tighten: prohibits, conditions or informs.

    `activities` are code prefixes it concerns (empty: all). `distance_m` is set where the rule is
    about nearness (a bar and a school); then `area_m2` is zero.
    `health` other than "ok" means that the layer could not be consulted: unknown, never "no hit".
    """

    layer: str
    title: str
    effect: Literal["prohibits", "conditions", "informs"]
    text: str
    area_m2: Decimal = Decimal(0)
    share: Decimal = Decimal(0)
    distance_m: Decimal | None = None
    limit_m: Decimal | None = None
    activities: tuple[str, ...] = ()
    agency: str = ""
    health: str = "ok"
    applies_to: tuple[Literal["land_use", "construction"], ...] = ("land_use", "construction")
    citation: Citation = Citation()
    theme: str = ""


@dataclass(frozen=True)
class Activity:
    """What someone wants to do: code of the matrix, name, impact level 1–5 (None: unknown)."""

    code: str
    name: str
    impact: int | None = None


@dataclass(frozen=True)
class ParcelFacts:
    """Everything the rules may know of a parcel; gathered once, from published versions only."""

    key: str
    municipality: str
    area_m2: Decimal
    documented_area_m2: Decimal | None
    zones: tuple[ZonePart, ...]
    uncovered_m2: Decimal
    overlap_m2: Decimal
    doubtful_zones: tuple[str, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    buildable_m2: Decimal | None = None
    front_m: Decimal | None = None
    street_class: str = ""
    existing_footprint_m2: Decimal | None = None
    existing_built_m2: Decimal | None = None
    existing_levels: int | None = None
    land_value_m2: Decimal | None = None
    capacity: tuple["Capacity", ...] = ()
    incentives: tuple["Incentive", ...] = ()
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Incentive:
    """What a special district around the whole parcel concedes to a project that joins it.

    `cus_extra` adds to the CUS; `parking_off` is a share (0–1) taken off the spaces. None: it concedes no
    such thing, or its figure cannot be read.
    """

    name: str
    cus_extra: Decimal | None = None
    parking_off: Decimal | None = None
    until: date | None = None
    citation: Citation = Citation()


@dataclass(frozen=True)
class Capacity:
    """What an infrastructure network still has for this parcel's sector; available = capacity − used − reserved."""

    network: str
    sector: str
    unit: str
    capacity: Decimal | None
    used: Decimal | None
    reserved: Decimal = Decimal(0)
    per_dwelling: Decimal | None = None
    citation: Citation = Citation()


@dataclass(frozen=True)
class LandUseQuestion:
    """May this activity operate here, on this many m², on this date?"""

    activity: Activity | None
    activity_code: str
    area_m2: Decimal | None
    on: date


@dataclass(frozen=True)
class Project:
    """What someone wants to build. None: not declared (an undeclared figure is unknown, not zero)."""

    footprint_m2: Decimal | None = None
    built_m2: Decimal | None = None
    levels: int | None = None
    height_m: Decimal | None = None
    setback_front_m: Decimal | None = None
    setback_side_m: Decimal | None = None
    setback_rear_m: Decimal | None = None
    dwellings: int | None = None
    parking: int | None = None
    permeable_m2: Decimal | None = None
    use: str = ""


@dataclass(frozen=True)
class Policy:
    """A municipality's settings for rulings, all from its `municipality.toml`."""

    sliver_share: Decimal = Decimal("0.005")
    sliver_m2: Decimal = Decimal(1)
    straddle_share: Decimal = Decimal("0.10")
    straddle: Literal["strictest", "each_part"] = "strictest"
    required_norms_land_use: tuple[str, ...] = ("cos", "cus")
    required_norms_construction: tuple[str, ...] = ("cos", "cus", "height|levels", "setback_front")
    area_tolerance: Decimal = Decimal("0.02")
    validity_days: int = 365
    people_per_dwelling: Decimal | None = None
    sensitive_activities: tuple[str, ...] = ()
    review_themes: tuple[str, ...] = ("Riesgos",)


@dataclass(frozen=True)
class Line:
    """One reason of a ruling, as CONTRACT.md names its fields. `zone` is set when a parcel straddles."""

    check: str
    label: str
    value: Decimal | str | None
    limit: Decimal | str | None
    bound: Bound
    unit: str | None
    result: Result
    basis: str
    source: str
    zone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Ruling:
    """Outcome with its reasons; conditions and remedies are Spanish sentences for the person."""

    outcome: Outcome
    lines: tuple[Line, ...]
    conditions: tuple[str, ...] = ()
    what_would_pass: tuple[str, ...] = ()
    review_flags: tuple[str, ...] = ()
