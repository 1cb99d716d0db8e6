"""The catalogue of the first day: every file passes its own tests and every look."""

import json

import jsonschema
import pytest

from alcaldia.catalogue import files
from alcaldia.kernel.canonical import digest, plain
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import definitions
from alcaldia.procedures.simulation import simulate
from tests.conftest import ROOT

PATHS = definitions.paths()
SCHEMA = json.loads((ROOT / "docs/reference/procedure-1.schema.json").read_text())


def test_the_twenty_six_and_the_report_are_there():
    assert len(PATHS) == 27


@pytest.mark.parametrize("key", PATHS)
def test_a_definition_has_no_finding(key):
    program, complaints = definitions.check_file(PATHS[key])
    assert [one.sentence() for one in complaints] == []
    assert program.definition.sheet.key == key
    assert len(program.definition.tests) >= 5


@pytest.mark.parametrize("key", PATHS)
def test_a_definition_keeps_the_published_schema(key):
    jsonschema.validate(plain(definitions.document_of(PATHS[key]).value), SCHEMA)


def test_what_is_exported_has_the_version_and_comes_back(tmp_path):
    path = PATHS["pago-predial"]
    exported = tmp_path / "x.json"
    exported.write_bytes(definitions.export(path))
    assert digest(json.loads(exported.read_text())) == definitions.program_of(path).version
    again, complaints = definitions.check_file(exported)
    assert (again.version, complaints) == (definitions.program_of(path).version, [])


def test_a_municipality_keeps_its_own_and_a_bad_one_is_refused(tmp_path, settings):
    settings.HOME = tmp_path
    text = (
        PATHS["pago-agua"]
        .read_text()
        .replace("uso); 2)", "uso); 0)")
        .replace("Pagar el agua", "Pagar mi agua")
    )
    mine = tmp_path / "mine.yaml"
    mine.write_text(text)
    with pytest.raises(Refusal, match=r"Línea \d+"):
        definitions.keep("demo", mine)
    mine.write_text(PATHS["pago-agua"].read_text().replace("Pagar el agua", "Pagar mi agua"))
    definitions.keep("demo", mine)
    assert definitions.programs("demo")["pago-agua"].definition.sheet.plain_name.es == "Pagar mi agua"
    assert definitions.programs()["pago-agua"].definition.sheet.plain_name.es == "Pagar el agua"


def test_a_line_and_a_remedy_are_given(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(PATHS["pago-agua"].read_text().replace("official_code:", "oficial_code:"))
    _, complaints = definitions.check_file(path)
    assert any(one.line == 4 and "¿quiso decir «official_code»?" in one.sentence() for one in complaints)


def test_a_simulation_says_what_a_person_would_see():
    program = definitions.programs()["pago-agua"]
    found = simulate(
        program,
        {"contrato": "A", "consumo": 18, "pagado": False, "uso": "domestico", "adeudo_anterior": 0},
        on="2026-06-15",
    )
    assert (found["outcome"], found["fee"], found["next_step"]) == ("granted", "152.00", "")
    assert json.dumps(found)


def test_every_family_has_a_procedure_and_every_procedure_a_family():
    used = {program.definition.sheet.family for program in definitions.programs().values()}
    assert used == set(files.tree().families)
