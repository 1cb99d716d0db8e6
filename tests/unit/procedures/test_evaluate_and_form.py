"""The answer of the rules, line by line, and the form that every window draws."""

from datetime import date
from decimal import Decimal

import pytest

from alcaldia.procedures.city import city_of
from alcaldia.procedures.rules import findings
from alcaldia.procedures.rules.evaluate import City, evaluate, reviews_of
from alcaldia.procedures.rules.form import form, typed
from alcaldia.procedures.rules.program import load
from alcaldia.procedures.rules.surroundings import Around
from tests.factories import definition
from tests.factories.definition import decision, program, tree
from tests.factories.town import town

TODAY = date(2026, 6, 15)
SMALL = {"area": "40", "vende": "no", "adeudo": 0}


def answer(found, answers, **city):
    return evaluate(found, typed(found, answers, today=TODAY), today=TODAY, city=City(**city))


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "granted"),
        ({"adeudo": "0.01"}, "denied"),
        ({"area": 101}, "review"),
        ({"adeudo": None}, "granted"),
    ],
)
def test_the_first_row_that_holds_decides(changes, outcome):
    assert answer(program(), {**SMALL, **changes}).outcome == outcome


def test_a_missing_datum_is_never_a_default():
    found = answer(program(), {"area": 40, "vende": "no"})
    assert (found.outcome, found.missing) == ("missing_data", ("adeudo",))


def test_a_mistyped_datum_is_unknown():
    assert answer(program(), {**SMALL, "adeudo": "mucho"}).outcome == "missing_data"


def test_the_trace_names_row_article_and_inputs():
    line = next(one for one in answer(program(), SMALL).trace if one.rule == "decision")
    assert (line.plain()["row"], line.legal_basis, line.plain()["inputs"]["area"]) == (3, "Art. 3", "40")


def test_the_fee_is_exact_and_a_city_sets_its_own_figure():
    assert answer(program(), SMALL).fee == Decimal("200.00")
    assert answer(program(), SMALL, figures={"por_m2": Decimal("0.1")}).fee == Decimal("4.00")


def test_a_division_by_zero_goes_to_a_person_and_says_so():
    found = answer(program(rules__formulas={"derechos": "area / (area - 40)"}), SMALL)
    assert (found.outcome, found.fee) == ("missing_data", None)
    assert "divide entre cero" in found.reasons[0]


@pytest.mark.parametrize(
    ("changes", "why", "missing"),
    [
        ({"fee__formula": "derechos / (area - area)"}, "divide entre cero", ()),
        ({"parameters__por_m2": {"label": "Cuota", "value": None}}, "falta «derechos»", ()),
        ({"fee__formula": "area + adeudo"}, "falta «Adeudo»", ("adeudo",)),
    ],
)
def test_a_fee_that_cannot_be_computed_is_never_zero(changes, why, missing):
    """A person looks, and the trace says what could not be computed."""
    table = decision(["area"], [["-", "granted"]])
    found = answer(program(rules__tables={"decision": table}, **changes), {"area": 40, "vende": "no"})
    assert (found.outcome, found.fee, found.missing) == ("missing_data", None, missing)
    line = next(one for one in found.trace if one.rule == "costo")
    assert why in line.note
    assert line.note in found.reasons


def test_what_is_denied_needs_no_fee():
    table = decision(["area"], [["-", "denied"]])
    found = answer(program(rules__tables={"decision": table}, fee__formula="area / (area - 40)"), SMALL)
    assert (found.outcome, found.reasons) == ("denied", ("renglón 1",))


def test_reviews_are_those_whose_condition_holds():
    assert [one.agency for one in reviews_of(program(), answer(program(), {**SMALL, "area": 101}))] == [
        "licencias"
    ]
    assert answer(program(), SMALL).reviews == ()


def test_no_row_goes_to_a_person():
    table = decision(["area"], [["< 10", "granted"]])
    assert answer(program(rules__tables={"decision": table}), SMALL).outcome == "review"


@pytest.mark.parametrize(("area", "outcome"), [(5, "conditional"), (50, "denied"), (15, "granted")])
def test_a_table_that_collects_takes_the_worst(area, outcome):
    rows = [["-", "granted"], ["< 10", "conditional"], ["> 20", "denied"]]
    found = program(rules__tables={"decision": decision(["area"], rows, "collect")})
    assert answer(found, {**SMALL, "area": area}).outcome == outcome


def test_a_table_that_wants_one_row_and_finds_two_goes_to_a_person():
    rows = [["< 50", "granted"], ["> 30", "denied"]]
    found = program(rules__tables={"decision": decision(["area"], rows, "unique")})
    assert answer(found, SMALL).outcome == "review"


