"""The same step by step for other systems: begun, filled in, found again by its code, sent once."""

from base64 import b64encode

import pytest

from alcaldia.identity.models import Person
from alcaldia.kernel.models import Municipality
from alcaldia.procedures.actions import drafts
from alcaldia.procedures.models import Case, Draft
from tests.factories.people import made_person
from tests.procedures.test_api import post
from tests.procedures.test_attachments import picture

pytestmark = pytest.mark.django_db(transaction=True)
REPORT = "reporte-ciudadano"
SPACE = (
    "permiso-evento",
    {"lugar": "Parque", "fecha": "15/06/2027"},
    {"personas": "50", "alcohol": "no", "ruido": "no", "cierra_calle": "no"},
)


def begun(client, procedure=SPACE[0]):
    return post(client, "/drafts", {"procedure": procedure}).json()


def step(client, draft, name, answers, code=None):
    return post(
        client, f"/drafts/{draft['draft']}/steps/{name}", {"code": code or draft["code"], "answers": answers}
    )


def send(client, draft, **more):
    return post(client, f"/drafts/{draft['draft']}/send", {"code": draft["code"], **more})


def filled(client):
    draft = begun(client)
    for one, answers in zip(draft["steps"], SPACE[1:], strict=True):
        assert step(client, draft, one["step"], answers).status_code == 200
    return draft


def test_it_is_begun_filled_in_step_by_step_and_sent_once(client, town):
    draft = filled(client)
    first, second = send(client, draft), send(client, draft)
    assert (first.status_code, second.status_code, Case.objects.count()) == (201, 201, 1)
    assert first.json()["folio"] == second.json()["folio"]
    assert (first.json()["outcome"], first.json().get("code")) == ("conditional", None)
    body = {"code": draft["code"]}
    assert post(client, f"/cases/{first.json()['folio']}/withdraw", body).status_code in (200, 409)


def test_each_step_says_what_it_asks_and_what_comes_next(client, town):
    draft = begun(client)
    assert draft["next_step"] == draft["steps"][0]["step"]
    told = step(client, draft, draft["next_step"], SPACE[1]).json()
    assert (told["next_step"], told.get("code")) == (draft["steps"][1]["step"], None)
    assert [one["done"] for one in told["steps"]] == [True, False]
    assert told["answers"] == SPACE[1]


def test_whoever_has_the_code_comes_back_and_what_is_personal_is_not_repeated(client, town):
    draft = begun(client, REPORT)
    name = next(one["step"] for one in draft["steps"] if "lugar" in one["data"])
    step(client, draft, name, {"lugar": "Hidalgo 3"})
    told = post(client, "/drafts/resume", {"code": draft["code"].lower()}).json()
    assert (told["draft"], told.get("code")) == (draft["draft"], None)
    assert "lugar" in told["answered"]
    assert ("lugar" in told["answers"]) is ("Hidalgo" in str(Draft.objects.get().answers))


def test_what_is_right_is_kept_where_something_else_of_the_step_is_not(client, town):
    draft = begun(client)
    second = draft["steps"][1]["step"]
    wrong = step(client, draft, second, {"personas": "50", "alcohol": "tal vez"})
    assert (wrong.status_code, "alcohol" in wrong.json()["errors"]) == (422, True)
    assert "personas" in post(client, "/drafts/resume", {"code": draft["code"]}).json()["answered"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/drafts", {"procedure": "nada"}, 404),
        ("/drafts", {"procedure": REPORT, "otra": 1}, 400),
        ("/drafts/resume", {"code": "AAAA-AAAA-AAAA-AAAA"}, 404),
        ("/drafts/{draft}/steps/nada", {"answers": {}}, 404),
        ("/drafts/{draft}/steps/{step}", {"answers": {"color": "rojo"}}, 422),
        ("/drafts/{draft}/steps/{step}", {"answers": {}, "code": "AAAA"}, 403),
        ("/drafts/nada/steps/{step}", {"answers": {}}, 404),
        ("/drafts/{draft}/send", {}, 422),
        ("/drafts/{draft}/send", {"contact": {"phone": "12"}}, 422),
        ("/drafts/{draft}/send", {"code": "AAAA"}, 403),
    ],
)
def test_what_is_wrong_is_a_problem_and_nothing_is_sent(client, town, path, body, status):
    draft = begun(client)
    where = path.format(draft=draft["draft"], step=draft["next_step"])
    whole = body if path in ("/drafts", "/drafts/resume") else {"code": draft["code"], **body}
    told = post(client, where, whole)
    assert (told.status_code, told["Content-Type"]) == (status, "application/problem+json")
    assert (bool(told.json()["detail"]), Case.objects.count()) == (True, 0)


def test_after_sending_nothing_of_it_changes(client, town):
    draft = filled(client)
    folio = send(client, draft).json()["folio"]
    assert step(client, draft, draft["steps"][0]["step"], SPACE[1]).status_code == 409
    told = post(client, "/drafts/resume", {"code": draft["code"]})
    assert (told.status_code, folio in told.json()["detail"]) == (409, True)


def test_a_draft_of_another_town_or_of_an_account_is_none_here(client, town):
    draft = begun(client)
    Municipality.objects.create(slug="otra", name="Otra")
    elsewhere = f"/api/v1/municipalities/otra/drafts/{draft['draft']}/send"
    assert client.post(elsewhere, {"code": draft["code"]}, content_type="application/json").status_code == 404
    someone: Person = made_person()[0]
    mine = drafts.begin(town=town, procedure=REPORT, channel="portal", person=someone.public_id)
    told = post(client, "/drafts/resume", {"code": mine.code})
    assert (told.status_code, told.json()["code"]) == (403, "of_an_account")


def test_a_file_goes_the_way_of_every_other(client, town, broker):
    draft = begun(client, "anuncio-letrero")
    name = next(one["step"] for one in draft["steps"] if "foto" in one["data"])
    good = {"tipo": "adosado", "m2": 3, "foto": {"name": "a.jpg", "data": b64encode(picture()).decode()}}
    assert step(client, draft, name, {**good, "foto": {"name": "a.jpg", "data": "bm8="}}).status_code == 422
    told = step(client, draft, name, good).json()
    assert "foto" in told["answered"]
    assert "foto" not in told["answers"]


def test_the_document_of_the_api_has_each_door(client, town):
    paths = client.get("/api/openapi.json").json()["paths"]
    doors = ("", "/resume", "/{draft}/steps/{step}", "/{draft}/send")
    assert all(f"/api/v1/municipalities/{{slug}}/drafts{one}" in paths for one in doors)


ODD = [
    None,
    True,
    0,
    -1.5,
    [],
    {},
    [[]],
    [{}],
    {"a": {"b": []}},
    "",
    "\ud83d\ude00",
    "x" * 5_000,
    {"name": 1, "data": 2},
    ["a", 1, None],
]


@pytest.mark.parametrize(
    "procedure",
    ["anuncio-letrero", "permiso-evento", "licencia-construccion-vivienda", "dictamen-uso-de-suelo"],
)
def test_no_answer_is_odd_enough_to_break_a_door(client, town, procedure):
    draft = begun(client, procedure)
    for one in draft["steps"]:
        for value in ODD:
            told = step(client, draft, one["step"], dict.fromkeys(one["data"], value))
            assert told.status_code in (200, 400, 413, 415, 422), (one["step"], value, told.content)
    assert post(client, "/drafts/resume", {"code": draft["code"]}).status_code == 200
    assert send(client, draft).status_code == 422
