"""The JSON door: the shapes of CONTRACT.md, and problems that say what to do."""

import json

import pytest

from tests.factories.town import lonlat, town

pytestmark = pytest.mark.django_db
BASE = "/api/v1/municipalities"


def post(client, path, body):
    return client.post(f"{BASE}/{path}", json.dumps(body), content_type="application/json")


def test_a_click_finds_the_parcel_and_its_sheet(client):
    town()
    lon, lat = lonlat(5, 10)
    found = client.get(f"{BASE}/pueblo/parcels", {"lon": lon, "lat": lat}).json()
    sheet = client.get(f"{BASE}/pueblo/parcels/{found[0]['id']}").json()
    assert sheet["key"] == "L1"
    assert sheet["cos"]["permitted"] == 0.6
    assert sheet["zones"] == [{"code": "H1", "share": 1, "area_m2": 200}]


def test_a_ruling_has_the_fields_of_the_contract(client):
    town()
    answer = post(client, "pueblo/rulings/land-use", {"parcel": "L1", "activity": "461110", "area_m2": 40})
    document = answer.json()
    assert document["outcome"] == "permitted"
    assert document["folio"] is None
    assert set(document["lines"][0]) >= {
        "check",
        "label",
        "value",
        "limit",
        "bound",
        "unit",
        "result",
        "basis",
        "source",
    }
    assert len(document["trace_sha256"]) == 64


def test_issuing_answers_201_with_a_folio(client):
    town()
    body = {"parcel": "L1", "project": {"footprint_m2": 100, "built_m2": 200, "levels": 2, "height_m": 6, "setback_front_m": 3}, "issue": True}  # fmt: skip
    answer = post(client, "pueblo/rulings/construction", body)
    assert (answer.status_code, answer.json()["outcome"]) == (201, "permitted")
    assert answer.json()["folio"].startswith("DCO-")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("pueblo/parcels?lon=0&lat=0", 404, "no_parcel_here"),
        ("pueblo/parcels?lon=999&lat=0", 400, "bad_coordinates"),
        ("pueblo/parcels?key=nada", 404, "unknown_parcel"),
        ("pueblo/parcels", 400, "missing_parameter"),
        ("pueblo/parcels/nada", 404, "unknown_parcel"),
        ("otro/parcels?q=x", 404, "unknown_municipality"),
        ("pueblo/layers/nada/items?bbox=0,0,1,1", 404, "unknown_layer"),
        ("pueblo/layers/parcels/items?bbox=5,5,1,1", 400, "bad_bbox"),
        ("pueblo/parcels?lon=x&lat=0", 400, "invalid_request"),
        ("nada/nada/nada", 404, "not_found"),
    ],
)
def test_errors_are_problems_with_a_sentence(client, path, status, code):
    town()
    answer = client.get(f"{BASE}/{path}")
    problem = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"].endswith((".", "?"))


def test_items_page_through_a_box_with_exact_counts(client):
    town()
    (west, south), (east, north) = lonlat(-5, -5), lonlat(80, 30)
    box = f"{west},{south},{east},{north}"
    page = client.get(f"{BASE}/pueblo/layers/parcels/items", {"bbox": box, "limit": 4}).json()
    rest = client.get(f"{BASE}/pueblo/layers/parcels/items", {"bbox": box, "limit": 4, "offset": 4}).json()
    assert (page["numberMatched"], page["numberReturned"], rest["numberReturned"]) == (6, 4, 2)
    assert {f["properties"]["key"] for f in page["features"] + rest["features"]} == {
        f"L{n}" for n in range(1, 7)
    }
    assert page["links"][1]["rel"] == "next"


def test_the_openapi_document_is_published(client):
    schema = client.get("/api/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert "/api/v1/municipalities/{slug}/rulings/land-use" in schema["paths"]
