"""A city's own list becomes drafts that compile: plain names, families, slips of the pen mended; nothing is published."""

import csv
import io
import os
from pathlib import Path

import pytest
import yaml

from alcaldia.catalogue import files
from alcaldia.kernel import strict_yaml
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import catalogue_import, definitions
from alcaldia.procedures.rules.program import load

LIST = """Homoclave,Nombre,Dependencia
TES-1,SOLICITUD DE PAGO DEL IMPUESTO PREDIAL,Tesorería
DU-7,EXPEDICIÓN DE LICENCIA DE CONSTRUCCIÓN PARA CASA HABITACIÓN NUEVA O AMPLIACIÓN,Desarrollo Urbano
,,
DU-8,CONSTANCIA DE ALINEAMINETO,Desarrollo Urbano
RC-1,COPIA CERTIFICADA DE ACTA DE NACIMIENTO,Registro Civil
RC-1,COPIA CERTIFICADA DE ACTA DE NACIMIENTO,Registro Civil
X-1,---,Varios
X-2,=HYPERLINK("x"),Varios
"""


def suggested(tmp_path, text=LIST, encoding="utf-8"):
    path = tmp_path / "lista.csv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return catalogue_import.read(path)


@pytest.fixture
def found(tmp_path):
    return suggested(tmp_path)


def test_each_row_keeps_its_title_and_its_line(found):
    assert [(one.row, one.code) for one in found[:3]] == [(2, "TES-1"), (3, "DU-7"), (5, "DU-8")]
    assert found[1].title.startswith("EXPEDICIÓN DE LICENCIA")


def test_plain_names_are_short_and_without_officialese(found):
    assert found[0].plain_name == "Pago del impuesto predial"
    assert all(1 <= len(one.plain_name.split()) <= 6 for one in found)
    assert not any(one.plain_name.lower().startswith(("solicitud", "expedición")) for one in found)


def test_families_and_look_alikes_are_those_of_the_catalogue(found):
    known = files.tree().families
    assert all(one.family in known or one.family == "" for one in found)
    assert (found[0].family, found[0].like) == ("predial", "pago-predial")
    assert found[3].like == "acta-nacimiento"


def test_a_slip_of_the_pen_is_mended_in_the_plain_name_and_told(found):
    assert ("alineamineto", "alineamiento") in found[2].spelling
    assert "alineamiento" in found[2].plain_name.lower()
    assert "ALINEAMINETO" in found[2].title


def test_every_draft_has_a_name_of_its_own_and_compiles_and_says_what_is_missing(found, tmp_path):
    assert len({one.key for one in found}) == len(found)
    for one in found:
        path = tmp_path / f"{one.key}.yaml"
        path.write_text(
            yaml.safe_dump(catalogue_import.draft(one), allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        program, complaints = definitions.check_file(path)
        assert program is not None, (one.title, complaints)
        assert {"few_tests", "few_aliases"} <= {each.problem.code for each in complaints}


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing(found):
    rows = list(csv.reader(io.StringIO(catalogue_import.table(found)), delimiter="\t"))
    assert len(rows) == len(found) + 1
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


@pytest.mark.parametrize(("sign", "encoding"), [(";", "cp1252"), ("\t", "utf-8-sig"), (",", "latin-1")])
def test_lists_as_spreadsheets_save_them_are_read(tmp_path, sign, encoding):
    text = f"Trámite{sign}Área\r\nPago de predial{sign}Tesorería\r\n"
    (one,) = suggested(tmp_path, text, encoding)
    assert (one.title, one.agency) == ("Pago de predial", "Tesorería")


BAD = {
    "no_column": "clave,dependencia\n1,X\n",
    "no_rows": "nombre\n\n",
    "too_many_rows": "nombre\n" + "Pago\n" * 5_001,
    "unreadable": b"PK\x03\x04\x81\x8d\x00\x00nombre",
}


@pytest.mark.parametrize("code", BAD)
def test_what_is_no_list_is_refused_with_what_to_do(tmp_path, code):
    with pytest.raises(Refusal) as refused:
        suggested(tmp_path, BAD[code])
    assert refused.value.code == code
    assert refused.value.detail.endswith(".")


def test_a_cell_of_a_megabyte_is_refused(tmp_path):
    with pytest.raises(Refusal, match="lista"):
        suggested(tmp_path, f'nombre\n"{"a" * 200_000}"\n')


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(Refusal, match="No existe"):
        catalogue_import.read(tmp_path / "nada.csv")


@pytest.mark.real_data
def test_a_real_list_of_a_city_gives_drafts_that_compile():
    path = Path(os.environ.get("ALCALDIA_DATA", "missing")) / "catalogue" / "catalogo_ensenada_indice.tsv"
    if not path.is_file():
        pytest.skip("needs ALCALDIA_DATA")
    found = catalogue_import.read(path)
    assert len(found) == 236 == len({one.key for one in found})
    for one in found:
        text = yaml.safe_dump(catalogue_import.draft(one), allow_unicode=True, sort_keys=False)
        assert load(strict_yaml.read(text).value)[0] is not None, one.title
    assert sum(bool(one.family) for one in found) > 150
