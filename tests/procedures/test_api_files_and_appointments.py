"""For other systems: files as they are, and appointments listed, taken, moved and given back."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from alcaldia.agenda.models import Appointment
from alcaldia.procedures.models import Attachment, Case, Draft
from tests.conftest import ROOT
from tests.procedures.test_attachments import picture

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = "/api/v1/municipalities/pueblo"
FILE = ROOT / "tests" / "samples" / "definitions" / "permiso-feria.yaml"
ANSWERS = {"predio": "L1", "musica": False, "puestos": [{"giro": "tacos", "metros": "12"}], "croquis": {"upload": "croquis.jpg"}}  # fmt: skip


def photo(name="croquis.jpg", data=None):
    return SimpleUploadedFile(name, data or picture(), content_type="image/jpeg")


def send(client, files, answers=None, **more):
    body = {"procedure": "permiso-feria", "answers": json.dumps(answers or ANSWERS), "files": files}
    return client.post(f"{TOWN}/cases/with-files", body, headers={"Idempotency-Key": "k-1", **more})


def post(client, path, body):
    return client.post(f"{TOWN}{path}", body, content_type="application/json")


def test_a_file_comes_as_it_is_and_goes_the_way_of_every_other(client, fair):
    sent = send(client, [photo()])
    assert sent.status_code == 201, sent.content
    assert (Attachment.objects.get().kind, Case.objects.get().state) == ("image", "in_review")
    again = [send(client, [photo()], **{"Idempotency-Key": "k"}).json()["folio"] for _ in range(2)]
    assert len(set(again)) == 1


@pytest.mark.parametrize(
    ("files", "answers", "code"),
    [
        ([photo("otra.jpg")], None, "wrong_answers"),
        ([photo(data=b"MZ program")], None, "wrong_answers"),
        ([photo(), photo()], None, "twice"),
        ([photo()], {"croquis": 3}, "wrong_answers"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is(client, fair, files, answers, code):
    sent = send(client, files, answers)
    assert (sent.status_code, sent.json()["code"]) == (422, code)
    assert (Case.objects.count(), Draft.objects.count(), Attachment.objects.count()) == (0, 0, 0)


def test_answers_that_are_no_json_are_said(client, fair):
    body = {"procedure": "permiso-feria", "answers": "[1", "files": [photo()]}
    sent = client.post(f"{TOWN}/cases/with-files", body, headers={"Idempotency-Key": "k-1"})
    assert (sent.status_code, sent.json()["code"]) == (422, "bad_answers")


def test_a_form_of_another_site_cannot_send_it(client, fair):
    body = {"procedure": "permiso-feria", "answers": json.dumps(ANSWERS), "files": [photo()]}
    assert client.post(f"{TOWN}/cases/with-files", body).status_code == 415
    assert not Case.objects.exists()


def free(client, days=2, **more):
    day = timezone.localdate() + timedelta(days=days)
    return client.get(f"{TOWN}/agendas/ferias/slots", {"day": day.isoformat(), **more}).json()


def test_an_appointment_is_taken_moved_and_given_back(client, fair):
    assert [one["key"] for one in client.get(f"{TOWN}/agendas").json()] == ["ferias"]
    first, second = free(client)[:2]
    made = post(client, "/agendas/ferias/appointments", {"starts_at": first["starts_at"]})
    assert made.status_code == 201, made.content
    told = made.json()
    where = f"/appointments/{told['folio']}"
    assert (
        post(client, f"{where}/move", {"code": "AAAA", "starts_at": second["starts_at"]}).status_code == 403
    )
    moved = post(client, f"{where}/move", {"code": told["code"], "starts_at": second["starts_at"]}).json()
    assert (moved["starts_at"], moved["code"]) == (second["starts_at"], None)
    assert post(client, f"{where}/cancel", {"code": told["code"]}).json()["state"] == "cancelled"
    assert client.get(f"{TOWN}{where}").json()["state"] == "cancelled"


def test_a_case_takes_one_by_its_code_and_for_as_long_as_it_says(client, fair):
    case = send(client, [photo()], {**ANSWERS, "musica": True}).json()
    at = free(client, case=case["folio"])[0]["starts_at"]
    ask = {"starts_at": at, "case": case["folio"]}
    assert post(client, "/agendas/ferias/appointments", ask).status_code == 403
    assert post(client, "/agendas/ferias/appointments", {**ask, "code": case["code"]}).json()["minutes"] == 30
    assert post(client, "/agendas/ferias/appointments", {**ask, "code": case["code"]}).status_code == 409
    assert Appointment.objects.get().subject == f"case:{case['folio']}"


@pytest.mark.parametrize("at", ["mañana", "9999-12-31T23:59:59-14:00", "2020-01-01T10:00"])
def test_an_hour_that_is_none_is_refused_with_a_sentence(client, fair, at):
    told = post(client, "/agendas/ferias/appointments", {"starts_at": at})
    assert told.status_code in (409, 422)
    assert told.json()["detail"]
