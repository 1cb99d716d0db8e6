"""The same flows for other systems: found, described, tried, sent once, followed, withdrawn."""

import pytest

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.models import Municipality
from alcaldia.land import parcels
from alcaldia.land import search as places
from alcaldia.land.models import Parcel
from alcaldia.land.rulebook import published
from alcaldia.notices.models import Message
from alcaldia.procedures.models import Case, Draft

pytestmark = pytest.mark.django_db(transaction=True)
ASK = {"predio": "L1", "giro": "461110", "area": "40"}
TOWN = "/api/v1/municipalities/pueblo"


def post(client, path, body, **headers):
    return client.post(f"{TOWN}{path}", body, content_type="application/json", headers=headers)


def test_people_s_words_find_a_procedure_and_its_data_are_described(client, town):
    found = client.get(f"{TOWN}/procedures", {"q": "uso de suelo"}).json()
    told = client.get(f"{TOWN}/procedures/{found[0]['procedure']}").json()
    assert found[0]["procedure"] == "dictamen-uso-de-suelo"
    assert [one["name"] for one in told["data"]] == ["predio", "giro", "area"]


def test_a_case_is_decided_in_the_answer(client, town):
    sent = post(client, "/cases", {"procedure": "dictamen-uso-de-suelo", "answers": ASK})
    told = client.get(f"{TOWN}/cases/{sent.json()['folio']}").json()
    assert sent.status_code == 201
    assert (told["state"], told["outcome"], told["document"][:3]) == ("issued", "granted", "DUS")


def test_the_same_key_is_the_same_case_and_its_code_is_told_once(client, town):
    body = {"procedure": "dictamen-uso-de-suelo", "answers": ASK}
    first, second = (post(client, "/cases", body, **{"Idempotency-Key": "k-1"}).json() for _ in range(2))
    assert first["folio"] == second["folio"]
    assert (bool(first["code"]), second["code"]) == (True, None)
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"answers": {**ASK, "area": "41"}}, {"contact": {"email": "ana@ejemplo.mx"}}]
)
def test_the_same_key_with_other_contents_is_refused_and_nothing_is_kept_in_plain(client, town, other):
    body = {"procedure": "dictamen-uso-de-suelo", "answers": ASK}
    first = post(client, "/cases", body, **{"Idempotency-Key": "k-1"}).json()
    refused = post(client, "/cases", {**body, **other}, **{"Idempotency-Key": "k-1"})
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    assert first["folio"] not in refused.content.decode()
    kept = Draft.objects.get()
    assert (Case.objects.count(), kept.folio, len(kept.said)) == (1, first["folio"], 64)
    assert kept.said not in {digest(ASK), digest(body)}


def test_wrong_answers_are_named_and_nothing_is_kept(client, town):
    answers = {**ASK, "area": "-3", "color": "rojo"}
    refused = post(client, "/cases", {"procedure": "dictamen-uso-de-suelo", "answers": answers})
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"color"}
    assert post(
        client, "/cases", {"procedure": "dictamen-uso-de-suelo", "answers": {**ASK, "area": "-3"}}
    ).json()["errors"]
    assert (Case.objects.count(), Draft.objects.count()) == (0, 0)


def test_trying_keeps_nothing(client, town):
    told = post(
        client, "/procedures/dictamen-uso-de-suelo/try", {"answers": {**ASK, "uso": "prohibited"}}
    ).json()
    assert told["outcome"] == "denied"
    assert Case.objects.count() == Draft.objects.count() == 0


def test_only_who_has_the_code_withdraws(client, town):
    sent = post(
        client,
        "/cases",
        {"procedure": "reporte-ciudadano", "answers": {"que": "bache", "lugar": "X 1", "peligro": "no"}},
    ).json()
    assert post(client, f"/cases/{sent['folio']}/withdraw", {"code": "AAAA"}).status_code == 403
    assert (
        post(client, f"/cases/{sent['folio']}/withdraw", {"code": sent["code"]}).json()["state"]
        == "withdrawn"
    )


def test_a_case_of_one_town_is_none_of_another(client, town):
    Municipality.objects.create(slug="otra", name="Otra")
    asked = {"procedure": "reporte-ciudadano", "answers": {"que": "bache", "lugar": "X 1", "peligro": "no"}}
    sent = post(client, "/cases", asked).json()
    elsewhere = f"/api/v1/municipalities/otra/cases/{sent['folio']}"
    assert client.get(elsewhere).status_code == 404
    body = {"code": sent["code"]}
    assert client.post(f"{elsewhere}/withdraw", body, content_type="application/json").status_code == 404


