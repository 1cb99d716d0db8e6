"""A new worker reads every town before anybody asks; one that cannot be read is left to its first visitor."""

import pytest
from django.db import DatabaseError

from alcaldia.land import rulebook, search
from alcaldia.project import warming
from tests.factories.town import town as make_town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connections_stay(monkeypatch):
    """The test's own transaction lives in the connection that a worker would close."""
    monkeypatch.setattr(warming.connections, "close_all", lambda: None)


def test_the_first_visitor_finds_the_plan_and_the_search_ready():
    make_town()
    warming.warm()
    assert list(rulebook._cache) == ["pueblo"]
    assert len(search._indexes) == 1


def test_one_town_that_cannot_be_read_keeps_none_of_the_others_cold(monkeypatch):
    make_town("roto")
    make_town("sano")
    read = rulebook.published

    def published(slug):
        if slug == "roto":
            raise DatabaseError
        return read(slug)

    monkeypatch.setattr(rulebook, "published", published)
    warming.warm()
    assert list(rulebook._cache) == ["sano"]


def test_before_there_are_tables_it_does_nothing(monkeypatch):
    def nothing():
        raise DatabaseError

    monkeypatch.setattr(warming.Municipality.objects, "all", nothing)
    warming.warm()
    assert rulebook._cache == {}
