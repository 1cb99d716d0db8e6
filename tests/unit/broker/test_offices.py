"""An official who leaves an office opens nothing for it any more, whatever key and permit they still hold."""

from datetime import timedelta

import pytest

from alcaldia.broker import accesses
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.grant import Send
from tests.factories.custody import office, post
from tests.unit.broker.test_release import NAME, refused, showing


def test_who_left_every_office_vouches_for_nobody_identifies_nobody_and_recovers_nobody(custody):
    """The account and its key are still there: a post that ended takes only the post away."""
    official = custody.official()
    keep(custody, official)
    asked = {
        "identify": {"kind": "curp", "value": "XF12", "case": "C-1"},
        "assisted_person": {"code": "x"},
        "give_assisted": {
            "send": Send("cd" * 32, (custody.person().grant(),)).body(),
            "code": "x",
            "assertion": {},
        },
        "approve_recovery": {"subject": "x", "code_hash": "x", "act": {}, "assertion": {}},
    }
    token = official.enter()
    for door, given in asked.items():
        assert refused(custody, door, **given, token=token) == "no_post", door


def keep(custody, who, *agencies, left=False):
    return custody.ask("keep_offices", subject=who.subject, posts=[post(one) for one in agencies], left=left)


def give(custody, who, *posts, name="Ada"):
    custody.operate("give_offices", subject=who.subject, posts=list(posts), name=name)


def posts_of(custody, token):
    return [tuple(one) for one in custody.ask("who", token=token)["posts"]]


def granted(custody, *agencies):
    """A person with a permit for each of these offices."""
    person = custody.person()
    grants = [person.grant(office=office(one)) for one in agencies]
    person.give(*grants)
    return person, grants


def test_the_same_agency_of_another_town_is_refused_though_it_knows_the_folio(custody):
    person, [grant] = granted(custody, "tesoreria")
    other = custody.official("otro/tesoreria")
    assert custody.ask("case_grants", case="C-1", token=other.token) == []
    records = [person.record("identity", NAME)]
    assert refused(custody, "show", **showing(grant, other.token, records)) == "other_recipient"
    told = custody.ask("my_accesses", token=person.token)[0]["event"]
    assert (told["kind"], told["office"]) == ("refused", "otro/tesoreria")


def test_an_official_of_two_offices_opens_the_permits_of_both_and_each_look_names_its_own(custody):
    person, grants = granted(custody, "tesoreria", "otro/catastro")
    official = custody.official("tesoreria", also=("otro/catastro",))
    assert len(custody.ask("case_grants", case="C-1", token=official.token)) == 2
    records = [person.record("identity", NAME)]
    for grant in grants:
        custody.ask("show", **showing(grant, official.token, records))
    newest = [one["event"] for one in custody.ask("my_accesses", token=person.token, limit=2)]
    assert [one["office"] for one in newest] == ["otro/catastro", "pueblo/tesoreria"]


def test_the_role_that_a_permit_names_is_the_one_in_that_office(custody):
    person, official = custody.person(), custody.official()
    give(custody, official, post("tesoreria", "cashier"), post("catastro", "director"))
    grants = [person.grant(role=role) for role in ("director", "cashier")]
    person.give(*grants)
    token, records = official.enter(), [person.record("identity", NAME)]
    assert refused(custody, "show", **showing(grants[0], token, records)) == "other_role"
    assert custody.ask("show", **showing(grants[1], token, records))


def test_a_permit_that_names_no_town_opens_nothing_and_says_what_to_do(custody):
    person = custody.person()
    old = person.grant(office="tesoreria")
    person.give(old)
    with pytest.raises(Refusal, match="Pida a la persona uno nuevo") as told:
        custody.ask("show", **showing(old, custody.official().token, []))
    assert told.value.code == "bare_office"


def test_a_post_that_begins_later_opens_from_its_day_on_and_not_before(custody):
    person, [grant] = granted(custody, "catastro")
    official, day = custody.official(), custody.at + timedelta(hours=9)
    give(custody, official, post("tesoreria"), post("catastro", since=day.isoformat()))
    records = [person.record("identity", NAME)]
    assert refused(custody, "show", **showing(grant, official.enter(), records)) == "other_recipient"
    custody.at = day - timedelta(seconds=1)
    assert posts_of(custody, official.enter()) == [("pueblo/tesoreria", "")]
    custody.at = day
    assert custody.ask("show", **showing(grant, official.enter(), records))


