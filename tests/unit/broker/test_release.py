"""What the broker answers, and what it does not."""

import sqlite3
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alcaldia.broker import accesses, clock, losses
from alcaldia.broker.doors import WEB, answer
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access
from alcaldia.vault.rules.access import Access
from alcaldia.vault.rules.grant import Operation
from alcaldia.vault.rules.sealing import field_digest
from alcaldia.vault.rules.text64 import to_bytes, to_text
from tests.factories.custody import OWNED, PAID, showing, using

NAME = {"full_name": "Casilda Ficticia"}


def refused(custody, door, **given):
    with pytest.raises(Refusal) as told:
        custody.ask(door, **given)
    return told.value.code


def test_an_official_sees_the_granted_field_and_the_person_reads_who_it_was(custody):
    person, official = custody.person(), custody.official()
    records = [person.record("identity", NAME | {"tax_code": "FICC800101AAA"})]
    grant = person.grant()
    person.give(grant)
    [found] = custody.ask("show", **showing(grant, official.token, records))
    assert {name: held["value"] for name, held in found["fields"].items()} == NAME
    newest = custody.ask("my_accesses", token=person.token)[0]["event"]
    assert newest["official"] == "Ada Ficticia"
    assert newest["fields"] == ["identity.full_name"]


def test_a_question_is_answered_without_a_value(custody):
    person = custody.person()
    records = [
        person.record("assets", {"parcel": "P-1"}, item="a"),
        person.record("tax", {"parcel": "P-1", "due": "0.00"}, item="b"),
        person.record("tax", {"parcel": "P-2", "due": "75.50"}, item="c"),
    ]
    grant = person.use_grant()
    person.give(grant)
    assert custody.ask("use", **using(grant, OWNED, person.token, records)) is True
    assert custody.ask("use", **using(grant, PAID, person.token, records)) is True
    assert refused(custody, "use", **using(grant, PAID, person.token, records[:1])) == "missing"


def test_an_operation_that_was_not_signed_is_refused(custody):
    person = custody.person()
    grant = person.use_grant()
    person.give(grant)
    probe = Operation("at_least", "tax.due", (("tax.parcel", "P-1"),), 500, "")
    assert refused(custody, "use", **using(grant, probe, person.token, [])) == "other_operation"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"fields": ["identity.tax_code"]}, "other_field"),
        ({"fields": []}, "other_field"),
        ({"purpose": "Curiosidad"}, "other_purpose"),
        ({"case": "C-2"}, "other_case"),
        ({"token": ""}, "nobody_present"),
        ({"grant": "00" * 32}, "grant_unknown"),
    ],
)
def test_what_the_grant_does_not_say_is_refused(custody, changed, code):
    person, official = custody.person(), custody.official()
    grant = person.grant()
    person.give(grant)
    assert refused(custody, "show", **(showing(grant, official.token, []) | changed)) == code


def test_another_office_is_refused_and_the_person_reads_of_it(custody):
    person, other = custody.person(), custody.official("catastro", "Curioso Inventado")
    grant = person.grant()
    person.give(grant)
    assert refused(custody, "show", **showing(grant, other.token, [])) == "other_recipient"
    told = custody.ask("my_accesses", token=person.token)[0]["event"]
    assert (told["kind"], told["official"], told["detail"]) == (
        "refused",
        "Curioso Inventado",
        "other_recipient",
    )


def test_a_permit_ends_by_date_by_uses_and_by_the_persons_will(custody):
    person, official = custody.person(), custody.official()
    short, once, gone = (
        person.grant(not_after=custody.at + timedelta(minutes=5)),
        person.grant(max_uses=1),
        person.grant(),
    )
    person.give(short, once, gone)
    custody.ask("show", **showing(once, official.token, []))
    custody.ask("revoke_grant", grant=gone.id, token=person.token)
    custody.at += timedelta(minutes=6)
    codes = [refused(custody, "show", **showing(one, official.token, [])) for one in (short, once, gone)]
    assert codes == ["expired", "used_up", "revoked"]


def test_a_clock_that_is_set_back_stops_everything(custody):
    person, official = custody.person(), custody.official()
    grant = person.grant(not_after=custody.at + timedelta(hours=1))
    person.give(grant)
    custody.at += timedelta(hours=2)
    assert refused(custody, "show", **showing(grant, official.token, [])) in {"expired", "nobody_present"}
    custody.at -= timedelta(hours=2)
    assert refused(custody, "show", **showing(grant, official.token, [])) == "clock_back"


