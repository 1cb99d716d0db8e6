"""Norm texts: every string of the real files, and hostile ones by machine."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.land.rules.norm_text import Refused, parse
from alcaldia.land.rules.parameters import BY_NAME

# parameter, text, expected (parameter, bound, value, condition)…
READ = [
    ("cos", "0,5", [("cos", "max", "0.5", "")]),
    ("cos", "0.60", [("cos", "max", "0.6", "")]),
    ("cos", "60%", [("cos", "max", "0.6", "")]),
    ("cos", "Min: 15% - Max: 40%", [("cos_min", "min", "0.15", ""), ("cos", "max", "0.4", "")]),
    ("cos", "Factor minimo de ocupacion de suelo: 15%", [("cos_min", "min", "0.15", "")]),
    ("cos", "Factor mini de ocupacion de suelo: 40%", [("cos_min", "min", "0.4", "")]),
    (
        "cos",
        "0.6 para usos de tipo residencial o de caracter mixto que incluyan residencia",
        [("cos", "max", "0.6", "habitacional")],
    ),
    ("cus", "2", [("cus", "max", "2", "")]),
    ("cus", "2.100", [("cus", "max", "2.1", "")]),
    (
        "height",
        "6 mts. Sobre Calle - 9 mts. sobre Avda.",
        [("height", "max", "6", "calle"), ("height", "max", "9", "avenida")],
    ),
    (
        "height",
        "6 mts sobre calles - 9 mts sobre Avenidas",
        [("height", "max", "6", "calle"), ("height", "max", "9", "avenida")],
    ),
    ("height", "6mts. sobre Avda.", [("height", "max", "6", "avenida")]),
    ("height", "12 mts.", [("height", "max", "12", "")]),
    ("height", "5 niveles", [("levels", "max", "5", "")]),
    ("density", "150 hab/HA", [("density_people", "max", "150", "")]),
    ("density_people", "40 viv/ha", [("density", "max", "40", "")]),
    ("lot_area", "1.000 m2", [("lot_area", "min", "1000", "")]),
    ("lot_area_max", "10.000m2", [("lot_area_max", "max", "10000", "")]),
    ("lot_area", "1000m2", [("lot_area", "min", "1000", "")]),
    ("lot_area", "2 ha", [("lot_area", "min", "20000", "")]),
    (
        "setback_front",
        "Frente: Obligatorio 3 mts. Minimo - Medianeras y Fondo: Optativos",
        [
            ("setback_front", "min", "3", ""),
            ("setback_rear", "none", None, ""),
            ("setback_side", "none", None, ""),
        ],
    ),
    (
        "setback_front",
        "Frente: Obligatorio 3 m Minimo - Fondo: 4 m obligatorio - Lateral: 3m optativo",
        [
            ("setback_front", "min", "3", ""),
            ("setback_rear", "min", "4", ""),
            ("setback_side", "min", None, ""),
        ],
    ),
    ("setback_front", "3 mts frente", [("setback_front", "min", "3", "")]),
    ("setback_front", "0", [("setback_front", "min", "0", "")]),
    ("height", "sin límite", [("height", "none", None, "")]),
    ("cus", "Libre", [("cus", "none", None, "")]),
]
REFUSED = [
    ("cos", "0,4 a 0,7"),
    ("cos", "0.60 - 0.70"),
    ("cos", "0.4-0.7"),
    ("cos", "0.6 mixto"),
    ("cos", "no menor a 0.5"),
    ("cos", 60),
    ("cos", "1.2"),
    ("cus", "Factor maximo  de ocupacion: 70%"),
    ("lot_area_max", "12 m fte."),
    ("lot_area", "12 m"),
    ("lot_area", "Ord. Particularizada"),
    ("lot_area", "Bajo presentacion de proyecto urbano y evaluacion de factibilidad"),
    ("lot_front", "1.500"),
    ("density_people", "BAJA"),
    ("height", "-5"),
    ("height", "6 m - 9 m sobre Avda."),
    ("height", "min 3 m"),
    ("height", float("inf")),
    ("height", True),
]
NO_DATA = ["", None, "S/D", "NULL", "0", "0.0", 0, 0.0, "-", float("nan")]


@pytest.mark.parametrize(("parameter", "text", "expected"), READ)
def test_a_readable_text_gives_exactly_its_limits(parameter, text, expected):
    found = parse(parameter, text)

    wanted = [
        (name, bound, value and Decimal(value), condition) for name, bound, value, condition in expected
    ]
    assert [(n.parameter, n.bound, n.value, n.condition) for n in found] == wanted


@pytest.mark.parametrize(("parameter", "text"), REFUSED)
def test_what_could_mean_two_things_is_refused_with_a_reason(parameter, text):
    found = parse(parameter, text)

    assert isinstance(found, Refused)
    assert found.reason


@pytest.mark.parametrize("text", NO_DATA)
def test_no_data_is_neither_zero_nor_a_limit(text):
    assert parse("cos", text) == ()


def test_a_zero_with_decimals_is_no_setback_but_no_data():
    assert parse("setback_front", "0.0") == ()


ANY_TEXT = st.one_of(
    st.text(max_size=60),
    st.floats(),
    st.integers(),
    st.lists(
        st.sampled_from(
            [
                "0,5",
                "1.000",
                "12",
                "m",
                "m2",
                "%",
                "-",
                "min",
                "max",
                "calle",
                "avda",
                "a",
                "0.6",
                "frente",
                "ha",
            ]
        ),
        max_size=8,
    ).map(" ".join),
)


@given(st.sampled_from(sorted(BY_NAME)), ANY_TEXT)
def test_nothing_raises_and_nothing_leaves_the_sane_range(parameter, text):
    found = parse(parameter, text)

    if isinstance(found, tuple):
        for norm in found:
            row = BY_NAME[norm.parameter]
            assert norm.value is None or row.low <= norm.value <= row.high


@given(st.integers(1, 999), st.integers(0, 999))
def test_a_dot_before_three_digits_of_square_metres_is_thousands(whole, rest):
    found = parse("lot_area", f"{whole}.{rest:03} m2")

    assert [norm.value for norm in found] == [whole * 1000 + rest]


@given(st.decimals("0.01", "1", places=2), st.sampled_from(".,"))
def test_a_ratio_reads_the_same_with_dot_and_comma(value, mark):
    found = parse("cos", str(value).replace(".", mark))

    assert [norm.value for norm in found] == [value]