def test_a_later_row_waits_for_an_earlier_one_that_may_hold():
    rows = [["-", "> 0", "denied"], ["> 10", "-", "granted"]]
    found = program(rules__tables={"decision": decision(["area", "adeudo"], rows)})
    assert answer(found, {"area": 40}).outcome == "missing_data"


def test_the_form_asks_step_by_step():
    steps = [form(program(), answers, today=TODAY).next_step for answers in ({}, {"area": 4}, SMALL)]
    assert steps == ["uno", "dos", ""]


def test_what_the_city_holds_is_never_asked():
    seen = form(program(), {}, today=TODAY)
    assert "adeudo" not in {field.path for screen in seen.screens for field in screen.fields}


def test_a_field_that_does_not_apply_is_not_asked_and_its_answer_forgotten():
    seen = form(program(), {**SMALL, "que": "tacos"}, today=TODAY)
    assert seen.values["que"] is None
    assert form(program(), {**SMALL, "vende": "si"}, today=TODAY).errors == {"que": "Falta este dato."}


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [("curp", "HEGG560427MVZRRL05", "concuerda"), ("curp", "X", "18"), ("rfc", "ABC", "RFC"), ("email", "a@b", "correo"), ("phone", "123", "10"),
     ("postcode", "123", "5"), ("date", "31/02/2026", "fecha"), ("integer", "1.5", "entero"), ("money", "1.234", "decimales"),
     ("number", "NaN", "número"), ("number", "1e99", "grande"), ("text", "a" * 300, "200"), ("text", {"a": 1}, "un solo"), ("yes_no", "quizá", "sí o no")],
)  # fmt: skip
def test_an_error_says_how_to_write_it(field, value, word):
    found = program(data__que={"type": field, "label": "Dato", "why": "prueba"})
    assert word in form(found, {"que": value}, today=TODAY).errors["que"]


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [("curp", "hegg560427mvzrrl04", "HEGG560427MVZRRL04"), ("rfc", "GODE561231GR8", "GODE561231GR8"), ("number", "1,250.50", Decimal("1250.50")), ("number", "12,5 m²", Decimal("12.5")),
     ("date", "31/03/2026", date(2026, 3, 31)), ("phone", "+52 55 1234 5678", "5512345678"), ("yes_no", "Sí", True)],
)  # fmt: skip
def test_people_may_write_as_they_do(field, value, kept):
    found = program(data__que={"type": field, "label": "Dato", "why": "prueba"})
    assert typed(found, {"que": value}, today=TODAY)["que"] == kept


def test_each_row_of_a_group_has_its_errors():
    group = {
        "type": "group",
        "label": "Vecinos",
        "why": "x",
        "max": 2,
        "fields": {"tel": {"type": "phone", "label": "T"}},
    }
    found = program(data__que=group)
    assert set(form(found, {"que": [{"tel": "1"}, {}]}, today=TODAY).errors) >= {"que.0.tel", "que.1.tel"}
    assert "2 renglones" in form(found, {"que": [{}, {}, {}]}, today=TODAY).errors["que"]


# change → code of the problem
BROKEN = {
    "unknown_key": {"sheet__kei": 1},
    "missing_key": {"sheet": {k: v for k, v in definition.SHEET.items() if k != "tacit"}},
    "wrong_type": {"sheet__tacit": "quizá"},
    "cycle": {"rules__formulas": {"a": "b + 1", "b": "a + 1", "derechos": "1"}},
    "bad_formula": {"fee__formula": "precio * 2"},
    "bad_cell": {"rules__tables__decision": decision(["area"], [["mucho", "granted"]])},
    "unknown_name": {"rules__tables__decision": decision(["arrea"], [["-", "granted"]])},
    "bad_outcome": {"rules__tables__decision": decision(["area"], [["-", "permitido"]])},
    "wrong_width": {"rules__tables__decision": decision(["area"], [["-", "-", "granted"]])},
    "no_decision": {"rules__tables": {}},
    "twice": {"parameters": {"area": {"label": "x"}, "por_m2": {"label": "y", "value": 1}}},
    "alike": {"data__foto_1": {"type": "file", "label": "x"}, "data__foto_2": {"type": "file", "label": "y"}},
    "bad_source": {"data__adeudo__source": "registry:otra.cosa"},
    "bad_name": {"parameters": {"tarifa": {"label": "x"}, "por_m2": {"label": "y", "value": 1}}},
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_definition_does_not_compile_and_says_why(code):
    found, problems = load(tree(**BROKEN[code]))
    assert found is None
    assert code in {one.code for one in problems}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("cycle", BROKEN["cycle"]),
        ("unknown_name", {"rules__tables__decision": decision(["arrea"], [["> 9", "granted"], ["<= 9", "denied"]])}),
    ],
)  # fmt: skip
def test_one_mistake_is_told_once_and_not_again_by_what_depends_on_it(code, changes):
    _, problems = load(tree(**changes))
    assert [one.code for one in problems] == [code]


