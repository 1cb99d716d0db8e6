"""Our own small grammar: what may be written, what it means, and what it can never do."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.procedures.rules import cells, formulas
from alcaldia.procedures.rules.computing import BRACKETS, CHOICES, Undefined, compiled
from alcaldia.procedures.rules.definition import Bracket, Row
from alcaldia.procedures.rules.tables import compile_table
from alcaldia.procedures.rules.values import DATE, NUMBER, TEXT, UNKNOWN, YES_NO

TODAY = date(2026, 6, 15)
D = Decimal
# cell, kind, values inside, values outside
CELLS = [
    ("-", NUMBER, [D(1), None], []),
    ("< 100", NUMBER, [D("99.99")], [D(100), None]),
    ("[50..200)", NUMBER, [D(50), D("199.9")], [D(200), D(49)]),
    ("< 5 o > 9", NUMBER, [D(4), D(10)], [D(5), D(9)]),
    ("1, 3", NUMBER, [D(1), D("3.0")], [D(2)]),
    ("no 3", NUMBER, [D(2), None], [D(3)]),
    ('"abarrotes", "café"', TEXT, ["café"], ["bar", None]),
    ('no "bar"', TEXT, ["café", None], ["bar"]),
    ("H1", TEXT, ["H1"], ["H2"]),
    ("si", YES_NO, [True], [False, None]),
    ("no", YES_NO, [False], [True, None]),
    ("vacío", TEXT, [None], ["x"]),
    ("no vacío", NUMBER, [D(0)], [None]),
    (">= hoy - 3 meses", DATE, [date(2026, 3, 15), TODAY], [date(2026, 3, 14)]),
    ("< hoy", DATE, [date(2026, 6, 14)], [TODAY]),
    ("[2026-01-01..2026-12-31]", DATE, [TODAY], [date(2027, 1, 1)]),
]


@pytest.mark.parametrize(("text", "kind", "inside", "outside"), CELLS)
def test_a_cell_means_what_it_says(text, kind, inside, outside):
    cell = cells.parse(text, kind)
    assert [cells.matches(cell, value, TODAY) for value in (*inside, *outside)] == [True] * len(inside) + [
        False
    ] * len(outside)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("< cien", NUMBER), ("quizá", YES_NO), ("< 5", TEXT), ("", TEXT), ("mañana", DATE), ('"a" "b"', TEXT), (True, YES_NO),
     ("[1..", NUMBER), ("< hoy o > 2026-01-01", DATE), ("no < 5", NUMBER), ("NaN", DATE)],
)  # fmt: skip
def test_a_cell_that_is_not_one_says_what_to_write(text, kind):
    with pytest.raises(cells.CellError, match=r"\w"):
        cells.parse(text, kind)


KINDS = {"area": NUMBER, "tipo": TEXT, "nuevo": YES_NO, "nacio": DATE, "lista": "list", "nada": NUMBER}
ENV = {
    "area": D(40), "tipo": "casa", "nuevo": True, "nacio": date(2008, 6, 16), "hoy": TODAY, "nada": UNKNOWN,
    "lista": ({"m": D(2)}, {"m": D(3)}), BRACKETS: {"t": (Bracket(D(0), D(10), D(0)), Bracket(D(30), D(10), D("0.5")))},
    CHOICES: {"v": {"casa": D(7)}},
}  # fmt: skip


def said(call, refusal):
    """What a refusal says, or that there was none; any other error is raised."""
    try:
        call()
    except refusal as error:
        return str(error)
    return "read"


def value_of(text):
    return compiled(formulas.parse(text, KINDS)[0])(ENV)


FORMULAS = {
    "0.1 + 0.2": D("0.3"),
    "1 + 2 * 3 - 4 / 2": D(5),
    "-(2 + 1)": D(-3),
    "redondear(10 / 3; 2)": D("3.33"),
    "si(area > 30 y no nuevo; 1; 2)": D(2),
    "si(nuevo; area; nada)": D(40),
    'no nuevo o tipo = "casa"': True,
    "nuevo = no": False,
    "nada > 3 y area < 0": False,
    "nada > 3 o area > 0": True,
    "nada > 3": UNKNOWN,
    "nada = vacío": UNKNOWN,
    "edad(nacio)": D(17),
    'suma(lista; "m") * cuenta(lista)': D(10),
    'tarifa("t"; area)': D(15),
    'valor_de("v"; tipo)': D(7),
    "nacio + 18 años = 2026-06-16": True,
    "max(1; 2; area)": D(40),
    "techo(1.2) + piso(1.8)": D(3),
    "mes(hoy)": D(6),
}


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gives(text):
    assert value_of(text) == FORMULAS[text]


@pytest.mark.parametrize(
    "text",
    ["area +", "area + tipo", "otra", "si(1; 2; 3)", "tipo < \"x\"", "(area", "area.real", "__import__(\"os\")", "area = nuevo",
     "2026-13-01", "max(1)", "1 2", "[1]", "lambda: 1", "si(nuevo; 1; \"a\")", "(" * 40 + "1" + ")" * 40, "+".join(["1"] * 500)],
)  # fmt: skip
def test_a_formula_that_is_not_one_is_refused(text):
    with pytest.raises(formulas.FormulaError):
        formulas.parse(text, KINDS)


@pytest.mark.parametrize(
    "text",
    [
        "nacio + 999 años + 999 años + 999 años + 999 años + 999 años + 999 años + 999 años + 999 años",
        "999999999999999 * 999999999999999",
        "area / (area - 40)",
        'valor_de("v"; "x")',
        'tarifa("otra"; area)',
    ],
)
def test_an_impossible_formula_says_why(text):
    with pytest.raises(Undefined, match=r"cero|parámetro|tarifa|grande|calendario"):
        value_of(text)


@given(st.text(alphabet='areatipo nuevo si()+-*/<>=;.0123"', max_size=80))
def test_no_text_breaks_the_parser(text):
    assert said(lambda: formulas.parse(text, KINDS), formulas.FormulaError)


@given(st.text(max_size=30), st.sampled_from([NUMBER, TEXT, DATE, YES_NO]))
def test_no_text_breaks_a_cell(text, kind):
    assert said(lambda: cells.parse(text, kind), cells.CellError)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["-", '"a"', '"a", "b"', 'no "a"', "vacío", "no vacío"]),
        st.sampled_from(["-", "< 3", ">= 3", "[1..3]", "(1..3)", "2, 4", "no 2", "< 1 o > 3", "vacío"]),
        st.sampled_from(["-", "si", "no"]),
    ),
    min_size=1,
    max_size=6,
)
VALUES = st.tuples(
    st.sampled_from(["a", "b", "c", None, UNKNOWN]),
    st.sampled_from([D(n) / 2 for n in range(10)] + [None, UNKNOWN]),
    st.sampled_from([True, False, None, UNKNOWN]),
)


@given(ROWS, VALUES, st.sampled_from(["first", "collect"]))
def test_a_compiled_table_says_what_its_cells_say(rows, values, policy):
    kinds = (TEXT, NUMBER, YES_NO)
    parsed = tuple(tuple(map(cells.parse, row, kinds)) for row in rows)
    made = tuple(Row(row, ("granted",), "Art. 1") for row in rows)
    table = compile_table("t", policy, ("a", "b", "c"), ("outcome",), made, parsed)
    reading = table.read(dict(zip("abc", values, strict=True)), TODAY)
    no = [
        any(v is not UNKNOWN and not cells.matches(c, v, TODAY) for c, v in zip(row, values, strict=True))
        for row in parsed
    ]
    shown = {row for row, _ in reading.ruled_out}
    assert all(no[row] for row in shown)
    assert not any(no[row] for row in (*reading.matched, *reading.open_rows))
    if policy == "collect":
        assert shown == {row for row, refused in enumerate(no) if refused}
    elif False in no:
        assert [*reading.matched, *reading.open_rows] == [no.index(False)]