def test_a_clock_set_back_while_the_broker_was_down_is_noticed(custody):
    person, official = custody.person(), custody.official()
    grant = person.grant()
    person.give(grant)
    custody.at -= timedelta(hours=3)
    custody.restart()
    assert refused(custody, "show", **showing(grant, official.token, [])) == "clock_back"


def test_after_a_clock_that_ran_ahead_the_operator_accepts_the_right_one_in_public(custody):
    """One look under a clock of ten years later would close every vault for ten years."""
    person = custody.person()
    right, records = custody.at, [person.record("identity", NAME)]
    custody.at += timedelta(days=3650)
    custody.ask("own", token=person.enter(), records=records)
    custody.at = right
    custody.restart()
    challenge = {"purpose": "session", "subject": person.subject}
    assert refused(custody, "challenge", **challenge) == "clock_back"
    assert refused(custody, "accept_clock") == "no_such_door"
    size = custody.broker.log.size()
    told = custody.operate("accept_clock")
    assert custody.broker.log.entry(size) == clock.leaf(told)
    assert custody.ask("own", token=person.enter(), records=records)
    custody.restart()
    assert person.enter()
    with pytest.raises(Refusal, match="no está atrasado"):
        custody.operate("accept_clock")


def test_records_of_somebody_else_are_refused_under_a_good_grant(custody):
    person, victim, official = custody.person(), custody.person(), custody.official()
    grant = person.grant()
    person.give(grant)
    theirs = victim.record("identity", NAME)
    assert refused(custody, "show", **showing(grant, official.token, [theirs])) == "other_person"
    relabelled = theirs | {"person": person.subject}
    assert refused(custody, "show", **showing(grant, official.token, [relabelled])) == "cannot_open"


def test_both_persons_read_who_sent_one_ones_data_under_the_others_permit(custody):
    person, victim, official = custody.person(), custody.person(), custody.official(name="Curioso Inventado")
    grant = person.grant()
    person.give(grant)
    sent = [victim.record("identity", NAME), victim.record("identity", NAME) | {"person": "p_nobody"}]
    assert refused(custody, "show", **showing(grant, official.token, sent)) == "other_person"
    told = {
        one: custody.ask("my_accesses", token=one.token, of="others")[0]["event"] for one in (person, victim)
    }
    for one in told.values():
        assert (one["kind"], one["official"], one["detail"]) == ("refused", "Curioso Inventado", "other_person")  # fmt: skip
    assert (told[person]["case"], told[person]["grant"]) == ("C-1", grant.id)
    assert [told[victim][name] for name in ("case", "purpose", "grant")] == ["", "", ""]
    assert custody.ask("my_grants", token=person.token)[0]["used"] == 0


def test_last_years_record_put_back_is_refused(custody):
    person = custody.person()
    old = person.record("tax", {"parcel": "P-1", "due": "0.00"}, number=1)
    new = person.record("tax", {"parcel": "P-1", "due": "900.00"}, number=2)
    grant = person.use_grant(max_uses=5)
    person.give(grant)
    assert custody.ask("use", **using(grant, PAID, person.token, [new])) is False
    assert refused(custody, "use", **using(grant, PAID, person.token, [old])) == "rolled_back"


def test_a_row_deleted_or_swapped_before_it_was_ever_read_is_missed(custody):
    person, official = custody.person(), custody.official()
    first, forged = person.record("identity", NAME), person.record("identity", {"full_name": "Otra"})
    tell(custody, first)
    grant = person.grant()
    person.give(grant)
    assert refused(custody, "show", **showing(grant, official.token, [])) == "missing"
    assert refused(custody, "show", **showing(grant, official.token, [forged])) == "rolled_back"
    [lost] = custody.ask("my_missing", token=person.token, records=[])
    assert (lost["group"], lost["field"], lost["fault"]) == ("identity", "full_name", "gone")
    assert custody.ask("my_missing", token=person.token, records=[first]) == []
    custody.ask("show", **showing(grant, official.token, [first]))


def tell(custody, record):
    """As the web tells after it stored."""
    fields = {name: field_digest(to_bytes(text)) for name, text in record["fields"].items()}
    place = {name: record[name] for name in ("person", "group", "item", "number")}
    custody.ask("kept", heads=[{**place, "fields": fields}])


def test_only_what_the_register_signed_counts_where_the_grant_says_so(custody):
    person, key = custody.person(), Ed25519PrivateKey.generate()
    custody.operate("add_source", code="tesoreria", public=to_text(key.public_key().public_bytes_raw()))
    asked = Operation("is_zero", "tax.due", (("tax.parcel", "P-1"),), None, "tesoreria")
    grant = person.use_grant(operations=(asked,))
    person.give(grant)
    values = {"parcel": "P-1", "due": "0.00"}
    forged = person.record("tax", values, source="tesoreria", key=Ed25519PrivateKey.generate())
    assert custody.ask("use", **using(grant, asked, person.token, [forged])) is None
    signed = person.record("tax", values, source="tesoreria", key=key, number=2)
    assert custody.ask("use", **using(grant, asked, person.token, [signed])) is True


