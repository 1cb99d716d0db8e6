"""The council's procedure: off by default, k of n, one person by folio, loud, once."""

import json
import secrets
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules.emergency import Order, fingerprint
from alcaldia.vault.rules.text64 import to_bytes, to_text
from tests.factories import custody as factory

NAME = {"full_name": "Casilda Ficticia"}
KEYS = [Ed25519PrivateKey.generate() for _ in range(5)]
PUBLIC = [to_text(one.public_key().public_bytes_raw()) for one in KEYS]
WEEK = timedelta(days=7, seconds=1)


def name_council(custody, needed=3):
    told = custody.operate("name_council", needed=needed, members=PUBLIC)
    custody.at += WEEK
    return told


def ordered(custody, **other):
    usual = {
        "case": "C-1", "office": "pueblo/tesoreria", "fields": ("identity.full_name",), "reason": "Orden judicial 12/2026",
        "not_before": custody.at, "not_after": custody.at + timedelta(hours=24), "nonce": secrets.token_urlsafe(18),
    }  # fmt: skip
    return Order(**(usual | other))


def signed(order, count=3):
    return [
        {
            "key": to_text(one.public_key().public_bytes_raw()),
            "signature": to_text(one.sign(order.signed_bytes())),
        }
        for one in KEYS[:count]
    ]


@pytest.fixture
def case(custody):
    """A person with a permit under C-1, and their record."""
    person = custody.person()
    person.give(person.grant())
    return person, [person.record("identity", NAME)]


def asked(order, signatures, token, records):
    return {"order": order.body(), "signatures": signatures, "token": token, "records": records}


def refused(custody, order, signatures, records, official=None):
    official = official or custody.official()
    size = custody.broker.store.one("SELECT count(*) AS n FROM emergency")["n"]
    with pytest.raises(Refusal) as told:
        custody.ask("emergency_open", **asked(order, signatures, official.token, records))
    assert custody.broker.store.one("SELECT count(*) AS n FROM emergency")["n"] == size
    return told.value.code


def leaves(custody):
    size = custody.broker.log.size()
    return [json.loads(one) for one in (custody.broker.log.entry(at) for at in range(size))]


def test_it_is_off_until_a_council_is_named_and_for_a_week_after(custody, case):
    person, records = case
    order = ordered(custody)
    assert refused(custody, order, signed(order, 5), records) == "council_off"
    assert custody.ask("council")["needed"] == 0
    custody.operate("name_council", needed=3, members=PUBLIC)
    assert refused(custody, order, signed(order, 5), records) == "council_new"
    assert [one["needed"] for one in leaves(custody) if one["type"] == "vault.council"] == [3]


def test_enough_members_open_it_once_in_public_and_the_person_reads_who_and_why(custody, case):
    person, records = case
    name_council(custody)
    order, official = ordered(custody), custody.official()
    found = custody.ask(
        "emergency_subject", order=order.body(), signatures=signed(order), token=official.token
    )
    assert found == person.subject
    [shown] = custody.ask("emergency_open", **asked(order, signed(order), official.token, records))
    assert shown["fields"]["full_name"]["value"] == NAME["full_name"]
    loud = [one for one in leaves(custody) if one["type"] == "vault.emergency"]
    assert [(one["number"], one["needed"], len(one["signers"])) for one in loud] == [(1, 3, 3)]
    person.token = person.enter()
    told = custody.ask("my_accesses", token=person.token)[0]["event"]
    assert (told["kind"], told["official"], told["purpose"]) == ("emergency", "Ada Ficticia", order.reason)
    assert custody.ask("council")["used"] == 1
    assert refused(custody, order, signed(order), records, official) == "order_spent"


def test_who_is_closed_for_want_of_a_master_key_is_not_opened_nor_counted(custody, case):
    _, records = case
    name_council(custody)
    factory.lose_keys(custody.config.folder)
    custody.restart()
    order, size = ordered(custody), custody.broker.log.size()
    assert refused(custody, order, signed(order), records) == "key_lost"
    told = [one["type"] for one in leaves(custody)[size:]]
    assert told.count("vault.emergency") == 0


def test_the_public_leaf_is_written_before_the_key_is_opened(custody, case, monkeypatch):
    from alcaldia.broker import accesses

    _, records = case
    name_council(custody)
    order, official, seen = ordered(custody), custody.official(), []

    def spy(broker, written, suite):
        seen.append([one["type"] for one in leaves(custody)].count("vault.emergency"))
        return accesses._secret(broker, written.person, suite)

    monkeypatch.setattr(accesses, "secret_of", spy)
    custody.ask("emergency_open", **asked(order, signed(order), official.token, records))
    assert seen == [1]


