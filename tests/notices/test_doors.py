"""The last page asks how to tell; the office sees what did not go; the demo shows what went."""

import pytest
from django.urls import reverse
from django.utils import timezone

from alcaldia.connectors.simulated_post import SimulatedPost
from alcaldia.notices import actions, postman
from alcaldia.notices.models import Message
from alcaldia.notices.ports import plugged
from alcaldia.procedures.models import Case
from tests.factories.people import log_in, made_official
from tests.procedures.conftest import begun
from tests.procedures.conftest import town as town

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def plain(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def review(client, town):
    draft = begun(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    address = reverse("procedures:review", args=[draft.draft.public_id])
    client.cookies["borrador"] = draft.code
    return address


def test_a_contact_is_sealed_at_once_and_the_case_tells(client, review, tmp_path, monkeypatch):
    box = SimulatedPost("email", tmp_path / "post.jsonl")
    monkeypatch.setattr(plugged, "senders", {"email": box})
    assert "¿Cómo le avisamos?" in client.get(review).content.decode()
    assert client.post(review, {"aviso_correo": "ana@ejemplo.mx", "aviso_celular": ""}).status_code == 302
    assert b"ana@" not in bytes(Case.objects.get().contact)
    assert postman.unseal(postman.unpack(bytes(Case.objects.get().contact))["email"]) == "ana@ejemplo.mx"
    actions.deliver()
    assert [row["to"] for row in box.read()] == ["ana@ejemplo.mx"] * 2


def test_a_wrong_address_is_said_beside_its_field_and_nothing_is_sent(client, review):
    answer = client.post(review, {"aviso_correo": "ana", "aviso_celular": "378 123 4567"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "nombre@ejemplo.com" in page
    assert 'value="378 123 4567"' in page
    assert not Case.objects.exists()


def test_without_a_contact_it_is_sent_as_ever(client, review):
    assert client.post(review, {}).status_code == 302
    assert bytes(Case.objects.get().contact) == b""


def test_the_office_sees_what_was_given_up_and_tries_it_again(client, town):
    log_in(client, made_official(town, "operator"))
    now = timezone.now()
    row = Message.objects.create(municipality=town, template="decided", channel="sms", subject="case:SOL-9", number=1, address=b"x",
                                 state="given_up", problem="El servicio no respondió.", next_try=now, created_at=now)  # fmt: skip
    page = client.get(reverse("backoffice:notices", args=["pueblo"])).content.decode()
    assert "case:SOL-9" in page
    assert client.post(reverse("backoffice:notice_again", args=["pueblo", row.pk])).status_code == 302
    assert Message.objects.get().state == "queued"


def test_the_mailbox_exists_only_in_the_demo(client, settings, tmp_path, monkeypatch):
    assert client.get("/buzon/").status_code == 404
    settings.DEMO = True
    box = SimulatedPost("email", tmp_path / "post.jsonl")
    from alcaldia.notices.rules.templates import Written

    box.send("ana@ejemplo.mx", Written("Ya hay respuesta", "Léala <b>aquí</b>"), key="k")
    monkeypatch.setattr(plugged, "senders", {"email": box})
    page = client.get("/buzon/").content.decode()
    assert "Ya hay respuesta" in page
    assert "<b>aquí" not in page