FINE = {"parameters": {"por_m2": {"label": "x", "value": 1}, "uma": {
    "label": "UMA", "value": Decimal("113.14"), "dated": [{"from": "2026-02-01", "value": Decimal("117.31")}]}},
    "data__dia": {"type": "date", "label": "Día de la falta"},
    "steps": [{"id": "a", "title": "A", "fields": ["area", "vende", "que", "dia"]}]}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("uma(10)", "1173.10"),
        ("uma(10; dia)", "1131.40"),
        ("uma(10; 2026-02-01)", "1173.10"),
        ("uma * 10", "1173.10"),
    ],
)
def test_fines_in_uma_are_of_their_day(text, wanted):
    found = program(**FINE, fee__formula=text)
    given = typed(found, {"area": 1, "dia": "2026-01-31"}, today=TODAY)
    assert str(evaluate(found, given, today=TODAY).fee) == wanted


def test_the_uma_that_a_municipality_sets_stands_before_the_file_s(db):
    made = town()
    said = {"uma": 100, "dated": {"2026-02-01": {"uma": 120}}}
    made.settings = {**made.settings, "procedures": {"permiso-prueba": said}}
    found = program(**FINE, fee__formula="uma(1; dia) + uma(1)")
    given = typed(found, {"area": 1, "dia": "2026-01-31"}, today=TODAY)
    assert evaluate(found, given, today=TODAY, city=city_of(made, found)).fee == 220


def test_uma_without_its_parameter_says_what_to_write():
    found, problems = load(tree(fee__formula="uma(10)"))
    assert found is None
    assert "parameters" in problems[0].text


FOUND = {
    "uncovered": {"rules__tables__decision": decision(["area"], [["< 10", "granted"], ["> 10", "denied"]])},
    "unreachable_row": {"rules__tables__decision": decision(["area"], [["> 5", "granted"], ["> 9", "denied"], ["-", "review"]])},
    "contradiction": {"rules__tables__decision": decision(["vende"], [["si", "granted"], ["si", "denied"], ["no", "granted"]])},
    "unused": {"data__vende": {"type": "yes_no", "label": "x"}, "data__que": {"type": "text", "label": "Para nada"}},
    "not_on_sheet": {
        "data__plano": {"type": "file", "label": "Plano", "accepts": ["pdf"], "why": "Se revisa."},
        "steps": [{"id": "a", "title": "A", "fields": ["area", "vende", "que", "plano"]}],
    },
    "cycle": {
        "data__vende": {"type": "yes_no", "label": "Vende", "visible": "que <> vacío"},
        "data__que": {"type": "text", "label": "Qué", "visible": "vende", "why": "Se lee."},
    },
    "not_as_asked": {"sheet__curp": "required"},
    "not_on_screen": {"steps": [{"id": "a", "title": "A", "fields": ["area", "vende"]}]},
    "asked_twice": {"steps": [{"id": "a", "title": "A", "fields": ["area", "vende", "que", "adeudo"]}]},
    "issued_by_government": {"sheet__requirements": [{"name": "Copia del acta de nacimiento"}]},
    "hard_to_read": {"sheet__summary": "La tramitación de la autorización administrativa correspondiente requiere presentación documental previamente certificada conforme a la normatividad municipal aplicable, considerando particularmente las disposiciones reglamentarias complementarias establecidas administrativamente por la dependencia responsable."},
    "long_name": {"sheet__plain_name": "uno dos tres cuatro cinco seis siete"},
    "few_aliases": {"sheet__also_called": ["permiso"]},
    "no_basis": {"sheet__tacit": "approval"},
    "few_tests": {"tests": []},
    "test_failed": {"tests": [{"given": {"area": 1, "adeudo": 0}, "expect": {"outcome": "denied"}}]},
    "unreachable": {"sheet__family": "ninguna"},
}  # fmt: skip


@pytest.mark.parametrize("code", FOUND)
def test_a_finding_is_seen(code):
    codes = {one.code for one in findings.check(program(**FOUND[code]), Around(families={"abrir-negocio"}))}
    assert code in codes


