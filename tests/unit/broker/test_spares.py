"""Spare keys: they give back what a lost master key took, and open nothing while it works."""

import secrets
import sqlite3
from datetime import timedelta

import pytest

from alcaldia.broker import losses
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import codes, suites
from alcaldia.vault.rules.spare import DEVICE, HELP, MAKE, PAPER, PERSON, REMOVE, Act
from alcaldia.vault.rules.suites import HYBRID
from alcaldia.vault.rules.text64 import to_bytes, to_text
from tests.factories import custody as factory
from tests.factories.custody import OWNED, lose_keys, showing, using
from tests.factories.passkey import SoftPasskey

NAME = {"full_name": "Casilda Ficticia"}
LOST = "Se perdió la llave maestra"


def lose(custody, *people):
    """The master keys are gone and the broker starts again; people come back with their passkeys."""
    lose_keys(custody.config.folder)
    custody.restart()
    for one in people:
        one.token = one.enter()


def seen(custody, person, record):
    [found] = custody.ask("own", token=person.token, records=[record])
    return found["fields"]["full_name"]["value"]


def kinds(custody, person):
    return [one["event"]["kind"] for one in custody.ask("my_accesses", token=person.token)]


def device(person, secret=None):
    """What a browser sends to make a spare of a device, and the secret that it would make again."""
    secret = secret or secrets.token_bytes(32)
    about = {"public": to_text(suites.public_half("x25519", secret)), "salt": to_text(bytes(32)), "credential": to_text(person.key.id)}  # fmt: skip
    return about, to_text(secret)


def rekey(custody, *people, suite=HYBRID):
    custody.operate(
        "migrate", people=[{"subject": one.subject, "records": []} for one in people], suite=suite
    )
    custody.operate("retire_pairs", subjects_done=[one.subject for one in people])


def wraps(custody):
    return custody.broker.store.all("SELECT * FROM spare_wrap")


def test_paper_gives_back_what_the_lost_key_took_once_and_the_person_reads_it(custody):
    person, official = custody.person(), custody.official()
    record, grant = person.record("identity", NAME), person.grant()
    person.give(grant)
    code = person.spare()["code"]
    assert len(code.replace("-", "")) == 28
    lose(custody, person)
    official.token = official.enter()
    assert custody.ask("restore", token=person.token, code=code.lower().replace("-", " ")) == PAPER
    assert seen(custody, person, record) == NAME["full_name"]
    assert custody.ask("show", **showing(grant, official.token, [record]))
    assert kinds(custody, person)[:4] == ["shown", "own", "restored", "spare_made"]
    assert custody.ask("my_spares", token=person.token)["spares"] == []
    lose(custody, person)
    with pytest.raises(Refusal, match="no abre su bóveda"):
        custody.ask("restore", token=person.token, code=code)


def test_while_the_master_key_works_a_spare_opens_nothing_and_stays(custody):
    person = custody.person()
    code = person.spare()["code"]
    with pytest.raises(Refusal, match="se abre sin llaves de repuesto"):
        custody.ask("restore", token=person.token, code=code)
    assert len(custody.ask("my_spares", token=person.token)["spares"]) == 1


def test_every_door_that_needs_the_secret_says_one_sentence_and_writes_nothing(custody):
    person, official = custody.person(), custody.official()
    record, grant = person.record("identity", NAME), person.grant()
    quiet = person.use_grant()
    person.give(grant, quiet)
    assets = person.record("assets", {"parcel": "P-1"})
    lose(custody, person, official)
    size = custody.broker.log.size()
    for door, given in {
        "use": using(quiet, OWNED, person.token, [assets]),
        "own": {"token": person.token, "records": [record]},
        "show": showing(grant, official.token, [record]),
        "my_accesses": {"token": person.token},
        "my_proof": {"token": person.token, "id": 1},
    }.items():
        with pytest.raises(Refusal, match=LOST) as told:
            custody.ask(door, **given)
        assert told.value.code == "key_lost"
    with pytest.raises(Refusal, match=LOST):
        person.spare()
    assert custody.broker.log.size() == size
    assert {one["used"] for one in custody.ask("my_grants", token=person.token)} == {0}


