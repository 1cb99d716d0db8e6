"""From an address to a signed ruling, without a map and without JavaScript."""

import datetime
import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from alcaldia.land.census import StillCounting
from alcaldia.land.models import IssuedRuling, NormRow, Parcel
from alcaldia.procedures import actions
from tests.factories.town import box, layer, shape_fields, town

pytestmark = pytest.mark.django_db
SHEET = "/visor/pueblo/predio/id-L1/"


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


def page(client, address: str, status: int = 200, **more) -> str:
    response = client.get(address, **more)
    assert response.status_code == status
    return response.content.decode()


def test_a_misspelt_address_leads_to_its_sheet(client):
    town()
    found = page(client, "/visor/pueblo/?q=benito+juares")
    assert SHEET in found
    assert "200.00\u00a0m²" in page(client, SHEET)


@pytest.mark.parametrize("typed", ["juares", "benit juares 45", "benitto"])
def test_one_wrong_letter_in_a_word_still_finds_the_street(client, typed):
    town()
    found = client.get("/visor/pueblo/", {"q": typed})
    assert found.status_code == 302 or SHEET in found.content.decode()


def test_words_that_resemble_no_street_find_none(client):
    town()
    assert "No encontramos" in page(client, "/visor/pueblo/?q=zzquetz+40")


def test_a_business_with_a_wrong_letter_is_offered_where_no_place_is_found(client):
    town()
    assert "/visor/pueblo/donde/?giro=722515" in page(client, "/visor/pueblo/?q=takos")


def test_the_only_municipality_is_chosen_at_once(client):
    town()
    assert client.get("/visor/").headers["Location"] == "/visor/pueblo/"
    assert 'action="/m/pueblo/buscar/"' in page(client, "/")


def test_with_two_municipalities_the_person_chooses(client):
    town()
    town("otro")
    assert "Elija su municipio" in page(client, "/")
    assert "/visor/otro/" in page(client, "/visor/")
    assert 'action="/m/otro/buscar/"' in page(client, "/?m=otro")


@pytest.mark.parametrize(
    ("metres", "told"), [("-5", "No puede ser menos que cero"), ("1e12", "demasiado grande")]
)
def test_an_impossible_figure_is_answered_with_what_to_do(client, metres, told):
    town()
    assert told in page(client, f"{SHEET}negocio/?giro=tacos&m2={metres}")


def test_asking_shows_the_answer_and_issues_nothing(client):
    town()
    shown = page(client, SHEET + "negocio/?giro=tacos&m2=40")
    assert "Sí, con condiciones" in shown
    assert "Cerrar a las 22 horas." in shown
    assert not IssuedRuling.objects.exists()


