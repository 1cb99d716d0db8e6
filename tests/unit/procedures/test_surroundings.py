"""A definition that names what is not there says so before anyone meets a page that does not exist."""

import pytest

from alcaldia.procedures import definitions
from alcaldia.procedures.rules import findings
from alcaldia.procedures.rules.surroundings import Around
from tests.factories.definition import TREE, decision, program, tree

AROUND = Around(
    families={"abrir-negocio"}, registries={"property_tax": {"area"}}, agencies={"licencias"},
    procedures={"pago-predial": {"cuenta"}}, agendas={"ventanilla"},
    vault={"identity.tax_code"},
)  # fmt: skip
REVIEW = TREE["reviews"][0]
ROWS = {"type": "group", "label": "Renglones", "why": "x"}


def offering(key):
    table = decision(["area"], [["-", "granted"]])
    table["rows"][0]["offer"] = key
    return table


NAMED = {
    "registry": ("unknown_registry", {"lookups__tesoreria__registry": "property_taxes"}, "property_tax"),
    "told": ("unknown_input", {"lookups__tesoreria__with": {"aera": "area"}}, "«area»"),
    "agency": ("unknown_agency", {"sheet__agency": "licensias"}, "licencias"),
    "reviewer": ("unknown_agency", {"reviews": [REVIEW | {"agency": "bomberos"}]}, "licencias"),
    "inspector": ("unknown_agency", {"inspections": [{"agency": "bomberos", "aim": "Ver", "days": 3, "checklist": ["Puerta"]}]}, "licencias"),
    "offer": ("unknown_procedure", {"rules__tables__decision": offering("pago-predal")}, "pago-predial"),
    "related": ("unknown_procedure", {"sheet__related": [{"procedure": "otro", "relation": "before"}]}, "pago-predial"),
    "papers": ("unknown_procedure", {"lookups__tesoreria__papers": ["licencia-x"]}, "pago-predial"),
    "vault": ("unknown_vault_field", {"data__que__vault": "identity.tax_cod"}, "identity.tax_code"),
    "vault in the open": ("vault_in_the_open", {"data__vende__vault": "identity.tax_code"}, "personal"),
    "template": ("unknown_template", {"document": {"template": "lisence", "prefix": "X", "title": "X"}}, "licence"),
    "agenda": ("unknown_agenda", {"appointments": [{"agenda": "ventanila", "minutes": 9, "capacity": 1}]}, "ventanilla"),
    "earlier procedure": ("unknown_procedure", {"data__adeudo__source": "earlier:pago-agua.x"}, "pago-predial"),
    "earlier datum": ("unknown_datum", {"data__adeudo__source": "earlier:pago-predial.cuanta"}, "cuenta"),
    "own sealed datum": ("unknown_datum", {"data__adeudo__source": "earlier:permiso-prueba.que"}, "area"),
    "two reviews": ("twice_in_review", {"reviews": [REVIEW, REVIEW]}, "when"),
    "file in a group": ("not_read_in_rows", {"data__filas": ROWS | {"fields": {"foto": {"type": "file", "label": "F"}}}}, "aparte"),
    "parcel in a group": ("not_read_in_rows", {"data__filas": ROWS | {"fields": {"lote": {"type": "parcel", "label": "L"}}}}, "aparte"),
    "places counted by a secret": ("counted_by_secret", {"lookups__tesoreria__by": "que", "reserves": [{"of": "adeudo"}]}, "personal: none"),
}  # fmt: skip


@pytest.mark.parametrize("what", NAMED)
def test_a_name_that_leads_nowhere_is_found_with_its_remedy(what):
    code, change, remedy = NAMED[what]
    found = [one for one in findings.check(program(**change), AROUND) if one.code == code]
    assert len(found) == 1, what
    assert remedy in found[0].text


def test_what_is_there_is_not_mentioned():
    change = {"rules__tables__decision": offering("pago-predial"), "lookups": None}
    change |= {"data__adeudo__source": "earlier:pago-predial.cuenta"}
    codes = {one.code for one in findings.check(program(**change), AROUND)}
    assert not {code for code, _, _ in NAMED.values()} & codes


def test_what_an_installation_does_not_know_is_not_said():
    assert findings.check(program(sheet__agency="cualquiera"), Around()) == []


def test_an_agenda_that_is_not_open_yet_is_a_warning():
    _, change, _ = NAMED["agenda"]
    assert {one.level for one in findings.check(program(**change), AROUND) if "agenda" in one.code} == {
        "warning"
    }


RESERVES = {
    "unknown": {"reserves": [{"of": "lugares"}]},
    "not a register's": {"reserves": [{"of": "area"}]},
    "no figure": {"reserves": [{"of": "adeudo", "units": "vende"}]},
}


@pytest.mark.parametrize("what", RESERVES)
def test_places_are_taken_of_what_a_register_counts(what):
    from alcaldia.procedures.rules.program import load

    found, problems = load(tree(**RESERVES[what]))
    assert found is None
    assert problems[0].path[0] == "reserves"


def test_a_file_says_the_line_of_a_wrong_offer_and_knows_the_files_beside_it(tmp_path):
    text = definitions.paths()["refrendo-licencia"].read_text(encoding="utf-8")
    path = tmp_path / "refrendo.yaml"
    path.write_text(text.replace("offer: licencia-bajo-riesgo", "offer: licencia-mia"), encoding="utf-8")
    line = 1 + path.read_text(encoding="utf-8").splitlines().index(
        next(one for one in path.read_text(encoding="utf-8").splitlines() if "licencia-mia" in one)
    )
    found = [one for one in definitions.check_file(path)[1] if one.problem.code == "unknown_procedure"]
    assert found[0].line == line
    assert "página que no existe" in found[0].sentence()
    other = definitions.paths()["licencia-bajo-riesgo"].read_text(encoding="utf-8")
    (tmp_path / "licencia-mia.yaml").write_text(
        other.replace("key: licencia-bajo-riesgo", "key: licencia-mia")
    )
    assert not [one for one in definitions.check_file(path)[1] if one.problem.code == "unknown_procedure"]
