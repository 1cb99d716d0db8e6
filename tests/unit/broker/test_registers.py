"""Registers behind the broker: keys as before, so many numbers a minute, and a line for whoever a number is of."""

import hmac
from datetime import timedelta
from hashlib import sha256

import pytest

from alcaldia.broker import registers_key
from alcaldia.broker.core import Broker
from alcaldia.broker.register_kinds import KINDS, PLACES, kind_of
from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import suites
from alcaldia.vault.rules.text64 import to_bytes, to_text
from tests.factories import custody as factory
from tests.factories.custody import TOWN, Someone

SECRET = b"s" * 32


def keys(custody, registry, *numbers, procedure=""):
    rows = [[TOWN, registry, one] for one in numbers]
    return custody.ask("register_keys", rows=rows, procedure=procedure)


def owner(custody, account, parcel="P-1", person="XEXX010101HNEXXXA4"):
    """Who has this account by an import, with an open session."""
    row = {
        "person": ["person", person],
        "items": [["account", f"{TOWN} {account}", "{}"]],
        "about": f"{TOWN} {parcel}",
    }
    custody.operate("admit", rows=[row], suite=suites.DEFAULT)
    told = custody.operate("activation", kind="account", value=f"{TOWN} {account}")
    return Someone(custody, told["subject"], {"kind": "code", "code": told["code"]})


def lines(custody, someone):
    """What of the numbers they read, the newest first."""
    told = custody.ask("my_accesses", token=someone.token, of="numbers")
    return [(one["event"]["purpose"], one["event"]["detail"], one["event"]["case"]) for one in told]


def test_a_row_has_the_mark_and_key_that_it_had_when_the_web_made_them(custody):
    custody.operate("adopt_registers_key", secret=to_text(SECRET))
    [[mark, key]] = keys(custody, "water", " Á-0 1 ")
    said = f"\n{TOWN}\nwater\na01".encode()
    assert mark == hmac.new(SECRET, b"mark" + said, sha256).hexdigest()
    assert to_bytes(key) == hmac.new(SECRET, b"seal" + said, sha256).digest()


def test_the_operator_gets_the_same_keys_and_nobody_is_told(custody):
    someone = owner(custody, "0100")
    rows = [[TOWN, "water", "0100"]]
    assert custody.operate("register_keys", rows=rows) == keys(custody, "water", "0100")
    assert len(lines(custody, someone)) == 1


def test_the_owner_has_a_line_before_the_key_is_given_once_an_hour_for_each_register(custody):
    someone = owner(custody, "0100")
    for registry in ("water", "water", "property_tax"):
        keys(custody, registry, "01 00", procedure="pago-predial")
    assert lines(custody, someone) == [
        ("pago-predial", f"{TOWN} {one}", "") for one in ("property_tax", "water")
    ]
    custody.at += timedelta(minutes=61)
    keys(custody, "water", "0100")
    someone.token = someone.enter()
    assert len(lines(custody, someone)) == 3


def test_everybody_of_a_parcel_is_told_and_nobody_of_another_town(custody):
    both = owner(custody, "0100"), owner(custody, "0200", person="GOMC900514MJCMRR01")
    keys(custody, "property_tax", "P-1")
    custody.ask("register_keys", rows=[["otro", "property_tax", "0100"]])
    assert [len(lines(custody, one)) for one in both] == [1, 1]


def test_a_person_is_told_of_their_own_key_and_not_by_registers_of_other_numbers(custody):
    someone = owner(custody, "0100", person="GOMC900514MJCMRR01")
    for registry, number in (("fines", "0100"), ("courses", "0100"), ("water", "GOMC900514MJCMRR01")):
        keys(custody, registry, number)
    assert lines(custody, someone) == []
    keys(custody, "civil_registry", "gomc900514mjcmrr01")
    assert lines(custody, someone) == [("", f"{TOWN} civil_registry", "")]


def test_an_unknown_number_gets_keys_like_any_other_and_leaves_nothing(custody):
    someone, before = owner(custody, "0100"), custody.broker.log.size()
    [[mark, key]] = keys(custody, "water", "0101")
    assert (len(mark), len(to_bytes(key)), custody.broker.log.size()) == (64, 32, before)
    assert lines(custody, someone) == []


