"""What a permit is for: a code of the public catalogue, at the moment it is given and at each look."""

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.vault import purposes
from alcaldia.vault.rules.grant import Send
from tests.factories.custody import showing

OLD = "Licencia de funcionamiento"


@pytest.fixture
def before(custody, monkeypatch):
    """A person, an official, a record and a permit in free text, given as it was before there was a catalogue."""
    person, official = custody.person(), custody.official()
    records = [person.record("identity", {"full_name": "Casilda Ficticia"})]
    grant = person.grant(purpose=OLD)
    with monkeypatch.context() as patch:
        patch.setattr(purposes, "check", lambda _: None)
        person.give(grant)
    return person, showing(grant, official.token, records)


def test_an_unknown_purpose_is_not_given(custody):
    person = custody.person()
    with pytest.raises(Refusal) as told:
        person.give(person.grant(), person.grant(purpose="Curiosidad"))
    assert told.value.code == "unknown_purpose"
    assert custody.ask("my_grants", token=person.token) == []


def test_nor_by_the_code_of_a_request(custody):
    subject = "p_" + "a" * 22
    grant = custody.person().grant(person=subject, purpose="Curiosidad")
    with pytest.raises(Refusal) as told:
        custody.ask("open_coded", subject=subject, code="ABCDE" * 5, send=Send("ab" * 32, (grant,)).body())
    assert told.value.code == "unknown_purpose"


def test_one_that_got_in_otherwise_opens_nothing_and_the_person_reads_of_it(custody, before):
    person, asked = before
    with pytest.raises(Refusal) as told:
        custody.ask("show", **asked)
    assert told.value.code == "unknown_purpose"
    event = custody.ask("my_accesses", token=person.token)[0]["event"]
    assert (event["kind"], event["purpose"]) == ("refused", OLD)


def test_a_permit_given_before_the_catalogue_serves_to_its_end_and_reads_as_it_was(custody, before):
    person, asked = before
    custody.restart()
    custody.broker.purposes_since = "2026-12-31"
    person.token, asked["token"] = person.enter(), custody.official().token
    assert custody.ask("show", **asked)
    event = custody.ask("my_accesses", token=person.token)[0]["event"]
    assert (event["kind"], event["purpose"]) == ("shown", OLD)


def test_since_when_is_noted_once(custody):
    since = custody.broker.purposes_since
    custody.person()
    custody.at = custody.at.replace(year=2027)
    custody.restart()
    assert custody.broker.purposes_since == since
