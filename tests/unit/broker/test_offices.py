"""An official who leaves an office opens nothing for it any more, whatever key and permit they still hold."""

import pytest

from alcaldia.kernel.errors import Refusal
from tests.unit.broker.test_release import NAME, refused, showing


def leave(custody, who, office="tesoreria", **left):
    return custody.ask("leave_office", subject=who.subject, office=office, **({"left": False} | left))


def test_who_left_the_office_is_refused_what_was_granted_to_it(custody):
    person, official = custody.person(), custody.official()
    records = [person.record("identity", NAME)]
    grant = person.grant()
    person.give(grant)
    custody.ask("show", **showing(grant, official.token, records))
    assert leave(custody, official) is True
    assert refused(custody, "show", **showing(grant, official.token, records)) == "nobody_present"
    assert refused(custody, "show", **showing(grant, official.enter(), records)) == "other_office"


def test_the_end_of_another_post_takes_nothing_away(custody):
    official = custody.official()
    assert leave(custody, official, "catastro") is False
    assert custody.ask("who", token=official.token)["office"] == "tesoreria"


def test_who_left_altogether_does_not_enter_again(custody):
    official = custody.official()
    assert leave(custody, official, "", left=True) is True
    with pytest.raises(Refusal) as told:
        official.enter()
    assert told.value.code == "bad_passkey"


def test_a_citizen_has_no_office_to_lose(custody):
    person = custody.person()
    assert leave(custody, person, "", left=True) is False
    assert person.enter()
