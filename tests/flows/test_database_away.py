"""The database does not answer: people read when to come back, whichever layer asked it first."""

from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from tests.factories.people import log_in, made_person
from tests.factories.town import town as make_town
from tests.flows.test_no_debt import _plain_static_files

assert _plain_static_files
pytestmark = pytest.mark.django_db
WORDS = "La base de datos de la ciudad no contesta en este momento."


@pytest.fixture
def visitor():
    """Somebody inside, in a town whose database was there until now."""
    make_town()
    made = Client(raise_request_exception=False)
    log_in(made, made_person()[0])
    return made


@contextmanager
def away(monkeypatch, error=OperationalError):
    def cursor(self, *_):
        raise error("server closed the connection unexpectedly")

    with monkeypatch.context() as patched:
        patched.setattr(BaseDatabaseWrapper, "cursor", cursor)
        yield


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("path", ["/m/pueblo/", "/m/pueblo/buscar/?q=agua", "/cuenta/"])
def test_a_page_says_when_to_come_back(visitor, monkeypatch, error, path):
    with away(monkeypatch, error):
        answer = visitor.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert WORDS in answer.content.decode()
    assert visitor.get(path).status_code == 200


def test_a_machine_is_told_by_a_code(visitor, monkeypatch):
    with away(monkeypatch):
        answer = visitor.get("/api/v1/municipalities/pueblo/procedures?q=agua")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