@pytest.mark.parametrize(("kind", "code"), [("number", "unused"), ("yes_no", "unused"), ("text", "")])
def test_why_excuses_only_what_a_person_reads(kind, code):
    asked = {"type": kind, "label": "x", "why": "La norma cambia con esto.", "required": False}
    made = program(
        data__de_mas=asked, steps=[{"id": "a", "title": "A", "fields": ["area", "vende", "que", "de_mas"]}]
    )
    assert [one.code for one in findings.check(made)] == ([code] if code else [])


def test_the_small_procedure_has_no_finding():
    assert findings.check(program(), Around(families={"abrir-negocio"})) == []


WHOLE = {"type": "integer", "label": "Cuántos", "min": 1, "max": 9}
DAY = {"type": "date", "label": "Día"}


@pytest.mark.parametrize(
    ("field", "cells", "codes"),
    [
        (WHOLE, ["[1..5]", "[6..9]"], set()),
        (WHOLE, [">= 1"], set()),
        (WHOLE, ["[1..4]", "[6..9]"], {"uncovered"}),
        (WHOLE, ["> 0", "> 20"], {"unreachable_row"}),
        (WHOLE | {"type": "number"}, ["[1..5]", "[6..9]"], {"uncovered"}),
        (DAY, ["< hoy", "< 2026-01-01", "-"], {"too_many_cases"}),
    ],
)
def test_a_column_is_checked_within_what_its_datum_may_be(field, cells, codes):
    rows = [[cell, "denied" if at else "granted"] for at, cell in enumerate(cells)]
    made = program(data__dato=field, rules__tables__decision=decision(["dato"], rows))
    assert {one.code for one in findings.check(made)} & {
        "uncovered",
        "unreachable_row",
        "too_many_cases",
    } == codes


def test_an_uncovered_combination_is_shown_by_an_example():
    found = program(**FOUND["uncovered"])
    text = next(one.text for one in findings.check(found) if one.code == "uncovered")
    assert "area = 10" in text


def test_a_fee_is_rounded_as_the_formulas_round():
    made = program(fee__formula="area * por_m2 / 40")
    day = date(2026, 6, 1)
    values = typed(made, {"area": 1, "vende": False, "adeudo": 0}, today=day)
    assert evaluate(made, values, today=day).fee == Decimal("0.13")


GOVERNMENTS = ("Copia de su acta de nacimiento", "Copia de la INE", "Boleta predial", "Titulo de propiedad")


@pytest.mark.parametrize("name", GOVERNMENTS)
def test_what_government_issues_is_found_among_requirements_and_files_in_any_spelling(name):
    asked = {"type": "file", "label": name, "why": "x", "accepts": ["pdf"]}
    steps = [{"id": "a", "title": "A", "fields": ["area", "vende", "que", "acta"]}]
    for made in (program(sheet__requirements=[{"name": name}]), program(data__acta=asked, steps=steps)):
        assert "issued_by_government" in {one.code for one in findings.check(made)}


def test_that_it_is_consulted_is_believed_only_where_something_is_looked_up():
    asked = [{"name": "Acta de nacimiento", "consulted": True}]
    assert "issued_by_government" not in {
        one.code for one in findings.check(program(sheet__requirements=asked))
    }
    data = {name: one for name, one in tree()["data"].items() if name != "adeudo"}
    without = program(
        sheet__requirements=asked,
        data=data,
        lookups={},
        rules__tables__decision=decision(["area"], [["-", "granted"]]),
    )
    assert "issued_by_government" in {one.code for one in findings.check(without)}


def test_a_help_that_is_hard_to_read_is_found_like_a_summary():
    hard = "Constitucionalmente corresponde exclusivamente a las administraciones municipales correspondientes la determinación pormenorizada de las características técnicas concernientes a edificaciones preexistentes, indistintamente de particularidades jurisdiccionales extraordinariamente diversificadas en reglamentaciones complementarias subsidiariamente aplicables"
    found = findings.check(program(data__area__help=hard))
    assert ("data", "area", "help") in {one.path for one in found if one.code == "hard_to_read"}


def test_reviews_that_wait_for_each_other_are_found():
    one = {"asks": "Verlo", "days": 3, "silence": "favourable"}
    round_ = [{**one, "agency": "a", "after": ["b"]}, {**one, "agency": "b", "after": ["a"]}]
    found = [problem for problem in findings.check(program(reviews=round_)) if problem.code == "cycle"]
    assert "en círculo: a, b" in found[0].text


def test_the_wording_of_a_paper_names_what_it_prints():
    paper = {
        "template": "permit",
        "prefix": "X",
        "title": "X",
        "fields": ["area"],
        "wording": "Se dan {area} m² a {que}.",
    }
    _, problems = load(tree(document=paper))
    assert ["«que»" in one.text for one in problems if one.code == "unknown_name"] == [True]