def test_the_operator_is_told_how_many_are_closed_and_how_many_have_a_spare(custody):
    people = [custody.person() for _ in range(3)]
    custody.official()
    people[0].spare()
    assert custody.operate("losses") == {"keys": 0, "fading": 0, "lost": 0, "spared": 0}
    lose_keys(custody.config.folder)
    assert custody.operate("losses") == {"keys": 0, "fading": 1, "lost": 0, "spared": 0}
    custody.restart()
    assert custody.operate("losses") == {"keys": 1, "fading": 0, "lost": 3, "spared": 1}
    newcomer = custody.person()
    assert seen(custody, newcomer, newcomer.record("identity", NAME)) == NAME["full_name"]


@pytest.mark.parametrize("name", ["", "file-0123456789ab"])
def test_a_master_key_of_other_bytes_is_none(custody, name):
    """Ransom leaves files in their places; ids of earlier versions do not say which bytes they had."""
    [path] = (custody.config.folder / "kek").glob("file-*")
    if name:
        path = path.rename(path.with_name(name))
        (path.parent / "current").write_text(name)
        custody.restart()
    person = custody.person()
    code = person.spare()["code"]
    path.write_bytes(secrets.token_bytes(32))
    custody.restart()
    losses.leave_behind(custody.broker)
    person.token = person.enter()
    record = person.record("identity", NAME)
    size = custody.broker.log.size()
    with pytest.raises(Refusal, match=LOST):
        seen(custody, person, record)
    assert custody.broker.log.size() == size
    assert custody.operate("losses") == {"keys": 1, "fading": 0, "lost": 1, "spared": 1}
    assert custody.broker.keys.current() != path.name
    assert custody.operate("rewrap") == 0
    custody.ask("restore", token=person.token, code=code)
    assert seen(custody, person, record) == NAME["full_name"]


def test_a_key_lost_while_the_broker_runs_wraps_nothing_new(custody):
    before = custody.broker.keys.current()
    lose_keys(custody.config.folder)
    person = custody.person()
    assert custody.broker.keys.current() != before
    custody.restart()
    person.token = person.enter()
    assert seen(custody, person, person.record("identity", NAME)) == NAME["full_name"]


def test_what_the_broker_still_remembers_is_saved_by_a_renewal(custody):
    person = custody.person()
    lose_keys(custody.config.folder)
    custody.operate("rotate_kek")
    assert custody.operate("rewrap") == 0
    custody.restart()
    assert custody.operate("losses") == {"keys": 0, "fading": 0, "lost": 0, "spared": 0}
    assert person.enter()


def test_a_master_key_that_is_put_back_opens_again_without_a_restart(custody):
    person = custody.person()
    [path] = (custody.config.folder / "kek").glob("file-*")
    key = path.read_bytes()
    lose(custody, person)
    record = person.record("identity", NAME)
    with pytest.raises(Refusal, match=LOST):
        seen(custody, person, record)
    path.write_bytes(key)
    assert seen(custody, person, record) == NAME["full_name"]


def test_the_code_is_nowhere_in_what_the_broker_keeps(custody):
    person = custody.person()
    code = person.spare()["code"]
    custody.broker.store.checkpoint()
    data = b"".join(path.read_bytes() for path in custody.config.folder.rglob("*") if path.is_file())
    for letters in (code, codes.spelled(code), codes.mark(code)):
        assert letters.encode() not in data


@pytest.mark.parametrize("whose", ["nobody's", "a neighbour's", "removed", "of an erased and new account"])
def test_any_other_code_is_refused_with_one_sentence_and_changes_nothing(custody, whose):
    person, other = custody.person(), custody.person()
    made, foreign = person.spare(), other.spare()
    if whose == "removed":
        custody.ask("remove_spare", **person.act(REMOVE, spare=made["id"]))
    given = {
        "nobody's": "0000-" * 6 + "0000", "a neighbour's": foreign["code"], "removed": made["code"],
        "of an erased and new account": foreign["code"],
    }[whose]  # fmt: skip
    if "erased" in whose:
        custody.ask("erase", **other.erasing())
    lose(custody, person)
    size = custody.broker.log.size()
    with pytest.raises(Refusal) as told:
        custody.ask("restore", token=person.token, code=given)
    assert (told.value.code, custody.broker.log.size()) == ("bad_spare", size)
    assert losses.is_lost(custody.broker, person.subject)