def test_an_unknown_case_or_procedure_is_a_sentence(client, town):
    assert client.get(f"{TOWN}/cases/SOL-2026-AAAA-AAAA-AAAA").status_code == 404
    refused = post(client, "/cases", {"procedure": "nada", "answers": {}})
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_procedure")


def test_a_contact_is_sealed_and_told_and_no_answer_repeats_it(client, town):
    body = {"procedure": "dictamen-uso-de-suelo", "answers": ASK, "contact": {"email": "ana@ejemplo.mx"}}
    sent = post(client, "/cases", body)
    assert sent.status_code == 201
    assert b"ana@" not in sent.content
    assert b"ana@" not in bytes(Case.objects.get().contact)
    assert set(Message.objects.values_list("template", flat=True)) == {"received", "decided"}


def test_a_wrong_contact_is_named_and_nothing_is_kept(client, town):
    body = {"procedure": "dictamen-uso-de-suelo", "answers": ASK, "contact": {"phone": "12"}}
    refused = post(client, "/cases", body)
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"phone"}
    assert (Case.objects.count(), Draft.objects.count()) == (0, 0)


def test_a_denial_is_appealed_only_with_its_code(client, town, broker):
    sent = post(
        client, "/cases", {"procedure": "dictamen-uso-de-suelo", "answers": {**ASK, "giro": "722412"}}
    ).json()
    path = f"/cases/{sent['folio']}/appeal"
    assert sent["outcome"] == "denied"
    assert post(client, path, {"code": "AAAA", "reasons": "No."}).status_code == 403
    assert post(client, path, {"code": sent["code"], "reasons": " "}).status_code >= 400
    assert (
        post(client, path, {"code": sent["code"], "reasons": "El plano está mal."}).json()["state"]
        == "appealed"
    )


def asked(client, **answers):
    body = {"procedure": "dictamen-uso-de-suelo", "answers": {**ASK, **answers}}
    return post(client, "/cases", body)


def test_a_parcel_is_its_key_or_its_street_and_number(client, town):
    book = published("pueblo")
    for words in (
        "L1",
        " L1 ",
        places.address(Parcel.objects.get(key="L1")).upper(),
        parcels.by_key(book, "L1").public_id,
    ):
        assert asked(client, predio=words).status_code == 201
    assert {one.answers["predio"] for one in Case.objects.all()} == {"L1"}


def test_words_that_mean_several_things_are_answered_with_what_to_choose_from(client, town):
    refused = asked(client, predio="juarez", giro="tienda")
    told = refused.json()
    assert (refused.status_code, set(told["errors"])) == (422, {"predio", "giro"})
    assert len(told["candidates"]["predio"]) > 1
    assert told["candidates"]["giro"][0]["value"] == "461110"
    chosen = {name: told["candidates"][name][0]["value"] for name in ("predio", "giro")}
    assert asked(client, **chosen).status_code == 201


def test_a_repeated_key_is_settled_by_the_stable_id(client, town):
    Parcel.objects.filter(key="L2").update(key="L1")
    told = asked(client, predio="L1").json()
    ids = [one["value"] for one in told["candidates"]["predio"]]
    assert len(ids) == 2
    assert asked(client, predio=ids[0]).status_code == 201
    assert Case.objects.get().answers["predio"] == ids[0]


@pytest.mark.parametrize("predio", ["zzzz 99", "x" * 500, "%", {"clave": "L1"}, ["L1"], True])
def test_a_parcel_that_is_none_is_a_sentence(client, town, predio):
    refused = asked(client, predio=predio)
    assert refused.status_code == 422
    assert refused.json()["errors"]["predio"]


def test_the_description_says_how_a_parcel_and_a_person_are_written(client, town):
    told = client.get(f"{TOWN}/procedures/dictamen-uso-de-suelo").json()
    how = {one["name"]: one["how"] for one in told["data"]}
    assert "calle y el número" in how["predio"]
    assert "candidates" in how["giro"]
    assert how["area"] == ""


@pytest.mark.parametrize("huge", [10**20, -(10**19), 2**53 + 1])
def test_a_number_of_any_length_is_read_as_the_words_that_it_is(client, town, huge):
    asked = {"procedure": "reporte-ciudadano", "answers": {"que": "bache", "lugar": huge, "peligro": "no"}}
    sent = post(client, "/cases", asked)
    assert sent.status_code == 201
