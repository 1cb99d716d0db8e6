"""The month's summary: everybody is told once, by message when somebody sends, and the figures stay behind the key."""

from datetime import UTC, datetime

import pytest

from alcaldia.identity.models import Notice
from alcaldia.kernel.errors import Refusal
from alcaldia.vault import digests, ports
from alcaldia.vault.models import DigestMessage
from tests.flows.test_no_debt import _plain_static_files, enter

pytestmark = pytest.mark.django_db(transaction=True)
assert _plain_static_files
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Sender:
    """Remembers what it was given; may refuse."""

    def __init__(self):
        self.sent, self.down = [], False

    def send(self, **message):
        if self.down:
            raise Refusal("sender_down", "No se pudo.")
        self.sent.append(message)


@pytest.fixture
def citizen(broker, client):
    found = broker.citizen()
    enter(client, found)
    return found


@pytest.fixture
def sender(monkeypatch):
    found = Sender()
    monkeypatch.setattr(ports.plugged, "sender", found)
    return found


def test_everybody_is_told_once_and_the_message_holds_no_figure(citizen, sender):
    assert digests.run(NOW) == 1
    assert digests.run(NOW) == 0
    [message] = sender.sent
    assert message["subject"] == citizen.subject
    assert message["key"] == f"digest-2026-02-{citizen.subject}"
    assert message["text"].replace("2026-02", "").translate(str.maketrans("", "", "0123456789")) == message["text"].replace("2026-02", "")  # fmt: skip
    assert Notice.objects.filter(person__public_id=citizen.subject, kind="digest_ready").count() == 1


def test_what_a_sender_refuses_waits_and_is_handed_over_later(citizen, sender):
    sender.down = True
    digests.run(NOW)
    assert DigestMessage.objects.filter(sent_at=None).count() == 1
    sender.down = False
    digests.run(NOW)
    assert DigestMessage.objects.filter(sent_at=None).count() == 0
    assert len(sender.sent) == 1


def test_without_a_sender_the_pages_have_it(citizen, client):
    digests.run(NOW)
    page = client.get("/boveda/consultas/resumenes/").content.decode()
    assert "2026-02" in page
    assert "Ya está su resumen del mes 2026-02" in client.get("/cuenta/").content.decode()
    assert "Ninguna: nadie ha visto" in client.get("/boveda/consultas/menciones/").content.decode()


def test_who_came_after_the_month_is_told_nothing_of_it(citizen, sender):
    assert digests.run(datetime(2025, 12, 15, tzinfo=UTC)) == 0
    assert sender.sent == []


def test_the_public_page_says_how_often_offices_looked_and_never_at_whom(client, citizen, monkeypatch):
    month = {"month": "2026-02", "office": "pueblo/tesoreria", "kind": "shown", "number": 30}
    for told, words in (
        ([month], ("2026-02", "≈ 30", "Tesorería", "Vio datos, con permiso")),
        ([], ("Todavía no hay un mes",)),
    ):
        monkeypatch.setattr(
            digests.custodian, "ask", lambda door, told=told, **_: told if door == "stats" else {}
        )
        page = client.get("/bitacora/").content.decode()
        assert all(word in page for word in words)
        assert citizen.subject not in page