def test_guessing_is_slow(custody):
    person = custody.person()
    lose(custody, person)
    for _ in range(10):
        with pytest.raises(Refusal, match="no abre"):
            custody.ask("restore", token=person.token, code="0" * 28)
    with pytest.raises(Refusal, match="demasiadas"):
        custody.ask("restore", token=person.token, code="0" * 28)


def changed(given, **other):
    return given | {"act": given["act"] | other}


def test_a_hacked_web_plants_no_key_of_its_own(custody):
    """A live session without a touch, a touch over something else, one used before, one of somebody else."""
    person, stranger = custody.person(), custody.person()
    person.spare()
    about, _ = device(person)
    mine, _ = device(person)
    real = person.act(MAKE, DEVICE, **about)
    stolen = SoftPasskey()
    act = Act(
        MAKE, person.subject, custody.ask("challenge", purpose="spare", subject=person.subject), DEVICE, mine
    )
    unmade = Act(MAKE, person.subject, to_text(bytes(32)), DEVICE, mine)
    tries = {
        "no touch": {**real, "assertion": {}},
        "a strange key": {"act": act.body(), "assertion": stolen.sign(act.challenge()), "token": person.token},
        "no challenge of ours": {"act": unmade.body(), "assertion": person.key.sign(unmade.challenge()), "token": person.token},
        "another public half": changed(person.act(MAKE, DEVICE, **about), about=mine),
        "another kind": changed(person.act(MAKE, DEVICE, **about), kind=PAPER, about={}),
        "another act": changed(person.act(MAKE, DEVICE, **about), what=HELP),
        "another's session": person.act(MAKE, DEVICE, **about) | {"token": stranger.token},
        "no session": person.act(MAKE, DEVICE, **about) | {"token": "x" * 43},
        "a touch for a session": {"act": act.body(), "assertion": person.key.sign(to_bytes(act.nonce)), "token": person.token},
    }  # fmt: skip
    for name, given in tries.items():
        with pytest.raises(Refusal):
            custody.ask("make_spare", **given)
        assert len(custody.ask("my_spares", token=person.token)["spares"]) == 1, name
    fresh = person.act(MAKE, DEVICE, **about)
    custody.ask("make_spare", **fresh)
    with pytest.raises(Refusal, match="página venció"):
        custody.ask("make_spare", **fresh)
    old = person.act(MAKE, PAPER)
    custody.at += timedelta(minutes=6)
    with pytest.raises(Refusal, match="página venció"):
        custody.ask("make_spare", **old)


def test_removing_wants_a_touch_and_only_of_ones_own(custody):
    person, stranger = custody.person(), custody.person()
    made = person.spare()
    with pytest.raises(Refusal, match="ya no está"):
        custody.ask("remove_spare", **stranger.act(REMOVE, spare=made["id"]))
    with pytest.raises(Refusal):
        custody.ask("remove_spare", **person.act(REMOVE, spare=made["id"]) | {"assertion": {}})
    sealed = [bytes(row["sealed"]) for row in wraps(custody)]
    custody.ask("remove_spare", **person.act(REMOVE, spare=made["id"]))
    custody.broker.store.checkpoint()
    assert not any(
        one in path.read_bytes() for one in sealed for path in custody.config.folder.glob("broker.sqlite3*")
    )
    assert kinds(custody, person)[0] == "spare_gone"


