"""The pure part: what is sealed where, what a grant may be, who signed a value, what a question answers."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.vault.rules import catalogue, offices, operations, sealing, suites
from alcaldia.vault.rules.decision import OFFICIAL, PERSON, Presence, Standing, Wanted, refusal
from alcaldia.vault.rules.grant import (
    AUTOMATIC,
    SHOW,
    USE,
    BadGrant,
    Grant,
    Operation,
    Send,
    read_grant,
    read_send,
)
from alcaldia.vault.rules.provenance import Place, proven, stated
from alcaldia.vault.rules.suites import CannotOpen

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
NONCE = "n" * 24


def grant(**other):
    usual = {
        "person": "p_1", "office": "pueblo/tesoreria", "role": "", "mode": SHOW, "fields": ("identity.full_name",),
        "operations": (), "purpose": "resolve-request", "case": "C-1", "not_before": NOW, "not_after": NOW + timedelta(days=1),
        "max_uses": 1, "nonce": NONCE,
    }  # fmt: skip
    return Grant(**(usual | other))


def standing(**other):
    usual = {
        "now": NOW,
        "latest": NOW,
        "used": 0,
        "signed": True,
        "revoked": False,
        "erased": False,
        "purposed": True,
    }
    return Standing(**(usual | other))


WANTED = Wanted(SHOW, ("identity.full_name",), "resolve-request", "C-1")
CLERK = Presence("o_1", OFFICIAL, (("pueblo/catastro", "director"), ("pueblo/tesoreria", "treasury")))


@pytest.mark.parametrize("suite", suites.SUITES)
def test_a_record_opens_with_its_key_and_not_elsewhere(suite):
    secret, public = suites.fresh_pair(suite)
    place = ("p_1", "tax", "i", 1)
    made = sealing.seal_record(*place, {"due": {"value": "7"}}, suite=suite, public=public)
    assert sealing.open_field(made, sealing.data_key(made, secret), "due") == {"value": "7"}
    for name, other in (("person", "p_2"), ("group", "water"), ("item", "j"), ("number", 2)):
        moved = sealing.Record(**{**vars(made), name: other})
        with pytest.raises(CannotOpen):
            sealing.open_field(moved, sealing.data_key(moved, secret), "due")


def test_a_ciphertext_says_nothing_of_the_length_of_a_name():
    _, public = suites.fresh_pair()
    sizes = {
        len(
            sealing.seal_record(
                "p", "g", "", 1, {"n": {"value": "x" * n}}, suite=suites.X25519, public=public
            ).fields["n"]
        )
        for n in range(1, 40)
    }
    assert len(sizes) == 1


def test_a_grant_reads_back_as_it_was_signed():
    one = grant(mode=USE, operations=(Operation("is_zero", "identity.full_name", (), None, ""),))
    assert read_grant(json.loads(json.dumps(one.body()))) == one
    assert read_send(Send("ab", (one,)).body()).challenge() == Send("ab", (one,)).challenge()


@pytest.mark.parametrize(
    "changed",
    [
        {"extra": 1}, {"v": True}, {"v": 2}, {"mode": "all"}, {"fields": []}, {"fields": ["a.b", "a.b"]}, {"fields": ["A"]},
        {"max_uses": 0}, {"max_uses": True}, {"max_uses": 101}, {"nonce": "x"}, {"purpose": " "},
        {"not_before": "2026-03-02T15:00:00+00:00"}, {"not_before": "2026-03-02"}, {"not_after": "9999-12-31T23:59:59-06:00"}, {"not_after": "2020-01-01T00:00:00Z"},
        {"recipient": {"office": "x"}}, {"operations": [{}]}, {"person": None},
    ],
)  # fmt: skip
def test_an_odd_grant_is_none(changed):
    with pytest.raises(BadGrant):
        read_grant(grant().body() | changed)


def test_a_bundle_of_two_persons_or_one_nonce_twice_is_none():
    for pair in ((grant(), grant(person="p_2", nonce="m" * 24)), (grant(), grant(purpose="Otra"))):
        with pytest.raises(BadGrant):
            read_send(Send("ab", pair).body())


def test_a_lawful_request_is_answered():
    assert refusal(grant(), WANTED, CLERK, standing()) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"standing": {"latest": NOW + timedelta(minutes=3)}}, "clock_back"),
        ({"standing": {"erased": True}}, "erased"),
        ({"standing": {"revoked": True}}, "revoked"),
        ({"standing": {"signed": False}}, "not_signed"),
        ({"standing": {"purposed": False}}, "unknown_purpose"),
        ({"grant": {"not_after": NOW + timedelta(days=91)}}, "too_long"),
        (
            {"grant": {"not_after": NOW + timedelta(hours=25)}, "standing": {"assisted": "assisted"}},
            "assisted_limit",
        ),
        ({"grant": {"not_before": NOW + timedelta(hours=1)}}, "not_yet"),
        ({"standing": {"now": NOW + timedelta(days=2)}}, "expired"),
        ({"standing": {"used": 1}}, "used_up"),
        ({"who": Presence()}, "nobody_present"),
        ({"grant": {"office": "tesoreria"}}, "bare_office"),
        ({"grant": {"office": "tesoreria", "role": AUTOMATIC}}, "bare_office"),
        ({"who": Presence("o_1", OFFICIAL, (("pueblo/catastro", ""),))}, "other_recipient"),
        ({"who": Presence("o_1", OFFICIAL, (("otro/tesoreria", "treasury"),))}, "other_recipient"),
        ({"who": Presence("p_1", PERSON)}, "other_recipient"),
        ({"grant": {"role": AUTOMATIC}, "who": Presence("p_1", PERSON)}, "other_recipient"),
        ({"grant": {"role": "director"}}, "other_role"),
        ({"wanted": {"mode": USE}}, "other_mode"),
        ({"wanted": {"fields": ("tax.due",)}}, "other_field"),
        ({"wanted": {"fields": ()}}, "other_field"),
        ({"wanted": {"purpose": "x"}}, "other_purpose"),
        ({"wanted": {"case": "x"}}, "other_case"),
    ],
)
def test_each_row_of_the_table_refuses_with_its_reason(changes, code):
    asked = Wanted(**(vars(WANTED) | changes.get("wanted", {})))
    who = changes.get("who", CLERK)
    found = refusal(grant(**changes.get("grant", {})), asked, who, standing(**changes.get("standing", {})))
    assert found is not None
    assert found.code == code
    assert found.sentence.endswith(".")


def test_an_office_is_made_and_taken_apart_in_one_place():
    code = offices.office("san-jacinto", "tesoreria")
    assert (code, offices.split(code), offices.name(code)) == (
        "san-jacinto/tesoreria",
        ("san-jacinto", "tesoreria"),
        "Tesorería",
    )
    assert offices.split("tesoreria") == ("", "tesoreria")
    for town, agency in (("", "tesoreria"), ("san-jacinto", ""), ("san/jacinto", "tesoreria"), ("a", "b/c")):
        with pytest.raises(ValueError, match="agency of a municipality"):
            offices.office(town, agency)


VALUES = {"parcel": "14", "due": "0.00", "account": "U1"}
RECORD = Place("p_1", "tax", "i", "", 3)


def test_a_registers_word_is_proven_field_by_field():
    key = Ed25519PrivateKey.generate()
    known = {"tesoreria": key.public_key().public_bytes_raw()}
    held = stated(VALUES, source="tesoreria", date="2026-01-01", record=RECORD, key=key)
    at = {name: Place("p_1", "tax", "i", name, 3) for name in VALUES}
    assert all(proven(held[name], at[name], known) for name in VALUES)
    assert not proven(held["due"] | {"value": "1.00"}, at["due"], known)
    assert not proven(held["due"], at["account"], known)
    assert not proven(held["due"], Place("p_2", "tax", "i", "due", 3), known)
    assert not proven(held["due"], Place("p_1", "tax", "i", "due", 4), known)
    assert not proven(
        held["due"], at["due"], {"tesoreria": Ed25519PrivateKey.generate().public_key().public_bytes_raw()}
    )
    assert not proven(
        stated(VALUES, source="tesoreria", date="2026-01-01", record=RECORD, key=None)["due"],
        at["due"],
        known,
    )


@pytest.mark.parametrize(
    ("name", "argument", "values", "answer"),
    [
        ("is_zero", None, ["0.00"], True), ("is_zero", None, ["0.00", "1"], False), ("is_zero", None, [], None),
        ("is_zero", None, ["mucho"], None), ("at_least", 18, ["18"], True), ("at_most", 5, ["5"], True), ("at_most", 5, ["5.01"], False),
        ("sum_at_most", 10, ["4", "6"], True), ("sum_at_most", 10, ["4", "6.01"], False), ("sum_at_most", 10, [], None),
        ("sum_at_least", 10, ["4", "6"], True), ("sum_at_least", 10, ["4", "5"], False), ("sum_at_least", 10, ["4", "?"], None),
        ("sum_at_most", 10, ["NaN"], None), ("at_least", 18, ["17.9"], False),
        ("contains", "A", ["B", "A"], True), ("contains", "A", [], False), ("contains", "A", [["A", "B"]], True),
        ("equals", "A", ["A"], True), ("exists", None, [""], False), ("unknown", None, ["A"], None),
    ],
)  # fmt: skip
def test_a_question_has_three_answers(name, argument, values, answer):
    items = [{"tax.due": value} for value in values]
    assert operations.answer(Operation(name, "tax.due", (), argument, ""), items) is answer


def test_a_matching_item_without_the_value_is_not_a_zero():
    asked = Operation("is_zero", "tax.due", (("tax.parcel", "1"),), None, "")
    assert operations.answer(asked, [{"tax.parcel": "1"}, {"tax.parcel": "1", "tax.due": "0"}]) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_no_json_makes_reading_a_grant_fail_otherwise(told):
    with pytest.raises(BadGrant):
        read_send(told)


def test_every_field_of_the_catalogue_can_be_granted():
    for field in catalogue.LABELS:
        assert read_grant(grant(fields=(field,)).body()).fields == (field,)