def test_who_erased_their_vault_is_told_nothing_and_the_key_is_given(custody):
    someone = owner(custody, "0100")
    custody.ask("erase", **someone.erasing())
    assert keys(custody, "water", "0100")


def test_no_line_no_key(custody, monkeypatch):
    someone = owner(custody, "0100")

    def full(*_):
        raise OSError("no room")

    with monkeypatch.context() as disk:
        disk.setattr("alcaldia.broker.accesses.write", full)
        with pytest.raises(Refusal, match="disco"):
            keys(custody, "water", "0100")
    keys(custody, "water", "0100")
    assert len(lines(custody, someone)) == 1


def test_other_numbers_of_a_register_run_out_for_a_minute_and_the_same_one_does_not():
    with factory.custody(register_persons_per_minute=2) as custody:
        for number in ("A", "B", "B", "A"):
            keys(custody, "civil_registry", number)
        for _ in range(2):
            with pytest.raises(Refusal) as refused:
                keys(custody, "civil_registry", "C")
        assert (refused.value.status, refused.value.code) == (429, "too_many")
        keys(custody, "beneficiaries", "C")
        custody.at += timedelta(seconds=61)
        keys(custody, "civil_registry", "C")


def test_accounts_have_a_high_ceiling_places_none_and_a_register_nobody_listed_the_lowest(custody):
    config = custody.config
    told = {one: kind_of(one).a_minute(config) for one in ("water", "civil_registry", "courses", "new_one")}
    assert told == {"water": 600, "civil_registry": 30, "courses": None, "new_one": 30}
    assert [KINDS[one] for one in ("street_zones", "public_spaces")] == [PLACES, PLACES]
    for at in range(601):
        keys(custody, "courses", f"c{at}")


@pytest.mark.parametrize(
    "rows", [[[TOWN, "water"]], [["", "water", "1"]], [[TOWN, "a b", "1"]], [[TOWN, "water", ["1"]]], [[TOWN, "water", "1" * 2001]], [[TOWN, "water", "1"]] * 65]
)  # fmt: skip
def test_what_is_no_row_is_refused(custody, rows):
    with pytest.raises(Refusal, match="mal hecha"):
        custody.ask("register_keys", rows=rows)


def test_words_of_the_web_s_own_do_not_reach_the_person(custody):
    with pytest.raises(Refusal, match="mal hecha"):
        keys(custody, "water", "1", procedure="llame al 555")


def test_a_start_takes_the_secret_from_the_web_and_leaves_it_none(tmp_path):
    custody = factory.Custody(tmp_path / "broker")
    of_the_web = custody.config.registers_key_of_the_web
    of_the_web.parent.mkdir()
    of_the_web.write_bytes(SECRET)
    registers_key.take_over(custody.broker)
    assert custody.broker.registers_key == SECRET
    assert not of_the_web.exists()
    custody.broker.close()


def test_a_broker_with_a_secret_in_use_keeps_it_and_the_web_s_copy_is_not_lost(tmp_path, capsys):
    custody = factory.Custody(tmp_path / "broker")
    keys(custody, "water", "1")
    of_the_web = custody.config.registers_key_of_the_web
    of_the_web.parent.mkdir()
    of_the_web.write_bytes(SECRET)
    registers_key.take_over(custody.broker)
    assert of_the_web.read_bytes() == SECRET
    assert "no tomó la llave" in capsys.readouterr().err
    with pytest.raises(Refusal, match="otra llave"):
        custody.operate("adopt_registers_key", secret=to_text(SECRET))
    custody.broker.close()


def test_a_second_broker_takes_nothing(tmp_path):
    custody = factory.Custody(tmp_path / "broker", second=True)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "registers").write_bytes(SECRET)
    registers_key.take_over(custody.broker)
    assert (tmp_path / "keys" / "registers").exists()
    custody.broker.close()


def test_the_secret_is_for_the_broker_s_user_alone_and_lasts(custody):
    told = keys(custody, "water", "1")
    assert custody.config.registers_key.stat().st_mode & 0o777 == 0o600
    custody.restart()
    assert isinstance(custody.broker, Broker)
    assert keys(custody, "water", "1") == told