def test_a_device_alone_is_no_spare(custody):
    person = custody.person()
    about, secret = device(person)
    with pytest.raises(Refusal, match="Haga primero una llave en papel"):
        person.spare(DEVICE, **about)
    paper = person.spare()
    person.spare(DEVICE, **about)
    with pytest.raises(Refusal, match="Sólo quedaría la de su aparato"):
        custody.ask("remove_spare", **person.act(REMOVE, spare=paper["id"]))
    record = person.record("identity", NAME)
    lose(custody, person)
    assert custody.ask("restore", token=person.token, secret=secret) == DEVICE
    assert seen(custody, person, record) == NAME["full_name"]
    assert [one["kind"] for one in custody.ask("my_spares", token=person.token)["spares"]] == [PAPER]


@pytest.mark.parametrize(
    "other",
    [{"public": "AAAA"}, {"public": "*"}, {"salt": to_text(bytes(31))}, {"credential": to_text(b"strange")}],
)
def test_a_device_spare_that_no_browser_of_ours_made_is_refused(custody, other):
    person = custody.person()
    person.spare()
    about, _ = device(person)
    with pytest.raises(Refusal):
        person.spare(DEVICE, **about | other)


def test_a_revoked_passkey_takes_its_spare_along(custody):
    person = custody.person()
    person.spare()
    about, _ = device(person)
    person.spare(DEVICE, **about)
    second = SoftPasskey()
    person.add(second)
    custody.ask("revoke", subject=person.subject, credential_id=to_text(person.key.id), token=person.token)
    person.token = person.enter(second)
    assert [one["kind"] for one in custody.ask("my_spares", token=person.token)["spares"]] == [PAPER]


def test_a_trusted_person_restores_by_consent_and_each_reads_of_it(custody):
    owner, helper = custody.person(), custody.person()
    record, spare = owner.record("identity", NAME), owner.trusts(helper)
    code = helper.spare()["code"]
    lose(custody, owner, helper)
    with pytest.raises(Refusal, match="Nadie le pide"):
        custody.ask("help_restore", **helper.act(HELP, spare=spare))
    custody.ask("ask_help", spare=spare, token=owner.token)
    [asked] = custody.ask("my_spares", token=helper.token)["helping"]
    assert asked["asked"]
    assert asked["number"] == custody.ask("my_spares", token=owner.token)["spares"][0]["number"]
    with pytest.raises(Refusal, match=LOST):
        custody.ask("help_restore", **helper.act(HELP, spare=spare))
    custody.ask("restore", token=helper.token, code=code)
    custody.ask("help_restore", **helper.act(HELP, spare=spare))
    assert seen(custody, owner, record) == NAME["full_name"]
    assert kinds(custody, owner)[:2] == ["own", "restored"]
    assert kinds(custody, helper)[:2] == ["helped", "restored"]
    assert "trusted" in kinds(custody, helper)
    assert len(custody.ask("my_spares", token=owner.token)["spares"]) == 1


def test_who_was_not_asked_or_not_named_or_too_late_gives_nothing(custody):
    owner, helper, stranger = (custody.person() for _ in range(3))
    spare = owner.trusts(helper)
    with pytest.raises(Refusal, match="se abre sin"):
        custody.ask("ask_help", spare=spare, token=owner.token)
    codes_of = {one: one.spare()["code"] for one in (helper, stranger)}
    lose(custody, owner, helper, stranger)
    for one, code in codes_of.items():
        custody.ask("restore", token=one.token, code=code)
    with pytest.raises(Refusal):
        custody.ask("ask_help", spare=spare, token=stranger.token)
    custody.ask("ask_help", spare=spare, token=owner.token)
    with pytest.raises(Refusal, match="Nadie le pide"):
        custody.ask("help_restore", **stranger.act(HELP, spare=spare))
    custody.at += timedelta(days=8)
    helper.token = helper.enter()
    with pytest.raises(Refusal, match="Nadie le pide"):
        custody.ask("help_restore", **helper.act(HELP, spare=spare))
    assert losses.is_lost(custody.broker, owner.subject)


