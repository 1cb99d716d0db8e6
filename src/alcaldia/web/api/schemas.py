"""The shapes of the API as CONTRACT.md writes them; they make the OpenAPI document."""

from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict, Strict

Outcome = Literal["permitted", "conditional", "prohibited", "undetermined"]


def as_typed(value: Any) -> Any:
    """A number as the words that a form would have brought: JSON has no bound for one, what is hashed and kept has."""
    if isinstance(value, dict):
        return {name: as_typed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_typed(one) for one in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Answers = Annotated[dict[str, Any], AfterValidator(as_typed)]


class CandidateOut(Schema):
    """One thing that an answer may mean; send its `value`."""

    value: str
    label: str
    detail: str


class Problem(Schema):
    """RFC 9457: what went wrong, in a Spanish sentence that says what to do.

    `errors`: datum → sentence; `candidates`: datum → what it may mean, where its words mean several things.
    `least_assurance`: how sure the city must be of who sends, where this door identifies nobody.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: dict[str, str] | None = None
    candidates: dict[str, list[CandidateOut]] | None = None
    least_assurance: str | None = None


class MunicipalityOut(Schema):
    slug: str
    name: str
    state: str
    country: str
    srid: int


class ParcelOut(Schema):
    """A parcel found; `id` opens its sheet."""

    id: str
    key: str
    label: str
    detail: str
    lon: float | None
    lat: float | None


# A misspelt field would be ignored in silence and the ruling would answer another question.
CLOSED = ConfigDict(extra="forbid")
# PostgreSQL cannot keep U+0000.
NO_NUL = r"^[^\x00]*$"


class LandUseIn(Schema):
    """`issue` asks for a signed document with a folio; without it the answer is only an answer."""

    model_config = CLOSED
    parcel: str = Field(..., max_length=80, pattern=NO_NUL)
    activity: str = Field(..., max_length=40, pattern=NO_NUL)
    area_m2: Annotated[float, Strict()] | str | None = None
    issue: bool = False


class ConstructionIn(Schema):
    """`project`: footprint_m2, built_m2, levels, height_m, setback_*_m, dwellings, parking, permeable_m2, use."""

    model_config = CLOSED
    parcel: str = Field(..., max_length=80, pattern=NO_NUL)
    project: dict[str, Any]
    issue: bool = False


class ZoneOut(Schema):
    code: str
    share: float
    area_m2: float


class LineOut(Schema):
    check: str
    label: str
    value: Any = None
    limit: Any = None
    bound: Literal["max", "min", "equal", "none"]
    unit: str | None
    result: Literal["pass", "fail", "condition", "unknown"]
    basis: str
    source: str
    zone: str
    note: str


class RuledParcel(Schema):
    key: str
    area_m2: float
    documented_area_m2: float | None
    municipality: str


class RulingOut(Schema):
    """The ruling document; `trace_sha256` is the same for the same question and versions."""

    folio: str | None
    kind: Literal["land-use", "construction"]
    outcome: Outcome
    parcel: RuledParcel
    zones: list[ZoneOut]
    lines: list[LineOut]
    conditions: list[str]
    what_would_pass: list[str]
    review_flags: list[str]
    question: dict[str, Any]
    versions: dict[str, str]
    trace_sha256: str


class LayerOut(Schema):
    name: str
    kind: str
    title: str
    theme: str
    source: str
    licence: str
    version: int
    sha256: str
    used_in_ruling: bool
    tiles: str


class SheetOut(Schema):
    """The parcel sheet: null is unknown, never zero."""

    id: str
    key: str
    address: str
    neighbourhood: str
    area_m2: float
    documented_area_m2: float | None
    buildable_m2: float | None
    zones: list[ZoneOut]
    norms: list[dict[str, Any]]
    cos: dict[str, Any]
    cus: dict[str, Any]
    extra_cus: dict[str, Any]
    land_value: str | None
    layers: list[dict[str, Any]]
    geometry: dict[str, Any]
    versions: dict[str, str]