def test_issuing_gives_a_folio_and_a_pdf_that_verifies(client):
    town()
    answer = client.post(SHEET + "negocio/", {"giro": "461110", "m2": "40"})
    ruling = IssuedRuling.objects.get()
    assert answer.headers["Location"] == f"/visor/pueblo/dictamen/{ruling.folio}/"
    assert ruling.folio in page(client, answer.headers["Location"])
    pdf = client.get(f"/visor/pueblo/dictamen/{ruling.folio}/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert "Auténtico y vigente" in page(client, f"/verificar/{ruling.folio}")


def test_a_folio_of_another_municipality_is_not_shown(client):
    town()
    town("otro")
    client.post(SHEET + "negocio/", {"giro": "461110", "m2": "40"})
    page(client, f"/visor/otro/dictamen/{IssuedRuling.objects.get().folio}/", 404)


def test_a_parcel_without_zone_is_never_permitted(client):
    town()
    shown = page(client, "/visor/pueblo/predio/id-L6/negocio/?giro=461110")
    assert "No se puede determinar" in shown
    assert "Sí se puede" not in shown


def test_a_parcel_in_two_zones_shows_both_parts(client):
    town()
    shown = page(client, "/visor/pueblo/predio/id-L3/negocio/?giro=461110")
    assert "Partes del predio" in shown
    assert shown.count("50\u00a0%") >= 2


def test_an_unknown_business_asks_again_instead_of_guessing(client):
    town()
    shown = page(client, SHEET + "negocio/?giro=zzzzqqq")
    assert "No encontramos ese giro" in shown
    assert 'class="verdict' not in shown


def test_nothing_is_issued_for_a_business_that_is_only_a_guess(client):
    town()
    answer = client.post(SHEET + "negocio/", {"giro": "tallarines mecanografiados", "m2": "40"})
    assert answer.status_code == 404
    assert "No conocemos el giro" in answer.content.decode()
    assert not IssuedRuling.objects.exists()


def test_a_project_without_measures_is_asked_for_one(client):
    town()
    assert "Escriba al menos una medida" in page(client, SHEET + "obra/?levels=")


def test_a_wrong_figure_is_said_beside_its_field(client):
    town()
    shown = page(client, SHEET + "obra/?levels=muchos")
    assert re.search(r'aria-invalid="true"[^>]*id="id_levels"|id="id_levels"[^>]*aria-invalid="true"', shown)
    assert 'id="id_levels_error"' in shown


def test_too_many_levels_are_refused_with_the_remedy(client):
    town()
    shown = page(client, SHEET + "obra/?levels=9&footprint_m2=100&built_m2=200&height_m=6&setback_front_m=3")
    assert "No se puede" in shown
    assert "Qué tendría que cambiar" in shown


def _untokened(text):
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_the_panel_of_the_map_is_the_panel_of_the_page(client):
    town()
    whole = page(client, SHEET)
    part = page(client, SHEET, headers={"X-Visor-Fragment": "1"})
    body = part.split("</title>", 1)[1].strip()
    assert body
    # Each answer masks the token of its forms anew.
    assert _untokened(body) in _untokened(whole)
    assert "<header" not in part


def test_where_counts_parcels_by_neighbourhood(client):
    town()
    shown = page(client, "/visor/pueblo/donde/?giro=tienda")
    assert "«Tiendas de abarrotes»" in shown
    ids = client.get("/visor/pueblo/donde.json?giro=461110").json()
    assert "id-L1" in ids["permitted"]
    assert "id-L6" not in ids["permitted"] + ids["conditional"]


def test_where_is_asked_anew_when_a_norm_starts_to_apply(client, monkeypatch):
    town()
    address, day = "/visor/pueblo/donde.json?giro=461110", datetime.date(2026, 11, 22)
    NormRow.objects.filter(zone_code="H1", parameter="cos").update(valid_from=datetime.date(2026, 11, 23))
    monkeypatch.setattr("alcaldia.land.census.today", lambda _: day)
    before = client.get(address).json()
    assert client.get(address).json() == before
    day += datetime.timedelta(days=1)
    assert len(client.get(address).json()["permitted"]) > len(before["permitted"])


def test_while_the_parcels_are_counted_the_page_shows_how_far_it_is(client, monkeypatch):
    town()

    def counting(book):
        raise StillCounting(40)

    monkeypatch.setattr("alcaldia.land.census.of", counting)
    assert '<progress id="barra" max="100" value="40">' in page(client, "/visor/pueblo/donde/?giro=tienda")
    assert client.get("/visor/pueblo/donde.json?giro=461110").status_code == 503


def test_a_click_outside_every_parcel_says_what_to_do(client):
    town()
    assert "No hay ningún predio" in page(client, "/visor/pueblo/punto/?lon=0&lat=0", 404)
    assert "lon y lat" in page(client, "/visor/pueblo/punto/?lon=x", 400)


@pytest.mark.parametrize("name", ["zone", "use", "land_value", "year", "levels"])
def test_every_theme_has_a_table(client, name):
    town()
    assert "<table>" in page(client, f"/visor/pueblo/tema/{name}/")


def test_the_style_draws_published_layers_without_a_glyph_server(client):
    town()
    style = client.get("/visor/pueblo/estilo.json").json()
    assert "glyphs" not in style
    assert {"parcels", "zones"} <= set(style["sources"])
    assert all(layer.get("source", "parcels") in style["sources"] for layer in style["layers"])


def test_no_volume_is_drawn_while_a_setback_is_unknown(client):
    town()
    assert client.get(SHEET + "volumen.json").json()["features"] == []
    assert "no dice todos los retiros" in page(client, SHEET)


def test_the_volume_is_as_high_as_the_norm_lets_it(client):
    town()
    version = NormRow.objects.filter(zone_code="H1")[0].version
    for name in ("setback_side", "setback_rear"):
        NormRow.objects.create(version=version, zone_code="H1", parameter=name, bound="min", value=1)
    found = client.get(SHEET + "volumen.json").json()["features"]
    assert [one["properties"] for one in found] == [{"kind": "permitted", "height": 7.0}]
    said = page(client, SHEET)
    assert "Alto permitido</dt><dd>7\u00a0m" in said
    assert "no dice todos los retiros" not in said


def test_the_sheet_downloads_as_a_tagged_pdf_that_says_what_the_page_says(client):
    town()
    answer = client.get(SHEET + "ficha.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    reader = PdfReader(BytesIO(answer.content))
    said = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "<pdfuaid:part>1<" in reader.trailer["/Root"]["/Metadata"].get_data().decode()
    for piece in (
        "Calle Benito Juárez 10",
        "200\u00a0m²",
        "H1",
        "máx. 0.6",
        "art.\u00a012",
        "No es un certificado",
    ):
        assert piece.replace("\u00a0", " ").replace("Calle ", "") in said
    assert "/visor/pueblo/predio/id-L1/" in said
    assert f'href="{SHEET}ficha.pdf"' in page(client, SHEET)


def test_the_sheet_of_a_parcel_without_zone_says_so(client):
    town()
    answer = client.get("/visor/pueblo/predio/id-L6/ficha.pdf")
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "No está en ninguna zona del plan" in said
    assert "Sin dato" in said


def test_the_sheet_tells_how_much_of_the_parcel_no_zone_covers(client):
    made = town()
    shape = shape_fields(box(50, 0, 56, 20))  # five of its six metres are in C1; 5/6 has endless decimals
    Parcel.objects.filter(key="L6").update(**shape)
    answer = client.get(f"/visor/{made.slug}/predio/id-L6/ficha.pdf")
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "Ocupa 20 m² del predio (16.7 %)" in said.replace("\u00a0", " ")


def test_the_sheet_of_no_parcel_is_not_found(client):
    town()
    page(client, "/visor/pueblo/predio/nada/ficha.pdf", 404)


def test_the_page_says_what_todays_plan_would_change(client):
    made = town()
    ruling = actions.issue_land_use_ruling(
        municipality="pueblo", parcel="L1", activity="461110", area_m2="40", by="public", channel="test"
    )
    address = f"/visor/pueblo/dictamen/{ruling.folio}/hoy/"
    assert "Nada cambiaría" in client.get(address).content.decode()
    layer(made, "rio", [box(0, 0, 30, 5)], {"effect": "prohibits", "text": "Zona inundable."})
    page = client.get(address).content.decode()
    assert "exactamente igual" in page
    assert "Zona inundable." in page
    assert "No se revisaba" in page
