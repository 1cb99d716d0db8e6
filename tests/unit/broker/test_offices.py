"""An official who leaves an office opens nothing for it any more, whatever key and permit they still hold."""

import pytest

from alcaldia.broker import accesses
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
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
    assert refused(custody, "show", **showing(grant, official.enter(), records)) == "other_recipient"


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


def test_a_new_office_opens_by_the_key_that_is_there_and_adds_none(custody):
    official = custody.official()
    leave(custody, official)
    token, keys = official.enter(), custody.operate("counts")["passkeys"]
    custody.operate("give_office", subject=official.subject, office="catastro", role="cadastre", name="Ada")
    assert custody.ask("who", token=token) == {}
    told = custody.ask("who", token=official.enter())
    assert (told["office"], told["role"], told["name"]) == ("catastro", "cadastre", "Ada")
    assert custody.operate("counts")["passkeys"] == keys


def test_only_the_operator_gives_an_office_and_only_to_an_official(custody):
    official, person = custody.official(), custody.person()
    given = {"office": "catastro", "role": "", "name": "x"}
    with pytest.raises(Refusal):
        custody.ask("give_office", subject=official.subject, **given)
    with pytest.raises(Refusal):
        custody.operate("give_office", subject=person.subject, **given)
    assert custody.ask("who", token=official.token)["office"] == "tesoreria"


def test_a_citizen_has_no_office_to_lose(custody):
    person = custody.person()
    assert leave(custody, person, "", left=True) is False
    assert person.enter()


def test_a_flood_of_refusals_pushes_no_look_out_of_the_person_s_reach(custody):
    person, official = custody.person(), custody.official()
    grant = person.grant()
    person.give(grant)
    custody.ask("show", **showing(grant, official.token, []))
    flood = Access(
        access.REFUSED, custody.at.isoformat(), person.subject, official="Curioso", office="catastro"
    )
    accesses.write(custody.broker, [flood] * 700)
    found, before = [], 2**62
    while page := custody.ask("my_accesses", token=person.token, of="others", before=before, limit=100):
        found, before = [*found, *page], page[-1]["id"]
    assert [one["event"]["kind"] for one in found] == ["refused"] * 700 + ["shown"]
    assert custody.ask("my_accesses", token=person.token, of="own", limit=1)[0]["event"]["kind"] == "given"
    assert (
        custody.ask("my_accesses", token=person.token, of="others", skip=700)[0]["event"]["kind"] == "shown"
    )
