"""A broker whose process is killed, and one whose disk is full: what people read, and that the rest goes on."""

import pytest

from tests.factories.custody_process import OwnBroker, own_broker
from tests.flows.test_no_debt import _plain_static_files
from tests.flows.test_vault import CLABE, citizen, desk, give, look, office_client

pytestmark = pytest.mark.django_db(transaction=True)
FIXTURES = (_plain_static_files, citizen, office_client)
PUBLIC = ("/", "/visor/pueblo/", "/privacidad/", "/bitacora/", "/verificar/")
VAULT = ("/boveda/", "/boveda/consultas/", "/boveda/permisos/")


@pytest.fixture
def broker(monkeypatch):
    with own_broker(OwnBroker, monkeypatch) as made:
        yield made


@pytest.fixture
def shown(client, citizen, broker, office_client):
    """A permit that works: the official has seen the field once."""
    desk(office_client, broker)
    give(client, citizen)
    assert CLABE in look(office_client).content.decode()
    return citizen


def test_a_killed_broker_leaves_the_public_pages_and_one_sentence_in_the_vault(
    client, shown, broker, office_client
):
    assert [client.get(one).status_code for one in (*PUBLIC, *VAULT)] == [200] * 8
    broker.remote.kill()
    assert [client.get(one).status_code for one in PUBLIC] == [200] * 5
    answers = [*map(client.get, VAULT), office_client.post("/oficina/datos/", {"case": "EXP-7"})]
    for answer in answers:
        assert answer.status_code == 503
        assert "La bóveda no responde" in answer.content.decode()
    broker.remote.start()
    shown.token = shown.enter()
    client.cookies["boveda"] = shown.token
    assert CLABE in client.get("/boveda/").content.decode()


def test_on_a_full_disk_official_and_person_read_why_and_nothing_is_shown(
    client, shown, broker, office_client
):
    with broker.remote.no_room():
        for answer in (look(office_client), client.get("/boveda/")):
            said = answer.content.decode()
            assert answer.status_code == 503
            assert "No se entregó ningún dato" in said
            assert CLABE not in said
        assert client.get("/visor/pueblo/").status_code == 200
    assert CLABE in look(office_client).content.decode()
    assert CLABE in client.get("/boveda/").content.decode()