def test_who_was_restored_meanwhile_asks_nobody_any_more(custody):
    owner, helper = custody.person(), custody.person()
    spare, code, own = owner.trusts(helper), helper.spare()["code"], owner.spare()["code"]
    lose(custody, owner, helper)
    custody.ask("restore", token=helper.token, code=code)
    custody.ask("ask_help", spare=spare, token=owner.token)
    custody.ask("restore", token=owner.token, code=own)
    assert custody.ask("my_spares", token=helper.token)["helping"][0]["asked"] == ""
    with pytest.raises(Refusal, match="Nadie le pide"):
        custody.ask("help_restore", **helper.act(HELP, spare=spare))


def test_a_code_of_trust_names_once_and_guessing_tells_nothing(custody):
    owner, helper, third = (custody.person() for _ in range(3))
    code = custody.ask("trust_code", token=helper.token)
    own = custody.ask("trust_code", token=owner.token)
    with pytest.raises(Refusal, match="Ese código es suyo"):
        owner.spare(PERSON, code=codes.mark(own))
    with pytest.raises(Refusal, match="no existe, ya se usó o venció"):
        owner.spare(PERSON, code=codes.mark("ABCDE" * 5))
    owner.spare(PERSON, code=codes.mark(code))
    with pytest.raises(Refusal, match="no existe, ya se usó o venció"):
        third.spare(PERSON, code=codes.mark(code))
    again = custody.ask("trust_code", token=helper.token)
    with pytest.raises(Refusal, match="ya es de su confianza"):
        owner.spare(PERSON, code=codes.mark(again))
    late = custody.ask("trust_code", token=third.token)
    custody.at += timedelta(days=1, minutes=1)
    owner.token = owner.enter()
    with pytest.raises(Refusal, match="venció"):
        owner.spare(PERSON, code=codes.mark(late))
    assert helper.subject not in str(custody.ask("my_spares", token=owner.token))
    helper.token = helper.enter()
    assert owner.subject not in str(custody.ask("my_spares", token=helper.token))


def test_the_trusted_person_may_decline_and_an_erased_one_is_missed(custody):
    owner, first, second = (custody.person() for _ in range(3))
    one, _two = owner.trusts(first), owner.trusts(second)
    custody.ask("remove_spare", **first.act(REMOVE, spare=one))
    custody.ask("erase", **second.erasing())
    assert custody.ask("my_spares", token=owner.token)["spares"] == []
    details = [row["event"]["detail"] for row in custody.ask("my_accesses", token=owner.token)[:2]]
    assert details == ["person erased", "person declined"]
    assert kinds(custody, first)[0] == "untrusted"


def test_rekeying_seals_again_without_anybody_present_and_every_spare_still_fits(custody):
    owner, helper = custody.person(), custody.person()
    code, (about, secret) = owner.spare()["code"], device(owner)
    owner.spare(DEVICE, **about)
    spare = owner.trusts(helper)
    paper = helper.spare()["code"]
    rekey(custody, owner)
    rekey(custody, helper)
    rekey(custody, owner, helper, suite="x25519")
    rekey(custody, owner, helper)
    custody.operate("rotate_kek")
    while custody.operate("rewrap", limit=1):
        pass
    assert {row["suite"] for row in wraps(custody)} == {HYBRID}
    lose(custody, owner, helper)
    custody.ask("restore", token=helper.token, code=paper)
    custody.ask("ask_help", spare=spare, token=owner.token)
    custody.ask("help_restore", **helper.act(HELP, spare=spare))
    assert not losses.is_lost(custody.broker, owner.subject)
    for given in ({"code": code}, {"secret": secret}):
        lose(custody, owner)
        custody.ask("restore", token=owner.token, **given)
        assert "spare_made" in kinds(custody, owner)


def test_rekeying_passes_over_whoever_is_closed(custody):
    lost = custody.person()
    code = lost.spare()["code"]
    lose(custody)
    there = custody.person()
    told = custody.operate(
        "migrate", people=[{"subject": one.subject, "records": []} for one in (lost, there)], suite=HYBRID
    )
    assert [one.get("lost", False) for one in told] == [True, False]
    custody.operate("rotate_kek")
    assert custody.operate("rewrap") == 0
    lost.token = lost.enter()
    custody.ask("restore", token=lost.token, code=code)
    assert not losses.is_lost(custody.broker, lost.subject)


