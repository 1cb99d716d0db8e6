"""The legal sheet of every procedure: a page for people, open data for programs, both from the definition alone."""

import csv
import io

import pytest

from alcaldia.procedures import definitions
from alcaldia.procedures.queries import sheets
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/municipalities/pueblo/sheets"


def test_the_page_has_what_the_catalogue_asks_and_says_what_is_to_be_confirmed(client, town):
    card = client.get("/m/pueblo/tramite/licencia-bajo-riesgo/").content.decode()
    assert "/m/pueblo/tramite/licencia-bajo-riesgo/ficha/" in card
    page = words(client.get("/m/pueblo/tramite/licencia-bajo-riesgo/ficha/"))
    for text in ("A Autoridad", "M Sanciones", "Homoclave MUN-005", "CURP se pide", "las del reglamento citado, por confirmar",
                 "Vigencia 1 año (por confirmar por el municipio)", "Padrón y licencias", "este portal, quiosco, ventanilla, otros sistemas",
                 "se revisa: Extintor, Salida libre", "portal y correo"):  # fmt: skip
        assert text in page, text


def test_what_has_no_value_has_no_line(client, town):
    page = words(client.get("/m/pueblo/tramite/licencia-bajo-riesgo/ficha/"))
    assert [
        text
        for text in ("Modalidad", "Excepciones", "Renovación", "None", "padron-y-licencias")
        if text in page
    ] == []


def test_every_procedure_has_its_page(client, town):
    for key in definitions.programs("pueblo"):
        assert client.get(f"/m/pueblo/tramite/{key}/ficha/").status_code == 200, key
    assert client.get("/m/pueblo/tramite/nada/ficha/").status_code == 404


def test_all_sheets_are_open_data_with_every_field(client, town):
    told = client.get(API).json()
    one = next(sheet for sheet in told["sheets"] if sheet["key"] == "licencia-bajo-riesgo")
    assert len(told["sheets"]) == len(definitions.programs("pueblo"))
    assert (one["sanctions"], one["curp"], one["correction"]["medium"]) == (
        "las del reglamento citado, por confirmar",
        "required",
        "portal y correo",
    )
    assert (one["name"]["en"], one["figures"]["por_m2"]["value"], one["inspections"][0]["agency"]) == ("Operating licence, low risk", "5", "proteccion-civil")  # fmt: skip
    assert client.get(f"{API}/licencia-bajo-riesgo").json() == one
    assert client.get(f"{API}/nada").status_code == 404


def test_the_table_has_a_row_for_each(client, town):
    answer = client.get(f"{API}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (answer["Content-Type"], list(rows[0])) == ("text/csv; charset=utf-8", list(sheets.COLUMNS))
    assert {row["key"] for row in rows} == set(definitions.programs("pueblo"))
    assert next(row for row in rows if row["key"] == "licencia-bajo-riesgo")["can_finish_online"] == "true"
    assert "=" not in {row["plain_name"][:1] for row in rows}


def test_who_has_it_is_told_so_until_a_definition_changes(client, town):
    first = client.get(API)
    again = client.get(API, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, first["Cache-Control"]) == (304, b"", "public, max-age=300")
    assert "Set-Cookie" not in first.headers


def test_the_page_of_agencies_leads_to_them(client, town):
    page = client.get("/m/pueblo/dependencias/").content.decode()
    assert API in page
    assert f"{API}.csv" in page


def test_no_cell_is_run_by_a_spreadsheet(town, monkeypatch):
    told = sheets.sheet(town, definitions.programs("pueblo")["licencia-bajo-riesgo"])
    monkeypatch.setattr(sheets, "sheets", lambda town: [{**told, "sanctions": "=1+1"}])
    assert "'=1+1" in sheets.rows(town)[0]