def test_a_register_with_a_new_key_still_counts_for_what_the_one_before_signed_in_its_time(custody):
    person, old, new = custody.person(), Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    for door, key in (("add_source", old), ("replace_source", new), ("replace_source", new)):
        custody.operate(door, code="agua", public=to_text(key.public_key().public_bytes_raw()))
    asked = Operation("is_zero", "tax.due", (("tax.parcel", "P-1"),), None, "agua")
    grant = person.use_grant(operations=(asked,), max_uses=9)
    person.give(grant)

    def counts(key, number):
        record = person.record("tax", {"parcel": "P-1", "due": "0.00"}, source="agua", key=key, number=number)
        return custody.ask("use", **using(grant, asked, person.token, [record]))

    assert [counts(old, 1), counts(new, 2)] == [True, True]
    with pytest.raises(Refusal, match="keys rotate source"):
        custody.operate("add_source", code="agua", public=to_text(old.public_key().public_bytes_raw()))
    with custody.broker.store.transaction() as connection:
        connection.execute("UPDATE source_before SET until = '2025-12-31'")
    assert [counts(old, 3), counts(new, 4)] == [None, True], "dated after its last day"
    assert custody.operate("forget_sources", code="agua") == 1


def test_a_hacked_web_can_not_sign_for_the_person(custody):
    person, stranger = custody.person(), custody.person()
    from alcaldia.vault.rules.grant import Send

    send = Send("ab" * 32, (person.grant(),))
    forged = stranger.key.sign(send.challenge())
    assert refused(custody, "give", send=send.body(), assertion=forged) == "bad_passkey"


def test_one_record_of_own_data_is_one_line_in_the_log(custody):
    person = custody.person()
    before = custody.broker.log.size()
    [found] = custody.ask("own", token=person.token, records=[person.record("identity", NAME)])
    assert found["fields"]["full_name"]["value"] == NAME["full_name"]
    assert custody.broker.log.size() == before + 1