def test_two_of_three_a_stranger_or_one_member_thrice_are_too_few(custody, case):
    _, records = case
    name_council(custody)
    order, stranger = ordered(custody), Ed25519PrivateKey.generate()
    foreign = {"key": to_text(stranger.public_key().public_bytes_raw()), "signature": to_text(stranger.sign(order.signed_bytes()))}  # fmt: skip
    assert refused(custody, order, signed(order, 2), records) == "too_few"
    assert refused(custody, order, [*signed(order, 2), foreign], records) == "too_few"
    assert refused(custody, order, signed(order, 1) * 3, records) == "too_few"
    other = ordered(custody, reason="Otra cosa")
    assert refused(custody, order, signed(other), records) == "too_few"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"case": "C-2"}, "order_person"),
        ({"office": "otro/tesoreria"}, "order_office"),
        ({"fields": ("identity.full_name", "identity.id_code", "identity.tax_code", "identity.birth_date",
                     "contact.email", "contact.phone", "address.street")}, "order_fields"),
        ({"fields": ("family.text",)}, "bad_order"),
        ({"hours": 25}, "order_too_long"),
        ({"hours": -1}, "order_too_long"),
    ],
)  # fmt: skip
def test_beyond_its_bounds_nothing_opens_even_with_every_signature(custody, case, changed, code):
    _, records = case
    name_council(custody)
    if "hours" in changed:
        changed = {"not_after": custody.at + timedelta(hours=changed["hours"])}
    order = ordered(custody, **changed)
    assert refused(custody, order, signed(order, 5), records) == code


def test_a_folio_of_two_persons_opens_neither_and_an_attempt_is_told(custody, case):
    person, records = case
    name_council(custody)
    order = ordered(custody)
    assert refused(custody, order, [], records) == "too_few"
    person.token = person.enter()
    told = custody.ask("my_accesses", token=person.token)[0]["event"]
    assert (told["kind"], told["detail"]) == ("refused", "too_few")
    other = custody.person()
    other.give(other.grant())
    assert refused(custody, order, signed(order), records) == "order_person"


def change(custody, members, needed=2):
    told = custody.operate("council_change", needed=needed, members=members)
    return told, b"alcaldia council change\n" + canonical(told)


def by(keys, message):
    return [
        {"key": to_text(one.public_key().public_bytes_raw()), "signature": to_text(one.sign(message))}
        for one in keys
    ]


def test_only_the_old_council_names_the_next_even_after_it_was_switched_off(custody):
    assert custody.operate("council_change", needed=3, members=PUBLIC) is None
    name_council(custody)
    custody.operate("name_council", needed=0, members=[])
    own = [Ed25519PrivateKey.generate() for _ in range(3)]
    members = [to_text(one.public_key().public_bytes_raw()) for one in own]
    _, message = change(custody, members)
    for signatures in ([], by(own, message), by(KEYS[:2], message), by(KEYS[:1] * 3, message)):
        with pytest.raises(Refusal) as told:
            custody.operate("name_council", needed=2, members=members, signatures=signatures)
        assert told.value.code == "council_must_sign"
    assert custody.ask("council")["needed"] == 0
    custody.operate("name_council", needed=2, members=members, signatures=by(KEYS[:3], message))
    assert custody.ask("council")["keys"] == [fingerprint(to_bytes(one)) for one in members]
    leaf = [one for one in leaves(custody) if one["type"] == "vault.council"][-1]
    assert len(leaf["signers"]) == 3


def test_signatures_over_one_change_serve_for_no_other_and_only_once(custody):
    name_council(custody)
    _, message = change(custody, PUBLIC[:3])
    signatures = by(KEYS[:3], message)
    with pytest.raises(Refusal, match="sólo él nombra al siguiente"):
        custody.operate("name_council", needed=2, members=PUBLIC[1:4], signatures=signatures)
    custody.operate("name_council", needed=2, members=PUBLIC[:3], signatures=signatures)
    custody.at += WEEK
    with pytest.raises(Refusal, match="hay 0"):
        custody.operate("name_council", needed=2, members=PUBLIC[:3], signatures=signatures)


@pytest.mark.parametrize("needed", [1, 2, 6])
def test_a_council_of_which_half_or_fewer_suffice_is_refused(custody, needed):
    with pytest.raises(Refusal, match="más de la mitad"):
        custody.operate("name_council", needed=needed, members=PUBLIC)


def test_the_web_can_not_name_a_council(custody):
    with pytest.raises(Refusal) as told:
        custody.ask("name_council", needed=3, members=PUBLIC)
    assert told.value.code == "no_such_door"


def test_under_split_custody_the_second_broker_asks_its_own_council():
    with factory.custody() as first, factory.custody(second=True) as second:
        first.broker.guardian = second
        person, official = first.person(), first.official()
        person.give(person.grant())
        records = [person.record("identity", NAME)]
        name_council(first)
        second.at = first.at
        official.token = official.enter()
        order = ordered(first)
        with pytest.raises(Refusal) as told:
            first.ask("emergency_open", **asked(order, signed(order), official.token, records))
        assert told.value.code == "council_off"
        name_council(second)
        first.at = second.at
        official.token = official.enter()
        order = ordered(first)
        [shown] = first.ask("emergency_open", **asked(order, signed(order), official.token, records))
        assert shown["fields"]["full_name"]["value"] == NAME["full_name"]
        assert second.ask("council")["used"] == 1
        with pytest.raises(Refusal) as told:
            first.ask("emergency_halves", order={}, signatures=[], presence={}, name="", records=[])
        assert told.value.code == "not_second"
