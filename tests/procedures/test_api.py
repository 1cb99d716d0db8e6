"""The same flows for other systems: found, described, tried, sent once, followed, withdrawn."""

import pytest

from alcaldia.kernel.models import Municipality
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
