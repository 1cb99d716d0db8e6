"""Issue now, review later: which issued rulings a person looks at afterwards (Guadalajara's "prioritario")."""

from decimal import Decimal

from alcaldia.land.rules.codes import concerns
from alcaldia.land.rules.types import LandUseQuestion, Outcome, ParcelFacts, Policy


def review_flags(
    facts: ParcelFacts, question: LandUseQuestion, policy: Policy, outcome: Outcome
) -> tuple[str, ...]:
    """Names of the risks found, in the order of the table; an undetermined ruling always has one."""
    tests = (
        ("undetermined", outcome is Outcome.UNDETERMINED),
        ("area_exceeds_built", _exceeds_built(facts, question)),
        ("area_mismatch", area_mismatch(facts, policy)),
        ("sensitive_activity", _sensitive(question, policy)),
        ("risk_layer", in_risk_layer(facts, policy)),
        ("straddles_zones", len(facts.zones) > 1 and facts.zones[1].share >= policy.straddle_share),
    )
    return tuple(name for name, found in tests if found)


def area_mismatch(facts: ParcelFacts, policy: Policy) -> bool:
    """Do the documented and the measured area differ by more than the municipality tolerates?"""
    if facts.documented_area_m2 is None or not facts.documented_area_m2:
        return False
    return abs(facts.area_m2 / facts.documented_area_m2 - 1) > policy.area_tolerance


def in_risk_layer(facts: ParcelFacts, policy: Policy) -> bool:
    """Does a layer of a theme that the municipality reviews lie on the parcel, whatever it says of the question?"""
    return any(one.theme in policy.review_themes and one.area_m2 > 0 for one in facts.overlays)


def _exceeds_built(facts: ParcelFacts, question: LandUseQuestion) -> bool:
    built = facts.existing_built_m2
    return (
        question.area_m2 is not None and built is not None and built > Decimal(0) and question.area_m2 > built
    )


def _sensitive(question: LandUseQuestion, policy: Policy) -> bool:
    return bool(policy.sensitive_activities) and concerns(question.activity_code, policy.sensitive_activities)