@pytest.mark.parametrize("door", ["show", "use", "own"])
def test_the_leaf_is_on_the_disk_before_the_key_is_unwrapped(custody, monkeypatch, door):
    person, official, seen = custody.person(), custody.official(), []
    grants = {"show": person.grant(fields=("tax.due",)), "use": person.use_grant()}
    person.give(*grants.values())
    records = [person.record("tax", {"parcel": "P-1", "due": "0.00"})]
    asked = {
        "show": showing(grants["show"], official.token, records),
        "use": using(grants["use"], PAID, person.token, records),
        "own": {"token": person.token, "records": records},
    }
    losses.leave_behind(custody.broker)  # as every start does: it tries the master key once, for nobody
    before, unwrap = committed(custody), custody.broker.keys.unwrap

    def spy(*given):
        seen.append([one - two for one, two in zip(committed(custody), before, strict=True)])
        return unwrap(*given)

    monkeypatch.setattr(custody.broker.keys, "unwrap", spy)
    custody.ask(door, **asked[door])
    assert seen == [[1, 1]]
    monkeypatch.setattr(accesses, "insert", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        custody.ask(door, **asked[door])
    assert len(seen) == 1


def committed(custody):
    """Accesses and leaves that another reader of the file sees: what is not committed yet is not among them."""
    with sqlite3.connect(custody.config.folder / "broker.sqlite3") as store:
        found = [store.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("access", "entry")]
    store.close()
    return found


@pytest.mark.parametrize("error", [sqlite3.OperationalError("database or disk is full"), OSError(28, "full")])
@pytest.mark.parametrize("where", ["write", "insert"])
def test_what_cannot_be_logged_is_not_opened_and_is_said(custody, monkeypatch, where, error):
    person, official = custody.person(), custody.official()
    grant = person.grant(max_uses=1)
    person.give(grant)
    asked = showing(grant, official.token, [person.record("identity", NAME)])
    before = committed(custody)
    with monkeypatch.context() as full:
        full.setattr(accesses, where, lambda *_: (_ for _ in ()).throw(error))
        full.setattr(accesses, "secret_of", lambda *_: pytest.fail("opened without a leaf"))
        assert refused(custody, "show", **asked) == "disk_full"
        assert refused(custody, "own", token=person.token, records=asked["records"]) == "disk_full"
    assert committed(custody) == before
    assert len(custody.ask("show", **asked)) == 1


def test_a_file_that_may_not_grow_loses_neither_use_nor_leaf(custody):
    """SQLite itself says that it is full, wherever in the transaction that falls."""
    person, official = custody.person(), custody.official()
    grant = person.grant(max_uses=100)
    person.give(grant)
    asked, store = showing(grant, official.token, []), custody.broker.log.store
    pages = store.execute("PRAGMA page_count").fetchone()[0]
    custody.at += timedelta(minutes=2)
    store.execute(f"PRAGMA max_page_count = {pages}")
    told = [answer(custody.broker, WEB, {"door": "show", "given": asked}) for _ in range(50)]
    answered = sum(one["ok"] for one in told)
    assert {one["code"] for one in told if not one["ok"]} == {"disk_full"}
    assert custody.ask("my_grants", token=person.token)[0]["used"] == answered
    store.execute("PRAGMA max_page_count = 1000000")
    custody.ask("show", **asked)
    assert custody.ask("my_grants", token=person.token)[0]["used"] == answered + 1
    assert custody.broker.log.size() == committed(custody)[1]


def tried(custody, person):
    return [one["event"]["detail"] for one in custody.ask("my_accesses", token=person.token, of="others")]


@pytest.mark.parametrize("limit", ["refusals_per_minute", "shows_per_minute"])
def test_after_a_flood_each_person_is_still_told_once_a_minute(custody, limit):
    """An official tries one person without end, then another, three times, and again a minute later."""
    flooded, other, official = custody.person(), custody.person(), custody.official("catastro")
    grants = [flooded.grant(), other.grant()]
    flooded.give(grants[0]), other.give(grants[1])
    for _ in range(getattr(custody.config, limit) + 5):
        refused(custody, "show", **showing(grants[0], official.token, []))
    told = tried(custody, flooded)
    size = custody.broker.log.size()
    for _ in range(3):
        assert refused(custody, "show", **showing(grants[1], official.token, [])) == "too_many"
    assert len(tried(custody, other)) == 1
    assert custody.broker.log.size() == size + 1
    assert len(told) <= custody.config.refusals_per_minute + 1
    custody.at += timedelta(minutes=1, seconds=1)
    refused(custody, "show", **showing(grants[1], official.token, []))
    assert len(tried(custody, other)) == 2


def test_a_folio_that_an_official_tries_leaves_a_line_with_them(custody):
    person, official = custody.person(), custody.official()
    person.give(person.grant(case="C-1"))
    for case in ("C-1", "C-2", "C-2"):
        custody.ask("case_grants", case=case, token=official.token)
    lines = [
        one["event"] for one in accesses.told_to(custody.broker, official.subject, before=2**62, limit=9)
    ]
    found = [(one["kind"], one["official"], one["case"], one["detail"]) for one in lines]
    assert found[:2] == [("searched", "Ada Ficticia", f"C-{n}", "folio") for n in (2, 1)]
    assert found[2][0] == "enrolled"


def test_a_person_reads_which_fields_each_permit_ever_read_however_long_ago(custody):
    person, official = custody.person(), custody.official()
    fields = ("identity.full_name", "identity.tax_code")
    read, never, old = (
        person.grant(fields=fields, nonce=f"{name:x<24}") for name in ("read", "never", "old")
    )
    person.give(read, never, old)
    records = [person.record("identity", NAME | {"tax_code": "FICC800101AAA"})]
    custody.ask("show", **showing(read, official.token, records, fields=fields[:1]))
    flood = Access(access.REFUSED, custody.at.isoformat(), person.subject)
    accesses.write(custody.broker, [flood] * 600)
    custody.ask("revoke_grant", grant=never.id, token=person.token)
    told = {one["id"]: (one["used"], one["read"]) for one in custody.ask("my_grants", token=person.token)}
    assert told == {read.id: (1, ["identity.full_name"]), never.id: (0, []), old.id: (0, [])}
    custody.ask("erase", **person.erasing())
    assert custody.broker.store.all("SELECT * FROM looked") == []


def test_whoever_sends_the_data_of_many_under_one_permit_is_told_to_all_of_them(custody):
    people, official = [custody.person() for _ in range(13)], custody.official()
    grant = people[0].grant()
    people[0].give(grant)
    records = [one.record("identity", NAME) for one in people]
    for _ in range(2):
        assert refused(custody, "show", **showing(grant, official.token, records)) == "other_person"
    assert [len(tried(custody, one)) for one in people] == [2, *[1] * 12]