def test_the_offices_that_are_given_are_all_of_them(custody):
    official = custody.official()
    give(custody, official, post("catastro", "cadastre"), post("planeacion", "planner"))
    told = [("pueblo/catastro", "cadastre"), ("pueblo/planeacion", "planner")]
    assert posts_of(custody, official.enter()) == told


def test_the_same_offices_again_end_no_session_and_write_nothing(custody):
    official, size = custody.official(), custody.ask("log_size")
    give(custody, official, post("tesoreria"))
    assert posts_of(custody, official.token) == [("pueblo/tesoreria", "")]
    assert custody.ask("log_size") == size


def test_who_left_the_office_is_refused_what_was_granted_to_it(custody):
    person, [grant] = granted(custody, "tesoreria")
    official = custody.official()
    records = [person.record("identity", NAME)]
    custody.ask("show", **showing(grant, official.token, records))
    assert keep(custody, official) is True
    assert refused(custody, "show", **showing(grant, official.token, records)) == "nobody_present"
    assert refused(custody, "show", **showing(grant, official.enter(), records)) == "other_recipient"
    told = custody.ask("my_accesses", token=person.token)[0]["event"]
    assert (told["official"], told["office"]) == ("Ada Ficticia", "")


def test_the_end_of_one_post_leaves_the_others(custody):
    official = custody.official("tesoreria", also=("catastro",))
    assert keep(custody, official, "tesoreria", "catastro") is False
    assert len(posts_of(custody, official.token)) == 2
    assert keep(custody, official, "catastro") is True
    assert posts_of(custody, official.enter()) == [("pueblo/catastro", "")]


def test_the_web_gives_no_office_by_saying_which_ones_stay(custody):
    official = custody.official()
    assert keep(custody, official, "tesoreria", "catastro", "otro/tesoreria") is False
    assert posts_of(custody, official.enter()) == [("pueblo/tesoreria", "")]


def test_who_left_altogether_does_not_enter_again(custody):
    official = custody.official()
    assert keep(custody, official, left=True) is True
    with pytest.raises(Refusal) as told:
        official.enter()
    assert told.value.code == "bad_passkey"


def test_a_new_office_opens_by_the_key_that_is_there_and_adds_none(custody):
    official = custody.official()
    keep(custody, official)
    token, keys = official.enter(), custody.operate("counts")["passkeys"]
    give(custody, official, post("catastro", "cadastre"))
    assert custody.ask("who", token=token) == {}
    told = custody.ask("who", token=official.enter())
    assert (told["posts"], told["name"]) == ((("pueblo/catastro", "cadastre"),), "Ada")
    assert custody.operate("counts")["passkeys"] == keys


def test_only_the_operator_gives_an_office_and_only_to_an_official(custody):
    official, person = custody.official(), custody.person()
    given = {"posts": [post("catastro")], "name": "x"}
    with pytest.raises(Refusal):
        custody.ask("give_offices", subject=official.subject, **given)
    with pytest.raises(Refusal, match="no es de un funcionario"):
        custody.operate("give_offices", subject=person.subject, **given)
    assert posts_of(custody, official.token) == [("pueblo/tesoreria", "")]


def test_a_store_of_before_opens_and_its_officials_are_of_no_office_until_they_are_told(custody):
    official = custody.official()
    with custody.broker.store.transaction() as connection:
        connection.execute("DROP TABLE post")
        connection.execute("ALTER TABLE subject ADD COLUMN office TEXT NOT NULL DEFAULT 'tesoreria'")
    custody.restart()
    assert posts_of(custody, official.enter()) == []
    give(custody, official, post("tesoreria"))
    assert posts_of(custody, official.enter()) == [("pueblo/tesoreria", "")]


def test_a_citizen_has_no_office_to_lose(custody):
    person = custody.person()
    assert keep(custody, person, left=True) is False
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
