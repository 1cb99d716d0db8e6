"""The legal sheet of every procedure: a page for people, open data for programs, both from the definition alone."""

import csv
import dataclasses
import io
from decimal import Decimal

import pytest

from alcaldia.kernel.shape import Text
from alcaldia.procedures import definitions
from alcaldia.procedures.queries import sheets
from alcaldia.procedures.rules.sheet import Charge, Correction, Sheet
from alcaldia.web.portal.procedures import legal
from tests.procedures.test_pages import words

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/municipalities/pueblo/sheets"


def test_the_page_has_what_the_catalogue_asks_and_says_what_is_to_be_confirmed(client, town):
    card = client.get("/m/pueblo/tramite/licencia-bajo-riesgo/").content.decode()
    assert "/m/pueblo/tramite/licencia-bajo-riesgo/ficha/" in card
    page = words(client.get("/m/pueblo/tramite/licencia-bajo-riesgo/ficha/"))
    for text in ("A Autoridad", "M Sanciones", "Homoclave MUN-005", "CURP no se pide", "las del reglamento citado, por confirmar",
                 "Vigencia 1 año (por confirmar por el municipio)", "Padrón y licencias", "este portal, quiosco, ventanilla, otros sistemas",
                 "se revisa: Extintor, Salida libre", "portal y correo", "Lugar donde se hace En línea", "Tipo de formato preguntas en línea",
                 "no abre: sábados, domingos", "pedir lo que falte el primer tercio del plazo"):  # fmt: skip
        assert text in page, text


def test_what_has_no_value_has_no_line(client, town):
    page = words(client.get("/m/pueblo/tramite/licencia-bajo-riesgo/ficha/"))
    assert [text for text in ("Modalidad", "Excepciones", "None", "padron-y-licencias") if text in page] == []


def test_every_procedure_has_its_page(client, town):
    for key in definitions.programs("pueblo"):
        assert client.get(f"/m/pueblo/tramite/{key}/ficha/").status_code == 200, key
    assert client.get("/m/pueblo/tramite/nada/ficha/").status_code == 404


FIELDS = {
    "A control": "agency agency_name unit receiving_area resolving_area issuing_authority liaison catalogue_authority",
    "B identity": "official_code kind subject modality name plain_name cases exceptions",
    "C channels": "channels can_start_online can_finish_online url place",
    "D requirements": "requirements curp rfc least_assurance",
    "E legal basis": "legal_basis",
    "F related": "related next_steps",
    "G form": "form_kind form_name form_published data",
    "H inspection": "inspections",
    "I offices": "offices",
    "J terms": "deadline tacit tacit_basis correction appeal",
    "K amount": "cost costs fee figures",
    "L validity": "validity renewal criteria cases_per_year",
    "M the rest": "sanctions personal_data privacy_notice complaints risk activity_codes audience life_events",
}  # fmt: skip
PARTS = {
    "requirements": "name form field issued_by issued_by_government consulted remarks",
    "legal_basis": "ordinance articles medium published to_confirm",
    "related": "procedure relation",
    "inspections": "aim agency moment checklist legal_basis",
    "offices": "name address hours non_working_days",
    "costs": "concept amount method legal_basis to_confirm",
    "deadline": "amount unit legal_basis to_confirm",
    "correction": "ask_within comply_within medium legal_basis",
    "cost": "summary legal_basis variable forms_of_payment to_confirm",
    "validity": "amount unit legal_basis to_confirm",
}
"""What a municipal catalogue asks of a sheet, group by group, and of what parts its groups are made."""


def test_all_sheets_are_open_data_with_every_field(client, town):
    told = client.get(API).json()
    asked = {name for names in FIELDS.values() for name in names.split()}
    for sheet in told["sheets"]:
        assert asked - set(sheet) == set(), sheet["key"]
    rich = client.get(f"{API}/licencia-bajo-riesgo").json()
    for name, parts in PARTS.items():
        part = rich[name][0] if isinstance(rich[name], list) else rich[name]
        assert set(parts.split()) - set(part) == set(), name
    one = next(sheet for sheet in told["sheets"] if sheet["key"] == "licencia-bajo-riesgo")
    assert len(told["sheets"]) == len(definitions.programs("pueblo"))
    assert (one["sanctions"], one["curp"], one["correction"]["medium"]) == (
        "las del reglamento citado, por confirmar",
        "not_asked",
        "portal y correo",
    )
    assert (one["name"]["en"], one["figures"]["por_m2"]["value"], one["inspections"][0]["agency"]) == ("Operating licence, low risk", "5", "proteccion-civil")  # fmt: skip
    assert client.get(f"{API}/licencia-bajo-riesgo").json() == one
    assert client.get(f"{API}/nada").status_code == 404


def test_every_field_of_a_sheet_is_named_in_the_list(client, town):
    """A field that is added is put where the catalogue has it."""
    asked = {name for names in FIELDS.values() for name in names.split()}
    besides = {"key", "also_called", "summary", "family", "result"}
    assert {one.name for one in dataclasses.fields(Sheet)} - asked == besides


def test_what_a_town_adds_is_on_its_page_and_in_its_data(town):
    program = definitions.programs("pueblo")["licencia-bajo-riesgo"]
    added = dataclasses.replace(
        program.definition.sheet, form_kind="paper", form_name=Text((("es", "Formato F-1"),)), correction=Correction(ask_within=2),
        costs=(Charge(Text((("es", "Placa"),)), Decimal(1250), legal_basis="Ley de Ingresos art. 9"),),
    )  # fmt: skip
    changed = dataclasses.replace(program.definition, sheet=added)
    rows = {
        str(label): [str(line) for line in lines]
        for part in legal.parts(town, changed)
        for label, lines in part.rows
    }
    assert (rows["Tipo de formato"], rows["Nombre del formato"]) == (["formato en papel"], ["Formato F-1"])
    assert rows["Placa"] == ["$1,250 (por confirmar por el municipio)", "Ley de Ingresos art. 9"]
    assert rows["Tiempo de la autoridad para pedir lo que falte"] == ["2 días hábiles"]
    told = sheets.costs(changed)
    assert [(one["concept"], one["amount"]) for one in told] == [({"es": "Placa"}, "1250")]


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
