"""What officials sign stays in the log with its proof; whoever forges a decision is named by the audit."""

import pytest
from django.db import transaction

from alcaldia.identity import signatures
from alcaldia.identity.models import Passkey
from alcaldia.identity.passkeys import published
from alcaldia.identity.ports import plugged
from alcaldia.procedures import engine
from alcaldia.procedures.actions import reviewing
from tests.factories.passkey import SoftPasskey, to_text
from tests.factories.people import answered, log_in, made_person, with_key
from tests.procedures.conftest import sent
from tests.procedures.officials import SIGNED, official

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paper(town):
    """A permit that a rule gave at once."""
    event = {"lugar": "Parque", "fecha": "15/06/2027", "personas": "50"}
    return sent(town, "permiso-evento", **event, alcohol="no", ruido="no", cierra_calle="no")[0]


@pytest.fixture
def head(town, monkeypatch):
    """Who may sign for the agency of the permit, with a key."""
    monkeypatch.setattr(plugged, "custodian", None)
    one = official(town, "jefa", "secretaria-ayuntamiento", "director")
    one.device = with_key(one)
    return one


def annul(client, head, paper, words="Se dio por error."):
    log_in(client, head)
    door = f"/oficina/pueblo/solicitud/{paper.folio}/anular/"
    page = client.post(door, {"nota": words}).content.decode()
    return page, client.post(door, answered(head.device, page))


def test_what_is_annulled_is_read_once_more_and_signed(client, head, paper):
    page, done = annul(client, head, paper)
    paper.refresh_from_db()
    assert "Se dio por error." in page
    assert (done.status_code, paper.state) == (302, "annulled")
    found = signatures.audit()
    assert (found.checked, found.problems) == (1, [])


def test_without_the_key_or_without_words_nothing_is_annulled(client, head, paper):
    log_in(client, head)
    door = f"/oficina/pueblo/solicitud/{paper.folio}/anular/"
    assert client.post(door, {"nota": " "}).status_code == 422
    page = client.post(door, {"nota": "x"}).content.decode()
    assert client.post(door, answered(SoftPasskey(), page)).status_code >= 400
    paper.refresh_from_db()
    assert paper.state == "issued"


def test_a_decision_without_its_signature_in_the_log_is_found(head, paper):
    reviewing.annul(folio=paper.folio, reason="x", official=head, channel="t", signature=SIGNED)
    assert "la firma no está en el registro" in signatures.audit().problems[0]


def test_a_signature_of_other_words_or_of_another_official_is_found(client, head, paper, town):
    annul(client, head, paper)
    used = paper.events.get(kind="annulled").facts["signature"]
    other = official(town, "otra", "secretaria-ayuntamiento", "director")
    with transaction.atomic():
        engine.note(
            paper.folio, "annulled", {"reason": "otra cosa", "signature": used}, by="jefa", channel="t"
        )
        engine.note(paper.folio, "annulled", {"reason": "Se dio por error.", "signature": used}, by=other.username, channel="t")  # fmt: skip
    first, second = signatures.audit().problems
    assert "no dice lo que se firmó" in first
    assert "lo hizo «otra» con la firma de «jefa»" in second


def test_a_key_that_a_hand_in_the_database_put_there_signs_nothing(client, head, paper):
    theirs = with_key(made_person()[0])
    planted = Passkey.objects.get(person__isnull=False, label="Otra")
    Passkey.objects.filter(official=head).delete()
    Passkey.objects.filter(pk=planted.pk).update(person=None, official=head)
    theirs.user_handle = to_text(head.public_id.encode())
    head.device = theirs
    annul(client, head, paper)
    assert "no es de «jefa»" in signatures.audit().problems[0]


def test_the_key_of_a_citizen_is_never_published(head):
    person, _ = made_person()
    assert published(Passkey.objects.get(person=person)) == {}
