"""The pure rules of identity, each as its table."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.identity.ids import new_code, new_subject
from alcaldia.identity.rules import (
    assurance,
    counters,
    devices,
    ids,
    notices,
    posts,
    representation,
    residency,
    sessions,
)
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.identity.rules.contacts import normal
from alcaldia.identity.rules.representation import Mandate

DAY = timedelta(days=1)
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("proved", "proofs", "expected"),
    [
        (Assurance.NONE, [Assurance.VERIFIED], Assurance.NONE),
        (Assurance.CODE, [Assurance.VERIFIED], Assurance.CODE),
        (Assurance.PASSKEY, [], Assurance.PASSKEY),
        (Assurance.PASSKEY, [Assurance.VERIFIED], Assurance.VERIFIED),
        (Assurance.PASSKEY, [Assurance.CODE], Assurance.PASSKEY),
    ],
)
def test_a_proof_raises_only_a_login_by_key(proved, proofs, expected):
    assert assurance.of_session(proved, proofs) == expected


def test_the_levels_are_in_order():
    assert Assurance.NONE < Assurance.CODE < Assurance.PASSKEY < Assurance.VERIFIED


# since, until, revoked, scopes, wanted → may
MANDATES = [
    (TODAY, None, False, {"*"}, "tax", True),
    (TODAY, TODAY, False, {"tax"}, "tax", True),
    (TODAY, None, False, {"tax"}, "permits", False),
    (TODAY + DAY, None, False, {"*"}, "tax", False),
    (TODAY - DAY, TODAY - DAY, False, {"*"}, "tax", False),
    (TODAY, None, True, {"*"}, "tax", False),
    (TODAY, None, False, set(), "tax", False),
]


@pytest.mark.parametrize(("since", "until", "revoked", "scopes", "wanted", "may"), MANDATES)
def test_who_may_act_for_whom(since, until, revoked, scopes, wanted, may):
    mandate = Mandate("p_child", "p_mother", frozenset(scopes), since, until, revoked)

    assert representation.may_act_for("p_mother", "p_child", wanted, TODAY, [mandate]) is may
    assert not representation.may_act_for("p_child", "p_mother", wanted, TODAY, [mandate])
    assert not representation.may_act_for("p_other", "p_child", wanted, TODAY, [mandate])


def test_mandates_do_not_chain_and_everybody_acts_for_themselves():
    chain = [Mandate("c", "b", frozenset("*"), TODAY, None), Mandate("b", "a", frozenset("*"), TODAY, None)]

    assert not representation.may_act_for("a", "c", "tax", TODAY, chain)
    assert representation.may_act_for("a", "a", "tax", TODAY, [])


@pytest.mark.parametrize(
    ("birth", "last"),
    [
        (date(2010, 6, 15), date(2028, 6, 14)),
        (date(2010, 1, 1), date(2027, 12, 31)),
        (date(2008, 2, 29), date(2026, 2, 28)),
        (date(2010, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_guardian_acts_until_the_eve_of_the_eighteenth_birthday(birth, last):
    assert representation.last_day_as_minor(birth) == last


def test_a_post_allows_what_its_row_says_in_its_town_on_its_days():
    held = (posts.Held("planner", "uno", TODAY, TODAY + DAY),)

    assert posts.allows(held, "land.load", "uno", TODAY + DAY)
    assert not posts.allows(held, "land.load", "dos", TODAY)
    assert not posts.allows(held, "land.load", "uno", TODAY + 2 * DAY)
    assert not posts.allows(held, "identity.reside", "uno", TODAY)
    assert not posts.allows((), "land.load", "uno", TODAY)
    with pytest.raises(KeyError):
        posts.allows(held, "land.laod", "uno", TODAY)


def test_every_permission_is_carried_by_posts_that_exist():
    assert all(roles and roles <= set(posts.ROLES) for _, roles in posts.PERMISSIONS.values())


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "age", "idle", "why"),
    [
        ("official", 0, 14, ""),
        ("official", 0, 15, "idle"),
        ("official", 8 * 60, 0, "absolute"),
        ("person", 0, 29, ""),
        ("person", 0, 30, "idle"),
        ("person", 12 * 60, 0, "absolute"),
        ("person", -5, -5, "clock"),
    ],
)
def test_when_a_session_is_over(kind, age, idle, why):
    seen = NOW - timedelta(minutes=idle)
    created = min(seen, NOW - timedelta(minutes=age)) if age >= 0 else NOW - timedelta(minutes=age)

    assert sessions.ended(kind, created, seen, NOW) == why


CHROME = "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome en Android"),
        (CHROME + " Edg/131.0", "Edge en Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1", "Safari en iPhone"),
        ("curl/8.5", "Navegador"),
        ("", "Navegador"),
    ],
)
def test_a_device_is_two_words(agent, words):
    assert devices.words(agent) == words


@given(st.text(max_size=300))
def test_no_part_of_an_unknown_agent_is_kept(agent):
    known = {name for _, name in (*devices.BROWSERS, *devices.SYSTEMS)} | {"Navegador", "en"}
    assert set(devices.words(agent).replace("Samsung Internet", "Samsung").split()) <= known | {"Samsung"}


@pytest.mark.parametrize(("stored", "given_", "cloned"), [(0, 0, False), (0, 1, False), (5, 6, False), (5, 5, True), (5, 4, True), (5, 0, True)])  # fmt: skip
def test_a_counter_that_counts_must_grow(stored, given_, cloned):
    assert counters.cloned(stored, given_) is cloned


@given(st.integers(1, 60))
def test_a_code_is_read_however_it_is_typed(letters):
    code = new_code(letters)
    typed = ids.spell_code(code).lower().replace("0", "o").replace("-", " ")
    assert ids.read_code(typed) == code


def test_subjects_say_nothing_and_are_never_the_same():
    made = {new_subject(kind) for kind in "po" * 500}
    assert len(made) == 1000
    assert all(ids.is_subject(one) for one in made)
    assert not ids.is_subject("p_corto")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ana@Example.COM ", "ana@example.com"),
        ("(33) 1234-5678", "3312345678"),
        ("+52 33 1234 5678", "+523312345678"),
        ("ana", None),
        ("1234", None),
        ("a@b", None),
        ("a b@example.com", None),
        ("", None),
        ("x" * 300 + "@example.com", None),
    ],
)
def test_one_spelling_for_each_contact(typed, kept):
    assert normal(typed) == kept


@given(st.sets(st.integers(0, 9000), max_size=50))
def test_the_status_list_gives_back_its_bits(revoked):
    text = residency.encode_list(frozenset(revoked), 9001)
    assert all(residency.is_set(text, index) == (index in revoked) for index in [*revoked, 0, 1, 8191, 9000])


@pytest.mark.parametrize(("text", "index"), [("", 0), ("AAAA", 0), (residency.encode_list(frozenset(), 1), 8192), (residency.encode_list(frozenset(), 1), -1)])  # fmt: skip
def test_a_broken_list_answers_nothing(text, index):
    with pytest.raises(ValueError, match="status list|base64|padding|length"):
        residency.is_set(text, index)


def test_every_end_of_a_residency_is_one():
    assert set(residency.NEXT) == set(residency.STATES)
    assert all(then <= set(residency.STATES) for then in residency.NEXT.values())


@pytest.mark.parametrize("kind", notices.SENTENCES)
def test_every_notice_is_a_sentence(kind):
    assert notices.sentence(kind, "Chrome").endswith((".", "aquí."))
