"""A register's signing key is renewed; killed anywhere, the renewal is repeated."""

import pytest

from alcaldia.kernel.errors import NotFound
from alcaldia.vault import custodian, sources


@pytest.fixture
def told(monkeypatch, settings, tmp_path):
    settings.HOME, found = tmp_path, []
    monkeypatch.setattr(custodian, "ask_as_operator", lambda door, **given: found.append((door, given)))
    return found


def public(code):
    return sources.signing_key(code).public_key().public_bytes_raw()


def test_a_new_key_signs_once_the_broker_knows_it(told, monkeypatch):
    before = public("agua")
    with monkeypatch.context() as down:
        down.setattr(custodian, "ask_as_operator", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sources.rotate("agua")
    assert public("agua") == before
    sources.rotate("agua")
    assert public("agua") != before
    assert [door for door, _ in told] == ["replace_source"]
    assert not list((sources._path("agua")).parent.glob(".*"))


def test_a_register_that_there_is_not_is_not_made(told):
    with pytest.raises(NotFound, match="nada"):
        sources.rotate("nada")
    assert told == []
