"""What nobody should send, sent: each gets a sentence that says what to do, and nothing is half-written."""

import json
import threading

import pytest
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import Client

from alcaldia.land.models import Dataset, Feature, IssuedRuling, Parcel
from alcaldia.ledger.models import Entry
from alcaldia.project.cli import main
from alcaldia.web.components.readonly import WriteInRead
from tests.factories.town import LOTS, layer, lonlat, shape_fields, town

pytestmark = pytest.mark.django_db
API = "/api/v1/municipalities/pueblo"
JSON = "application/json"
SHEET = "/visor/pueblo/predio/id-L1/"
QUESTION = {"parcel": "L1", "activity": "722515"}


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}


def refused(answer: HttpResponse, status: int) -> dict:
    """The problem document of an answer, checked for what every one of them promises."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert body["detail"].endswith((".", "?"))
    assert "Traceback" not in body["detail"]
    return body


def ask(client: Client, body: object, kind: str = "land-use") -> HttpResponse:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(f"{API}/rulings/{kind}", text, content_type="application/json")


LAND_USE = [
    ({**QUESTION, "area_m2": 0}, 400, "bad_area"),
    ({**QUESTION, "area_m2": -1}, 400, "bad_area"),
    ({**QUESTION, "area_m2": 1e6}, 400, "area_too_large"),
    ({**QUESTION, "area_m2": "muchos"}, 400, "not_a_number"),
    ({**QUESTION, "area_m2": "NaN"}, 400, "not_a_number"),
    ({**QUESTION, "area_m2": True}, 400, "invalid_request"),
    ({**QUESTION, "area_m2": [1]}, 400, "invalid_request"),
    ({**QUESTION, "superficie": 40}, 400, "invalid_request"),
    ({**QUESTION, "activity": "999999"}, 404, "unknown_activity"),
    ({**QUESTION, "activity": "72\x0025"}, 400, "bad_request"),
    ({**QUESTION, "activity": ""}, 404, "unknown_activity"),
    ({**QUESTION, "parcel": "X"}, 404, "unknown_parcel"),
    ({**QUESTION, "parcel": "L1\x00"}, 400, "bad_request"),
    ({**QUESTION, "parcel": " "}, 400, "missing_key"),
    ({**QUESTION, "parcel": "Ｌ１\u202e"}, 404, "unknown_parcel"),
    ({**QUESTION, "parcel": "x" * 10_000}, 400, "invalid_request"),
    ('{"parcel": "L1", "activity": "722515", "area_m2": NaN}', 400, "bad_request"),
    ('{"parcel": "L1", "activity": "722515", "area_m2": 1e400}', 400, "not_a_number"),
    ('{"parcel": "\\ud800", "activity": "722515"}', 400, "bad_request"),
    ('{"parcel": "L1"', 400, "bad_request"),
    ("[" * 100_000, 400, "bad_request"),
    ("<ruling/>", 400, "bad_request"),
    (b"\xff\xfe", 400, "bad_request"),
    ("null", 400, "invalid_request"),
    ("", 400, "invalid_request"),
]


@pytest.mark.parametrize(("body", "status", "code"), LAND_USE, ids=lambda one: str(one)[:40])
def test_a_bad_question_is_told_what_is_wrong(client, body, status, code):
    town()
    assert refused(ask(client, body), status)["code"] == code
    assert not IssuedRuling.objects.exists()


@pytest.mark.parametrize(
    "project",
    [{"levels": -1}, {"levels": 1.5}, {"levels": "tres"}, {"built_m2": 1e300}, {"zzz": 1}, {"use": 5}, {"use": "a\x00"},
     {"use": "\ud800"}, {"height_m": "NaN"}, {"levels": [3]}],
    ids=str,
)  # fmt: skip
def test_a_project_that_cannot_be_built_is_told_what_is_wrong(client, project):
    town()
    assert refused(ask(client, {"parcel": "L1", "project": project}, "construction"), 400)


PLACES = [
    ("", 400, "missing_parameter"),
    ("lon=0&lat=0", 404, "no_parcel_here"),
    ("lon=nan&lat=0", 400, "bad_coordinates"),
    ("lon=1e400&lat=0", 400, "bad_coordinates"),
    ("lon=200&lat=95", 400, "bad_coordinates"),
    ("lon=x&lat=0", 400, "invalid_request"),
    ("lon=1", 400, "missing_parameter"),
    ("key=", 400, "missing_key"),
    ("key=nada", 404, "unknown_parcel"),
    ("key=L1%00", 400, "bad_text"),
    ("q=%00", 400, "bad_text"),
]


@pytest.mark.parametrize(("query", "status", "code"), PLACES)
def test_a_place_that_is_none_is_told_what_to_do(client, query, status, code):
    town()
    assert refused(client.get(f"{API}/parcels?{query}"), status)["code"] == code


@pytest.mark.parametrize(
    "text", ["a" * 10_000, "\u202e\u0301" * 3_000, "💩" * 2_000, "' OR 1=1 --", "%", "\ud800"]
)
def test_a_strange_search_finds_nothing_and_breaks_nothing(client, text):
    town()
    query = text.encode("utf-8", "surrogatepass")
    assert client.get(f"{API}/parcels", {"q": query}).json() == []
    assert client.get("/visor/pueblo/", {"q": query}).status_code == 200


def test_a_repeated_key_asks_which_parcel(client):
    town()
    Parcel.objects.filter(key="L2").update(key="L1")
    assert "id-L2" in refused(client.get(f"{API}/parcels?key=L1"), 409)["detail"]
    assert refused(ask(client, QUESTION), 409)["code"] == "ambiguous_key"


def test_a_point_in_two_parcels_names_both_smallest_first(client):
    made = town()
    version = Dataset.objects.get(municipality=made, kind="parcels").current
    Parcel.objects.create(
        version=version, source_row=9, key="L9", public_id="id-L9", **shape_fields(LOTS["L1"].buffer(-2))
    )
    from alcaldia.land import geostore

    geostore.forget_version("land_parcel", version.pk)
    geostore.index_version("land_parcel", version.pk)
    lon, lat = lonlat(5, 10)
    assert [one["key"] for one in client.get(f"{API}/parcels?lon={lon}&lat={lat}").json()] == ["L9", "L1"]


ADDRESSES = [
    "/tiles/pueblo/parcels/99/0/0.mvt", "/tiles/pueblo/parcels/3/8/0.mvt", "/tiles/pueblo/parcels/10/-1/0.mvt",
    "/tiles/pueblo/parcels/10/" + "9" * 30 + "/0.mvt", "/tiles/pueblo/nada/1/0/0.mvt", "/tiles/nada/parcels/1/0/0.mvt",
    "/tiles/pueblo/..%2f..%2fmain/1/0/0.mvt", "/tiles/../keys/1/0/0.mvt", "/static/..%2f..%2fmain.sqlite3",
    "/visor/..%2f..%2fetc/", "/visor/pueblo/predio/..%2f..%2fmain.sqlite3/", "/visor/pueblo/predio/x%27--/croquis.svg",
    "/visor/pueblo/tema/..%2fx/", "/visor/pueblo/dictamen/nada/", "/visor/pueblo/dictamen/..%2f..%2fx/pdf",
    "/verificar/DUS-2026-7K3M-9QXF-04TC", "/verificar/..%2f..%2fkeys", "/log/tile/" + "9" * 6000 + "/000",
    "/log/tile/-1/000", "/m/nada/", "/m/nada/tema.css", "/?m=nada", f"{API}/parcels/..%2f..%2fx", "/api/v1/municipalities/nada/layers",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: one[:50])
def test_what_does_not_exist_is_a_sentence_and_never_a_file(client, address):
    town()
    answer = client.get(address)
    assert answer.status_code == 404
    assert b"SQLite format" not in answer.content
    assert "." in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/visor/%00/", "/visor/pueblo/?q=a%00", f"{SHEET}negocio/?giro=%00", "/?m=%00", f"{API}/parcels/%00"],
)
def test_an_invisible_nul_is_refused_at_the_door(client, address):
    town()
    assert "carácter invisible" in client.get(address).content.decode()


def test_a_form_with_a_nul_is_refused_at_the_door(client):
    town()
    answer = client.post(f"{SHEET}negocio/", "giro=461110%00&m2=40", "application/x-www-form-urlencoded")
    assert (answer.status_code, IssuedRuling.objects.count()) == (400, 0)


def test_two_gigabytes_are_refused_by_their_announced_length(client):
    town()
    announced = {"CONTENT_LENGTH": str(2 * 2**30)}
    assert refused(client.post(f"{API}/rulings/land-use", "{}", "application/json", **announced), 413)
    assert client.post("/verificar/", **announced).status_code == 413
    assert client.post("/verificar/", CONTENT_LENGTH="²").status_code == 413


def test_a_json_of_three_megabytes_is_refused(client):
    town()
    assert refused(ask(client, {**QUESTION, "parcel": "x" * 3 * 2**20}), 413)["code"] == "too_large"


@pytest.mark.parametrize("address", [f"{SHEET}negocio/", "/idioma/", "/oficina/entrar/", "/verificar/"])
def test_a_form_of_another_site_changes_nothing(address):
    town()
    answer = Client(enforce_csrf_checks=True).post(address, {"giro": "461110", "language": "en"})
    assert (answer.status_code, IssuedRuling.objects.count()) == (403, 0)
    assert "actualícela" in answer.content.decode()
    assert "<style" not in answer.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_page_that_only_shows_takes_nothing_else(client, method):
    town()
    assert (
        refused(getattr(client, method)(f"{API}/layers", content_type=JSON), 405)["code"]
        == "method_not_allowed"
    )
    page = getattr(client, method)("/visor/pueblo/")
    assert (page.status_code, "GET" in page.headers["Allow"], "Vuelva" in page.content.decode()) == (
        405,
        True,
        True,
    )


def test_a_page_that_shows_cannot_write(client, monkeypatch):
    town()

    def write(*_: object) -> None:
        with transaction.atomic():
            Parcel.objects.update(street="Mía")

    monkeypatch.setattr("alcaldia.web.visor.views.search", write)
    with pytest.raises(WriteInRead):
        client.get("/visor/pueblo/?q=x")
    assert not Parcel.objects.filter(street="Mía").exists()


def test_a_failure_of_ours_is_a_problem_too_and_tells_nothing(client, monkeypatch):
    town()

    def broken(*_):
        raise RuntimeError("/secret/path")

    monkeypatch.setattr("alcaldia.web.api.views.layers", broken)
    client.raise_request_exception = False
    assert "secret" not in str(refused(client.get(f"{API}/layers"), 500))


HOSTILE = '<script>alert("x")</script>=HYPERLINK("//evil")'


def test_markup_in_the_data_is_text_on_every_page(client):
    made = town()
    Parcel.objects.filter(key="L1").update(street=HOSTILE, neighbourhood=HOSTILE, current_use=HOSTILE)
    Feature.objects.filter(code="H1").update(name=HOSTILE)
    layer(made, "hostil", [LOTS["L1"]], theme=HOSTILE, origin=HOSTILE, licence=HOSTILE)
    for address in (SHEET, f"{SHEET}negocio/?giro=tacos", f"{SHEET}obra/?levels=2", "/visor/pueblo/capas/",
                    f"/visor/pueblo/?q={HOSTILE}", f"/visor/pueblo/donde/?giro={HOSTILE}", "/visor/pueblo/tema/use/", f"{SHEET}croquis.svg"):  # fmt: skip
        shown = client.get(address).content.decode()
        assert "<script>alert" not in shown, address


COMMANDS = [
    ("rule land-use --parcel X --activity 722515", "clave «X»"),
    ("rule land-use --parcel \udcff --activity 722515", "UTF-8"),
    ("rule land-use --parcel L1 --activity 999999", "giro"),
    ("rule land-use --parcel L1 --activity 722515 --area 1e400", "número"),
    ("rule land-use --parcel L1 --activity 722515 --area 99999", "mayor que el predio"),
    ("rule construction --parcel L1 --project {deep}", "JSON"),
    ("rule construction --parcel L1 --project {folder}", "No se pudo leer"),
    ("import zones {folder}/nada.geojson", "No encuentro"),
    ("import zones {deep}", "JSON"),
    ("export rulings --activity 722515 {folder}/nada/x.csv", "No existe la carpeta"),
]


@pytest.mark.parametrize(("words", "said"), COMMANDS, ids=lambda one: ascii(one)[:40])
def test_the_command_line_refuses_in_one_sentence(capsys, tmp_path, words, said):
    town()
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 200_000)
    line = [word.format(deep=deep, folder=tmp_path) for word in words.split()]
    assert main([*line, "--municipality", "pueblo"]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert said in told.err
    assert list(tmp_path.iterdir()) == [deep]


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="in memory, SQLite locks tables: tests/browser asks the real server"
)
@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_get_twenty_folios_and_twenty_leaves():
    town()
    before, answers = Entry.objects.count(), []

    def issue() -> None:
        body = json.dumps({"parcel": "L1", "activity": "461110", "area_m2": 40, "issue": True})
        answers.append(Client().post(f"{API}/rulings/land-use", body, content_type="application/json"))
        connections.close_all()

    threads = [threading.Thread(target=issue) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.status_code for one in answers] == [201] * 20
    assert len({one.json()["folio"] for one in answers}) == 20
    assert Entry.objects.count() - before == 20