def test_erasing_destroys_the_sealed_wraps_in_the_file_too(custody):
    person, helper = custody.person(), custody.person()
    code = person.spare()["code"]
    person.trusts(helper)
    sealed = [bytes(row["sealed"]) for row in wraps(custody)]
    custody.ask("erase", **person.erasing())
    assert wraps(custody) == []
    files = [path.read_bytes() for path in custody.config.folder.glob("broker.sqlite3*")]
    assert not any(one in data for one in sealed for data in files)
    lose(custody)
    with pytest.raises(Refusal):
        custody.ask("restore", token=person.token, code=code)
    with pytest.raises(Refusal):
        person.enter()


@pytest.mark.parametrize("where", ["wrap", "drop"])
def test_killed_between_leaf_and_wrap_nothing_has_happened_and_the_spare_still_serves(
    custody, monkeypatch, where
):
    from alcaldia.broker import spare_rows

    person = custody.person()
    code = person.spare()["code"]
    lose(custody, person)
    size, seen_sizes = custody.broker.log.size(), []

    def die(*_):
        seen_sizes.append(custody.broker.log.size())
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(custody.broker.keys if where == "wrap" else spare_rows, where, die)
        with pytest.raises(KeyboardInterrupt):
            custody.ask("restore", token=person.token, code=code)
    assert seen_sizes == [size + 1]
    custody.restart()
    person.token = person.enter()
    assert custody.broker.log.size() == size
    assert losses.is_lost(custody.broker, person.subject)
    custody.ask("restore", token=person.token, code=code)
    assert custody.broker.log.size() == size + 1
    with sqlite3.connect(custody.config.folder / "broker.sqlite3") as store:
        assert store.execute("SELECT count(*) FROM spare").fetchone() == (0,)
    store.close()


def test_a_damaged_wrap_or_one_of_another_secret_is_refused(custody):
    person, other = custody.person(), custody.person()
    code, secret = person.spare(), other.spare()
    with custody.broker.store.transaction() as connection:
        connection.execute(
            "UPDATE spare_wrap SET sealed = (SELECT sealed FROM spare_wrap WHERE spare = ?)", (secret["id"],)
        )
    lose(custody, person)
    with pytest.raises(Refusal, match="está dañado"):
        custody.ask("restore", token=person.token, code=code["code"])


def test_people_without_a_passkey_and_under_split_custody_have_none(custody):
    code = "ABCDE" * 5
    subject = "p_" + "x" * 22
    custody.ask("open_coded", subject=subject, code=code)
    token = custody.ask("enter_coded", code=code)["token"]
    assert custody.ask("my_spares", token=token)["why"] == "passkey"
    with pytest.raises(Refusal, match="hace falta una llave de acceso"):
        custody.ask("trust_code", token=token)
    with factory.custody() as first, factory.custody(second=True) as second:
        first.broker.guardian = second
        person = first.person()
        assert first.ask("my_spares", token=person.token)["why"] == "split"
        with pytest.raises(Refusal, match="custodia está dividida"):
            person.spare()


def test_six_are_enough(custody):
    person = custody.person()
    for _ in range(6):
        person.spare()
    with pytest.raises(Refusal, match="hasta 6"):
        person.spare()


@pytest.mark.parametrize(
    "act", [None, {}, [], {"what": MAKE}, {"what": MAKE, "person": "p", "nonce": "A", "kind": PAPER, "about": {"x": "y"}},
            {"what": MAKE, "person": "p", "nonce": "A", "kind": "word", "about": {}}, {"what": [], "person": "p", "nonce": "A", "kind": [], "about": {}},
            {"what": REMOVE, "person": "p", "nonce": "A", "kind": "", "about": {"spare": "a b"}}],
)  # fmt: skip
def test_what_is_no_act_is_refused(custody, act):
    person = custody.person()
    with pytest.raises(Refusal) as told:
        custody.ask("make_spare", act=act, assertion={}, token=person.token)
    assert told.value.code == "bad_act"
