"""What no file can mean is said where it stands, before anybody meets a page that fails or a term that was over before it began."""

import json

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import definitions
from alcaldia.procedures.rules import findings
from alcaldia.project.cli import main
from tests.factories.definition import TREE, decision, program

PATHS = {path.stem: path for path in definitions.paths().values()}
OPTION = {"value": "uno", "label": "Uno"}
STEP = TREE["steps"][0]
SEEN = {
    "key with a space": ("bad_key", {"sheet__key": "Permiso Feria"}, "permiso-feria"),
    "key that leaves its folder": ("bad_key", {"sheet__key": "../../x"}, "letras minúsculas"),
    "limits the wrong way round": ("bad_limits", {"data__area__min": 12, "data__area__max": 1}, "min"),
    "two options alike": ("option_twice", {"data__vende": {"type": "choice", "label": "x", "options": [OPTION, OPTION]},
                        "data__que__visible": 'vende = "uno"'}, "«uno»"),
    "two screens alike": ("screen_twice", {"steps": [STEP | {"fields": ["area", "vende"]}, STEP | {"fields": ["que"]}]}, "id"),
    "nobody can begin": ("no_channel", {"sheet__channels": []}, "portal"),
    "a term below nothing": ("bad_days", {"sheet__deadline__amount": -3}, "0 o más"),
    "an opinion before it is asked": ("bad_days", {"reviews": [TREE["reviews"][0] | {"days": -3}]}, "1 o más"),
    "a visit in no time": ("bad_days", {"inspections": [
        {"agency": "licencias", "aim": "Ver", "days": 0, "checklist": ["Puerta"]}]}, "1 o más"),
    "an appointment of no time": ("bad_days", {"appointments": [{"agenda": "x", "minutes": 0, "capacity": 1}]}, "1 o más"),
}  # fmt: skip


@pytest.mark.parametrize("case", SEEN)
def test_what_cannot_be_meant_is_an_error_with_its_remedy(case):
    code, changes, remedy = SEEN[case]
    found = [one for one in findings.check(program(**changes)) if one.code == code]
    assert [one.level for one in found] == ["error"], case
    assert remedy in found[0].text


def test_a_table_over_a_datum_without_values_is_not_judged():
    made = program(
        data__area__min=12,
        data__area__max=1,
        rules__tables__decision=decision(["area"], [["<= 6", "granted"], ["> 6", "denied"]]),
    )
    assert "bad_limits" in {one.code for one in findings.check(made)}


def test_a_broken_file_beside_the_checked_one_is_not_its_fault(tmp_path):
    mine = tmp_path / "pago-agua.yaml"
    mine.write_text(PATHS["pago-agua"].read_text())
    (tmp_path / "roto.yaml").write_text("a: [")
    (tmp_path / "otro.yaml").write_bytes(b"\xff\xfe\x00")
    found, complaints = definitions.check_file(mine)
    assert found
    assert [one for one in complaints if one.problem.level == "error"] == []


def test_a_file_that_is_no_text_is_refused_by_its_name(tmp_path):
    path = tmp_path / "binario.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refusal, match=r"binario\.yaml no está en UTF-8"):
        definitions.check_file(path)
    with pytest.raises(Refusal, match=r"binario\.yaml no está en UTF-8"):
        definitions.keep("demo", path, definitions.around(beside=tmp_path))


def test_the_command_names_the_file_that_cannot_be_read_and_goes_on(tmp_path, capsys, db):
    broken, fine = tmp_path / "a-roto.yaml", tmp_path / "pago-agua.yaml"
    broken.write_text("format: procedure/1\na: [\n")
    fine.write_text(PATHS["pago-agua"].read_text())
    assert main(["procedure", "check", str(broken), str(fine)]) == 1
    told = capsys.readouterr().out
    assert "a-roto.yaml: con errores\n  Línea 3:" in told
    assert "pago-agua.yaml: bien" in told
    assert main(["procedure", "check", "--json", str(broken), str(fine)]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert (first["ok"], first["findings"][0]["line"], second["ok"]) == (False, 3, True)
