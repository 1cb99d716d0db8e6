"""The pure rules, by tables and properties; no database is touched."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.land.rules.codes import concerns, prefixes
from alcaldia.land.rules.construction import rule_construction
from alcaldia.land.rules.extra_intensity import ExtraIntensity, Terms, estatuto, price, sao_paulo
from alcaldia.land.rules.judge import Circumstance, judge
from alcaldia.land.rules.land_use import rule_land_use
from alcaldia.land.rules.potential import potential
from alcaldia.land.rules.types import (
    Activity,
    LandUseQuestion,
    Norm,
    Overlay,
    ParcelFacts,
    Policy,
    Project,
    Result,
    UseCell,
    ZonePart,
)

DAY = date(2026, 1, 1)
NORMS = {"cos": "0.6", "cus": "1.2", "levels": "2", "height": "7", "setback_front": "3"}


def norms(**limits):
    table = {**NORMS, **limits}
    return tuple(
        Norm(name, "min" if name.startswith(("setback", "lot", "parking", "permeable")) else "max", D(value))
        for name, value in table.items()
        if value is not None
    )


def facts(zone_norms=None, **known):
    part = ZonePart("H1", "H1", D(200), D(1), norms() if zone_norms is None else zone_norms)
    given = {
        "zones": (part,),
        "uncovered_m2": D(0),
        "overlap_m2": D(0),
        "documented_area_m2": D(200),
        **known,
    }
    return ParcelFacts("L1", "pueblo", D(200), **given)


FITS = {"footprint_m2": D(120), "built_m2": D(240), "levels": 2, "height_m": D(6), "setback_front_m": D(3)}


@pytest.mark.parametrize(
    ("change", "outcome", "remedy"),
    [
        ({}, "permitted", ""),
        ({"footprint_m2": D("120.01")}, "prohibited", "Reduzca el desplante a 120 m² o menos."),
        ({"built_m2": D(241)}, "prohibited", "Reduzca la construcción total a 240 m² o menos."),
        ({"levels": 3}, "prohibited", "Proyecte 2 niveles o menos."),
        ({"height_m": D(8)}, "prohibited", "Proyecte una altura de 7 m o menos."),
        ({"setback_front_m": D("2.9")}, "prohibited", "Deje al menos 3 m libres al frente."),
        ({"height_m": None}, "undetermined", ""),
        ({"footprint_m2": None}, "undetermined", ""),
    ],
)
def test_each_figure_is_held_to_its_norm(change, outcome, remedy):
    ruling = rule_construction(facts(), Project(**{**FITS, **change}), Policy())
    assert ruling.outcome == outcome
    assert remedy in (*ruling.what_would_pass, "")


@pytest.mark.parametrize("missing", ["cos", "cus", "setback_front"])
def test_a_required_norm_that_is_missing_is_never_permitted(missing):
    assert (
        rule_construction(facts(norms(**{missing: None})), Project(**FITS), Policy()).outcome
        == "undetermined"
    )


def test_height_or_levels_is_enough():
    assert rule_construction(facts(norms(height=None)), Project(**FITS), Policy()).outcome == "permitted"
    assert (
        rule_construction(facts(norms(height=None, levels=None)), Project(**FITS), Policy()).outcome
        == "undetermined"
    )


def test_more_than_the_base_cus_can_be_bought_within_the_optional_one():
    known = facts(norms(cus_optional="1.8"), land_value_m2=D(1000))
    ruling = rule_construction(
        known, Project(**{**FITS, "built_m2": D(360)}), Policy(), ExtraIntensity("sao_paulo")
    )
    assert ruling.outcome == "conditional"
    assert "$66,666.67" in ruling.conditions[0]


def test_the_footprint_must_fit_what_the_setbacks_leave():
    assert rule_construction(facts(buildable_m2=D(100)), Project(**FITS), Policy()).outcome == "prohibited"


def test_documents_that_disagree_with_the_measure_are_a_condition():
    ruling = rule_construction(facts(documented_area_m2=D(230)), Project(**FITS), Policy())
    assert (ruling.outcome, ruling.review_flags) == ("conditional", ("area_mismatch",))


STREET = (Norm("height", "max", D(6), "calle"), Norm("height", "max", D(9), "avenida"))


@pytest.mark.parametrize(
    ("value", "street", "result"),
    [
        (D(5), "", Result.PASS),  # within both
        (D(7), "", Result.UNKNOWN),  # depends on the street
        (D(10), "", Result.FAIL),  # above both
        (D(7), "avenida", Result.PASS),
        (D(7), "calle", Result.FAIL),
        (None, "calle", Result.UNKNOWN),
    ],
)
def test_conditional_norms_decide_only_when_they_agree_or_the_street_is_known(value, street, result):
    assert judge(STREET, value, Circumstance(street_class=street)).result is result


def test_one_conditional_norm_alone_does_not_answer_for_the_rest():
    assert judge(STREET[1:], D(5), Circumstance()).result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("listed", "value", "result"),
    [
        ([], D(1), Result.UNKNOWN),
        ([Norm("cos", "max", None, raw="Ord. Particularizada")], D(0), Result.UNKNOWN),
        ([Norm("cos", "none", None)], D(9), Result.PASS),
        ([Norm("cos", "min", D("0.15"))], D("0.1"), Result.FAIL),
        ([Norm("setback_side", "min", D(0))], None, Result.PASS),
        ([Norm("cos", "max", D("0.5")), Norm("cos", "max", D("0.7"))], D("0.6"), Result.UNKNOWN),
        ([Norm("cos", "max", D("0.5")), Norm("cos", "max", D("0.7"))], D("0.8"), Result.FAIL),
    ],
)
def test_missing_unreadable_and_contradictory_norms_are_unknown(listed, value, result):
    assert judge(listed, value, Circumstance()).result is result


def test_the_two_ways_to_price_extra_intensity_agree():
    terms = Terms(D(1000), D(2000), D(1), D(3))
    extra = ExtraIntensity("estatuto")
    assert round(sao_paulo(extra, terms), 6) == round(estatuto(extra, terms), 6) == D("1333333.333333")


positive = st.decimals("0.01", "100000", places=2)
ratio = st.decimals("0.1", "10", places=2)


@given(
    positive, positive, ratio, ratio, st.sampled_from(["sao_paulo", "estatuto", "fixed_rate", "land_share"])
)
def test_the_price_is_zero_at_the_base_and_grows_with_the_project(area, value, base, more, formula):
    known = ParcelFacts("k", "m", area, None, (), D(0), D(0), land_value_m2=value)
    extra = ExtraIntensity(formula, rate=D("0.3"))
    assert price(extra, known, base, base) == 0
    assert D(0) <= price(extra, known, base + more, base) <= price(extra, known, base + 2 * more, base)


def test_the_figures_of_the_founding_guide():
    known = facts(existing_footprint_m2=D("171.46"))
    assert potential(ParcelFacts(**{**known.__dict__, "area_m2": D("233.17")})).cos.existing == D("0.7353")
    assert D("8095.63") * D("1061.00") == D("8589463.4300")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("722515", ("722515", "72251", "7225", "722", "72")),
        ("4.1.1", ("4.1.1", "4.1", "4")),
        ("H-1", ("H-1",)),
    ],
)
def test_codes_go_from_the_most_specific_to_the_most_general(code, found):
    assert prefixes(code) == found
    assert concerns(code, ())
    assert concerns(code, (found[-1],))
    assert not concerns(code, ("zz",))


cells = st.sampled_from([None, "permitted", "conditional", "prohibited"]).map(
    lambda value: UseCell("1", value)
)
parts = st.builds(
    lambda area, known, listed: ZonePart(
        f"Z{area}", "Z", D(area), D(area) / 100, norms() if known else (), tuple(listed)
    ),
    st.integers(1, 60),
    st.booleans(),
    st.lists(cells, max_size=2),
)
overlays = st.builds(
    lambda effect, health: Overlay("l", "t", effect, "x", D(9), health=health),
    st.sampled_from(["prohibits", "conditions", "informs"]),
    st.sampled_from(["ok", "failed"]),
)


@given(
    st.lists(parts, max_size=3, unique_by=lambda part: part.code),
    st.decimals("0", "50", places=2),
    st.decimals("0", "50", places=2),
    st.lists(overlays, max_size=2),
    st.sampled_from(["strictest", "each_part"]),
)
def test_nothing_missing_ambiguous_or_failed_is_ever_permitted(zones, uncovered, overlap, layers, straddle):
    known = ParcelFacts("k", "m", D(100), None, tuple(zones), uncovered, overlap, overlays=tuple(layers))
    question = LandUseQuestion(Activity("1", "Uno", 1), "1", None, DAY)
    outcome = rule_land_use(known, question, Policy(straddle=straddle)).outcome
    clean = (
        zones
        and all(part.norms and {cell.value for cell in part.cells} == {"permitted"} for part in zones)
        and all(layer.health == "ok" and layer.effect == "informs" for layer in layers)
        and uncovered < 1
        and overlap < 1
    )
    assert (outcome == "permitted") == bool(clean)


@given(st.lists(parts, min_size=1, max_size=3, unique_by=lambda part: part.code), overlays)
def test_an_overlay_only_tightens(zones, layer):
    order = ["permitted", "conditional", "undetermined", "prohibited"]
    known = ParcelFacts("k", "m", D(100), None, tuple(zones), D(0), D(0))
    question = LandUseQuestion(Activity("1", "Uno", 1), "1", None, DAY)
    before = rule_land_use(known, question, Policy()).outcome
    after = rule_land_use(ParcelFacts(**{**known.__dict__, "overlays": (layer,)}), question, Policy()).outcome
    assert order.index(after) >= order.index(before)
