"""A definition in several languages: who forgets one is told, and what is not translated is read in Spanish that says so."""

import json
from datetime import date

import jsonschema
import pytest
from django.utils.translation import override

from alcaldia.catalogue import files
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.shape import Text, load
from alcaldia.procedures import definitions
from alcaldia.procedures.names import field_name
from alcaldia.procedures.rules import program as programs
from alcaldia.procedures.rules.definition import version_of
from alcaldia.procedures.rules.evaluate import evaluate
from alcaldia.procedures.rules.languages import lacking, notice
from alcaldia.web.components.wording import marked
from tests.conftest import ROOT
from tests.factories.definition import program, tree

PATHS = definitions.paths()
REASON = {"es": "Cumple.", "en": "It complies.", "nah": "Cualli."}
ROWS = tree()["rules"]["tables"]["decision"]["rows"]
WORDED = [*ROWS[:2], {**ROWS[2], "then": ["granted", REASON]}]


@pytest.mark.parametrize("key", PATHS)
def test_a_definition_of_the_first_day_says_everything_in_english(key):
    assert lacking(definitions.program_of(PATHS[key])) == []


def test_so_do_the_tree_and_the_agencies():
    tree = files.tree()
    named = [*tree.doors, *(group for door in tree.doors for group in door.groups), *tree.families.values()]
    asked = [one for family in tree.families.values() for one in family.questions]
    texts = [
        *(one.name for one in named), *(words for one in tree.families.values() for words in one.includes),
        *(one.asks for one in asked), *(answer.says for one in asked for answer in one.answers),
        *(text for one in files.agencies().values() for text in (one.name, one.about)),
    ]  # fmt: skip
    assert [one.es for one in texts if not dict(one.words).get("en", "").strip()] == []


def test_the_notice_counts_by_kind_and_is_no_error():
    found = notice(program())
    assert (found.level, found.path) == ("warning", ("sheet", "name"))
    assert (
        "18 textos no están en inglés (5 de ficha, 5 de datos, 2 de pantallas, 1 de cifras, 1 de opiniones"
        in found.text
    )
    assert "3 de razones y condiciones" in found.text


def test_a_blank_translation_is_none():
    found = program(data__area__label={"es": "¿Metros?", "en": " "})
    assert (("data", "area", "label"), "datos") in lacking(found)
    with override("en"):
        assert marked(field_name(found.definition.data, "area")) == '<span lang="es">Metros</span>'


def test_check_tells_it_last_and_goes_on(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(PATHS["pago-agua"].read_text().replace(", en: Contract number or cadastral key", ""))
    found, complaints = definitions.check_file(path)
    told = definitions.untranslated(path, found)
    assert complaints == []
    assert told.sentence().startswith("Aviso, línea")
    assert "un texto no está en inglés (1 de datos)" in told.sentence()
    assert definitions.untranslated(PATHS["pago-agua"], definitions.program_of(PATHS["pago-agua"])) is None


def test_a_reason_knows_its_languages_and_is_kept_in_spanish():
    found = program(rules__tables__decision__rows=WORDED)
    answers = {"area": 40, "vende": False, "adeudo": 0}
    said = evaluate(found, answers, today=date(2026, 6, 15)).reasons
    assert canonical(list(said)) == b'["Cumple."]'
    with override("en"):
        assert marked(said[0]) == marked(found.said("Cumple.")) == "It complies."
    assert found.said("Otra cosa.") == "Otra cosa."


def test_the_trace_of_an_act_does_not_change_with_a_translation():
    answers, day = {"area": 40, "vende": False, "adeudo": 0}, date(2026, 6, 15)
    plain, worded = program(), program(rules__tables__decision__rows=WORDED)
    traces = [[line.plain() for line in evaluate(one, answers, today=day).trace] for one in (plain, worded)]
    assert canonical(traces[0]) == canonical(traces[1])


def test_only_what_is_a_sentence_has_languages():
    rows = [{**ROWS[2], "then": [REASON, "x"]}]
    _, problems = programs.load(tree(rules__tables__decision__rows=rows))
    assert ("wrong_type", "then") in {(one.code, one.path[-2]) for one in problems}
    _, problems = programs.load(
        tree(rules__tables__decision__rows=[{**ROWS[2], "then": ["granted", {"en": "x"}]}])
    )
    assert any("con el español siempre" in one.text for one in problems)


def test_a_third_language_is_accepted_and_falls_back_to_spanish():
    schema = json.loads((ROOT / "docs/reference/procedure-1.schema.json").read_text())
    words = {"es": "¿Metros?", "nah": "¿Quezqui?"}
    jsonschema.validate(tree(data__area__label=words), schema)
    label = program(data__area__label=words).definition.data["area"].label
    problems = []
    assert (load(Text, words, problems), problems) == (label, [])
    seen = {}
    for code in ("es", "en", "nah", "yua"):
        with override(code):
            seen[code] = marked(label)
    marks = '<span lang="es">¿Metros?</span>'
    assert seen == {"es": "¿Metros?", "en": marks, "nah": "¿Quezqui?", "yua": marks}


def test_what_was_left_blank_before_still_loads():
    blank = {"name": "Plano", "issued_by": "", "remarks": ""}
    changes = {"sheet__requirements": [blank], "sheet__offices": [{"name": ""}], "data__que__why": ""}
    found = program(**changes)
    assert found.definition.sheet.requirements[0].remarks == ""
    assert found.version == version_of(tree(**changes))
