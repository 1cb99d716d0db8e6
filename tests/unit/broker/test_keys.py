"""Keys: in files or in a token, renewed in one go, destroyed for ever; and the ways in at a counter."""

import copy
import shutil
import sqlite3
import subprocess
import threading
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

import pkcs11
import pytest

from alcaldia.broker import accesses, approvals, erasure, onetime, seals
from alcaldia.identity import recovery
from alcaldia.kernel.canonical import canonical
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.key_acts import RECOVERY, approves, both_marks
from alcaldia.ledger.rules import receipt
from alcaldia.vault import custodian
from alcaldia.vault.rules.grant import Send
from alcaldia.vault.rules.suites import HYBRID, X25519, pair_name
from alcaldia.vault.rules.text64 import to_text
from tests.conftest import missing
from tests.factories import custody as factory
from tests.factories.custody import Someone, showing
from tests.factories.passkey import SoftPasskey

LIBRARY = next(iter(Path("/usr/lib").rglob("libsofthsm2.so")), None)
NAME = {"full_name": "Casilda Ficticia"}


def seen(custody, person, record):
    [found] = custody.ask("own", token=person.token, records=[record])
    return found["fields"]["full_name"]["value"]


def renew(custody):
    custody.operate("rotate_kek")
    while custody.operate("rewrap", limit=2):
        pass


def test_a_new_master_key_wraps_everything_and_the_old_one_is_destroyed(custody):
    people = [custody.person() for _ in range(5)]
    record = people[0].record("identity", NAME)
    before = set((custody.config.folder / "kek").glob("file-*"))
    renew(custody)
    assert seen(custody, people[0], record) == NAME["full_name"]
    assert not any(path.exists() for path in before)


def test_a_renewal_that_was_interrupted_goes_on_where_it_was(custody):
    people = [custody.person() for _ in range(5)]
    custody.operate("rotate_kek")
    assert custody.operate("rewrap", limit=2) == 3
    custody.restart()
    assert custody.operate("rewrap", limit=9) == 0
    assert len(people) == 5


def test_a_person_moves_to_hybrid_keys_and_reads_old_and_new(custody):
    person = custody.person()
    old = person.record("identity", NAME)
    told = custody.operate("migrate", people=[{"subject": person.subject, "records": [old]}], suite=HYBRID)[0]
    moved = old | {"suite": HYBRID, "sealed": told["sealed"][0]}
    custody.operate("retire_pairs", subjects_done=[person.subject])
    assert seen(custody, person, moved) == NAME["full_name"]
    assert {one["event"]["kind"] for one in custody.ask("my_accesses", token=person.token)} >= {
        "own",
        "enrolled",
    }
    with pytest.raises(Refusal, match="no se pudo abrir"):
        seen(custody, person, old)


@pytest.fixture
def token(monkeypatch):
    """A SoftHSM token of its own."""
    if LIBRARY is None or shutil.which("softhsm2-util") is None:
        missing("softhsm2 is not installed")
    with factory.custody() as made:
        folder = made.config.folder
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n"
        )
        monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        command = [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            "alcaldia",
            "--pin",
            "1234",
            "--so-pin",
            "4321",
        ]
        subprocess.run(command, check=True, capture_output=True)
        pkcs11.lib(str(LIBRARY)).reinitialize()  # another test may have loaded it with its own tokens
        yield {"library": str(LIBRARY), "token": "alcaldia", "pin": "1234"}


def test_the_master_key_may_live_in_a_token_and_be_renewed_there(token):
    with factory.custody(kek="pkcs11", pkcs11=token) as custody:
        person = custody.person()
        record = person.record("identity", NAME)
        assert seen(custody, person, record) == NAME["full_name"]
        renew(custody)
        assert seen(custody, person, record) == NAME["full_name"]
        assert not (custody.config.folder / "kek").exists()


def test_a_token_that_forgot_its_key_is_missed_and_paper_gives_back_what_it_took(token):
    with factory.custody(kek="pkcs11", pkcs11=token) as custody:
        person = custody.person()
        record, code = person.record("identity", NAME), person.spare()["code"]
        lost = custody.broker.keys.current()
        custody.broker.keys._keys[lost].destroy()
        pkcs11.lib(
            token["library"]
        ).reinitialize()  # one process, two brokers: the first one's session ends here
        custody.restart()
        assert custody.broker.keys.current() != lost
        person.token = person.enter()
        with pytest.raises(Refusal, match="Se perdió la llave maestra"):
            seen(custody, person, record)
        custody.ask("restore", token=person.token, code=code)
        assert seen(custody, person, record) == NAME["full_name"]


def test_what_was_erased_stays_erased_after_a_backup_is_put_back(custody):
    person, folder = custody.person(), custody.config.folder
    record = person.record("identity", NAME)
    custody.broker.store.checkpoint()
    shutil.copy(folder / "broker.sqlite3", folder / "backup")
    custody.ask("erase", **person.erasing())
    custody.broker.close()
    for path in folder.glob("broker.sqlite3*"):
        path.unlink()
    shutil.copy(folder / "backup", folder / "broker.sqlite3")
    custody.broker = type(custody.broker)(custody.config)
    assert erasure.replay(custody.broker) == 1
    with pytest.raises(Refusal):
        person.enter()
    assert custody.broker.store.one("SELECT 1 FROM keypair WHERE subject = ?", person.subject) is None
    assert record


def test_nothing_is_erased_without_the_persons_own_touch_over_exactly_that(custody):
    person, other = custody.person(), custody.person()
    asked = person.erasing()
    signed_else = person.key.sign(b"x" * 32)

    for wrong in (
        {"assertion": signed_else},
        {"assertion": other.erasing()["assertion"]},
        {"token": other.token},
    ):
        with pytest.raises(Refusal):
            custody.ask("erase", **{**person.erasing(), **wrong})
    custody.ask("erase", **person.erasing())
    with pytest.raises(Refusal):
        custody.ask("erase", **asked)
    assert other.enter()


def test_an_erased_person_leaves_no_bytes_of_their_wrap_in_the_store(custody):
    person = custody.person()
    wrap = bytes(
        custody.broker.store.one("SELECT wrap FROM keypair WHERE subject = ?", person.subject)["wrap"]
    )
    custody.ask("erase", **person.erasing())
    assert not _anywhere(custody, wrap)


def _anywhere(custody, data):
    return any(data in path.read_bytes() for path in custody.config.folder.glob("broker.sqlite3*"))


def test_bytes_that_a_backup_holds_up_leave_the_store_once_it_has_read(custody):
    person = custody.person()
    found = custody.broker.store.one("SELECT wrap FROM keypair WHERE subject = ?", person.subject)
    with closing(sqlite3.connect(custody.config.folder / "broker.sqlite3", isolation_level=None)) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM entry").fetchone()
        custody.ask("erase", **person.erasing())
        assert _anywhere(custody, bytes(found["wrap"]))
    custody.broker.store.settle()
    assert not _anywhere(custody, bytes(found["wrap"]))


def test_the_journal_is_emptied_after_whoever_reads_the_log_and_not_refused(custody):
    custody.person()
    with custody.broker.log._turn:
        read = custody.broker.log.store.execute("SELECT data FROM entry")
        read.fetchone()
        emptied = threading.Thread(target=custody.broker.store.checkpoint)
        emptied.start()
        emptied.join(0.05)
        assert emptied.is_alive()
        read.close()
    emptied.join(10)
    assert (custody.config.folder / "broker.sqlite3-wal").stat().st_size == 0


def test_at_a_counter_a_code_and_an_official_make_a_small_permit(custody):
    person, clerk = custody.person(), custody.official("tesoreria")
    code = _assist_code(custody, person)
    grant = person.grant(not_after=custody.at + timedelta(hours=3))
    send = Send("cd" * 32, (grant,))
    given = {"send": send.body(), "assertion": clerk.key.sign(send.challenge()), "token": clerk.token}
    assert custody.ask("give_assisted", code=code, **given) == [grant.id]
    records = [person.record("identity", NAME)]
    assert custody.ask("show", **showing(grant, clerk.token, records))
    assert custody.ask("my_grants", token=person.token)[0]["assisted"] is True


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"max_uses": 4}, "assisted_limit"),
        ({"not_after": factory.START + timedelta(hours=25)}, "assisted_limit"),
    ],
)
def test_a_large_permit_is_not_given_at_a_counter(custody, changed, code):
    person, clerk = custody.person(), custody.official("tesoreria")
    send = Send("cd" * 32, (person.grant(**({"not_after": custody.at + timedelta(hours=3)} | changed)),))
    with pytest.raises(Refusal) as told:
        custody.ask("give_assisted", send=send.body(), code=_assist_code(custody, person),
                    assertion=clerk.key.sign(send.challenge()), token=clerk.token)  # fmt: skip
    assert told.value.code == code


def _assist_code(custody, person):

    return onetime.make(custody.broker, "assist", days=1, subject=person.subject)


CODE = "ABCD" * 4 + "EFGH" * 4
HASH, OTHER_HASH = both_marks(CODE)
"""Of the half that each of two officials hands over."""


def _approval(custody, official, person, half=HASH, **other):
    """What the web hands over of an official's signature, with something else in the act."""
    token = official.enter()
    act = {
        "act": RECOVERY[0],
        "by": official.subject,
        "at": custody.at.isoformat(),
        "nonce": token_urlsafe(16),
    }
    act |= {"approves": approves(person.subject, half)} | other
    given = {"subject": person.subject, "code_hash": half, "act": act, "token": token}
    return given | {"assertion": official.key.sign(sha256(canonical(act)).digest())}


def _approve(custody, official, person, half=HASH):
    custody.ask("approve_recovery", **_approval(custody, official, person, half))


@pytest.mark.parametrize("by", [(0, 0), (0, 1)], ids=["one official both halves", "two officials one half"])
def test_two_halves_want_two_officials(custody, by):
    person, officials = custody.person(), [custody.official(), custody.official("atencion", "Otra Persona")]
    halves = (HASH, OTHER_HASH) if by == (0, 0) else (HASH, HASH)
    for place, half in zip(by, halves, strict=True):
        _approve(custody, officials[place], person, half)
    custody.at += timedelta(hours=25)
    for code in (CODE, CODE[:16], CODE[16:], CODE[16:] + CODE[:16]):
        with pytest.raises(Refusal, match="no existe"):
            person.enrol(SoftPasskey(), {"kind": "code", "code": code})


def _waiting(custody):
    return custody.broker.store.one("SELECT count(*) AS n FROM approval")["n"]


def test_a_lost_key_comes_back_by_two_officials_and_a_day(custody):
    person, first, second = custody.person(), custody.official(), custody.official("atencion", "Otra Persona")
    for official in (first, first):
        _approve(custody, official, person)
    fresh, authority = SoftPasskey(), {"kind": "code", "code": CODE}
    with pytest.raises(Refusal, match="no existe"):
        person.enrol(fresh, authority)
    _approve(custody, second, person, OTHER_HASH)
    with pytest.raises(Refusal, match="plazo de un día"):
        person.enrol(fresh, authority)
    custody.at += timedelta(hours=25)
    person.enrol(fresh, authority)
    assert person.enter(fresh)


@pytest.mark.parametrize(("first_at", "second_at"), [(0, 0), (0, 6)])
def test_what_two_officials_approved_lapses_after_a_week(custody, first_at, second_at):
    person, first, second = custody.person(), custody.official(), custody.official("atencion", "Otra Persona")
    _approve(custody, first, person)
    custody.at += timedelta(days=second_at - first_at)
    _approve(custody, second, person, OTHER_HASH)
    custody.at += timedelta(days=7 - second_at)
    with pytest.raises(Refusal, match="vale siete días") as told:
        person.enrol(SoftPasskey(), {"kind": "code", "code": CODE})
    assert told.value.code == "approval_lapsed"
    custody.person()
    custody.restart()
    assert _waiting(custody) == (1 if second_at else 0)


def test_an_approval_that_lapsed_is_no_half_of_a_later_recovery(custody):
    person, first, second = custody.person(), custody.official(), custody.official("atencion", "Otra Persona")
    _approve(custody, first, person)
    custody.at += timedelta(days=7)
    _approve(custody, second, person, OTHER_HASH)
    custody.at += timedelta(hours=25)
    with pytest.raises(Refusal, match="no existe"):
        person.enrol(SoftPasskey(), {"kind": "code", "code": CODE})
    assert _waiting(custody) == 1


def test_the_day_is_counted_from_an_approval_that_still_counts(custody):
    officials = [custody.official(name=name) for name in ("Una", "Otra", "Tercera")]
    person = custody.person()
    _approve(custody, officials[0], person)
    custody.at += timedelta(days=6, hours=23)
    for official, half in zip(officials[1:], (HASH, OTHER_HASH), strict=True):
        _approve(custody, official, person, half)
    custody.at += timedelta(hours=2)
    with pytest.raises(Refusal, match="plazo de un día"):
        person.enrol(SoftPasskey(), {"kind": "code", "code": CODE})


@pytest.mark.parametrize(
    "other",
    [{"act": "cases.resolve"}, {"approves": approves("p_" + "x" * 22, HASH)}, {"approves": ""},
     {"by": "o_" + "x" * 22}, {"at": (factory.START - timedelta(minutes=6)).isoformat()}],
)  # fmt: skip
def test_an_official_approves_only_what_they_have_just_signed(custody, other):
    person, official = custody.person(), custody.official()
    with pytest.raises(Refusal, match="no es esta recuperación"):
        custody.ask("approve_recovery", **_approval(custody, official, person, **other))
    assert _waiting(custody) == 0


def test_two_officials_sessions_approve_nothing_without_their_keys(custody):
    person, one, two = custody.person(), custody.official(), custody.official("atencion", "Otra Persona")
    thief = SoftPasskey()
    for official, signer in ((one, thief), (two, thief), (two, one.key)):
        given = _approval(custody, official, person)
        given["assertion"] = signer.sign(sha256(canonical(given["act"])).digest())
        with pytest.raises(Refusal, match="llave de acceso"):
            custody.ask("approve_recovery", **given)
    person_s = _approval(custody, person, person)
    with pytest.raises(Refusal, match="funcionarios"):
        custody.ask("approve_recovery", **person_s)
    assert _waiting(custody) == 0


def test_a_recovery_that_was_stopped_begins_anew_at_the_broker_too(custody):
    person, first, second = custody.person(), custody.official(), custody.official("atencion", "Otra Persona")
    other = custody.person()
    for official, half in ((first, HASH), (second, OTHER_HASH)):
        _approve(custody, official, person, half)
    custody.ask("withdraw_recovery", subject=other.subject, code_hash=HASH)
    assert _waiting(custody) == 2
    custody.ask("withdraw_recovery", subject=person.subject, code_hash=HASH)
    custody.at += timedelta(hours=25)
    with pytest.raises(Refusal, match="no existe"):
        person.enrol(SoftPasskey(), {"kind": "code", "code": CODE})


def test_an_approval_counts_as_long_as_the_counter_keeps_its_recovery_open():
    assert (approvals.LIFE, approvals.DELAY) == (recovery.LIFE, recovery.DELAY)


def test_a_cloned_key_is_refused_when_its_counter_goes_back(custody):
    person = custody.person()
    person.enter()
    person.key.counter = 0
    with pytest.raises(Refusal, match="llave de acceso"):
        person.enter()


def test_a_clone_that_only_signs_permits_is_refused_when_its_counter_goes_back(custody):
    person = custody.person()
    person.give(person.grant())
    clone = copy.copy(person.key)
    person.give(person.grant())
    send = Send("ab" * 32, (person.grant(),))
    with pytest.raises(Refusal) as told:
        custody.ask("give", send=send.body(), assertion=clone.sign(send.challenge()))
    assert told.value.code == "bad_passkey"
    assert len(custody.ask("my_grants", token=person.token)) == 2
    assert len(person.give(person.grant())) == 1


def test_a_clone_that_signs_first_is_found_out_by_its_owners_next_touch(custody):
    person = custody.person()
    clone = copy.copy(person.key)
    send = Send("ab" * 32, (person.grant(),))
    custody.ask("give", send=send.body(), assertion=clone.sign(send.challenge()))
    with pytest.raises(Refusal, match="llave de acceso"):
        person.enter()


def test_the_same_bundle_sent_again_is_no_clone(custody):
    person = custody.person()
    send = Send("ab" * 32, (person.grant(),))
    asked = {"send": send.body(), "assertion": person.key.sign(send.challenge())}
    first = custody.ask("give", **asked)
    person.enter()
    assert custody.ask("give", **asked) == first


def test_a_revoked_key_opens_nothing_and_takes_its_permits_along(custody):
    person, official = custody.person(), custody.official()
    grant = person.grant()
    person.give(grant)
    custody.ask("revoke", subject=person.subject, credential_id=to_text(person.key.id), token=person.token)
    with pytest.raises(Refusal, match="firma"):
        custody.ask("show", **showing(grant, official.token, []))
    with pytest.raises(Refusal):
        person.enter()


@pytest.mark.parametrize(
    "authority", [{"kind": "new"}, {"kind": "session", "token": "x"}, {"kind": "code", "code": "A"}, {}]
)
def test_a_hacked_web_adds_no_key_to_somebody_who_exists(custody, authority):
    person = custody.person()
    with pytest.raises(Refusal):
        person.enrol(SoftPasskey(), authority)


def unsigned(person, key):
    """What a hacked web has to offer that holds the live token and no key."""
    return {"kind": "session", "token": person.token, "assertion": key.sign(b"x" * 32)}


@pytest.mark.parametrize("kind", ["person", "official"])
def test_a_further_key_needs_an_earlier_one_to_sign_exactly_it(custody, kind):
    owner, fresh = getattr(custody, kind)(), SoftPasskey()
    owner.add(fresh)
    assert owner.enter(fresh)
    other, given = SoftPasskey(), owner.registration(SoftPasskey())
    over_another = owner.allowing(other, given["challenge"])
    with pytest.raises(Refusal, match="llave de acceso"):
        owner.custody.ask(
            "enrol", **given, authority=unsigned(owner, owner.key) | {"assertion": over_another}
        )


@pytest.mark.parametrize("kind", ["person", "official"])
@pytest.mark.parametrize("told", [{"assertion": None}, {"assertion": {}}, {"assertion": "x"}, {}])
def test_a_hacked_web_with_a_live_token_adds_no_key(custody, kind, told):
    owner, thief = getattr(custody, kind)(), SoftPasskey()
    with pytest.raises(Refusal):
        owner.enrol(thief, unsigned(owner, thief) | told)
    given = owner.registration(thief)
    signed_by_itself = owner.allowing(thief, given["challenge"], by=thief)
    with pytest.raises(Refusal):
        custody.ask("enrol", **given, authority=unsigned(owner, thief) | {"assertion": signed_by_itself})
    with pytest.raises(Refusal):
        owner.enter(thief)


def test_somebody_elses_or_a_revoked_key_allows_none(custody):
    person, stranger, gone = custody.person(), custody.person(), SoftPasskey()
    person.add(gone)
    custody.ask("revoke", subject=person.subject, credential_id=to_text(gone.id), token=person.token)
    person.token = person.enter()
    for by in (stranger.key, gone):
        key = SoftPasskey()
        given = person.registration(key)
        allowed = person.allowing(key, given["challenge"], by=by)
        with pytest.raises(Refusal):
            custody.ask("enrol", **given, authority=unsigned(person, key) | {"assertion": allowed})


def test_a_hacked_web_with_a_live_token_plants_no_recovery_code(custody):
    person, thief = custody.person(), SoftPasskey()
    other = person.key.sign(b"x" * 32)
    for told in ({"assertion": thief.sign(b"x" * 32)}, {"assertion": other}, {"codes": [CODE, "B" * 26]}):
        with pytest.raises(Refusal):
            person.printed(CODE, **told)
    custody.at += timedelta(days=300)
    custody.restart()
    with pytest.raises(Refusal, match="no existe"):
        person.enrol(thief, {"kind": "code", "code": CODE})


def test_codes_that_the_persons_key_signed_open_the_account_years_later_once(custody):
    person, fresh = custody.person(), SoftPasskey()
    person.printed(CODE, "B" * 26)
    custody.at += timedelta(days=3000)
    person.enrol(fresh, {"kind": "code", "code": CODE})
    assert person.enter(fresh)
    with pytest.raises(Refusal, match="no existe"):
        person.enrol(SoftPasskey(), {"kind": "code", "code": CODE})


def test_a_lost_sheet_of_printed_codes_opens_nothing_once_another_was_printed(custody):
    person, other = custody.person(), custody.person()
    person.printed(CODE)
    other.printed("C" * 26)
    person.printed("B" * 26)
    with pytest.raises(Refusal, match="no existe"):
        person.enrol(SoftPasskey(), {"kind": "code", "code": CODE})
    assert person.enrol(SoftPasskey(), {"kind": "code", "code": "B" * 26})
    assert other.enrol(SoftPasskey(), {"kind": "code", "code": "C" * 26})


def test_the_operators_activation_code_opens_no_account_that_has_a_key(custody):
    person, thief = custody.person(), SoftPasskey()
    custody.operate("expect", subject=person.subject, code=CODE)
    with pytest.raises(Refusal) as told:
        person.enrol(thief, {"kind": "code", "code": CODE})
    assert told.value.code == "has_keys"
    with pytest.raises(Refusal):
        person.enter(thief)


def test_an_activation_code_opens_an_account_that_nobody_opened_yet(custody):
    subject = "p_" + "x" * 22
    custody.operate("expect", subject=subject, code=CODE)
    assert Someone(custody, subject, {"kind": "code", "code": CODE}).token


def test_codes_of_bills_are_of_who_has_no_key_and_end_with_their_days(custody):
    rows = [{"person": ["person", one], "items": [["account", f"pueblo {one}", "x"]]} for one in "AB"]
    [first, second] = custody.operate("admit", rows=rows, suite="x25519")
    [made, unknown] = custody.operate("activations", kind="account", values=["pueblo A", "pueblo Z"], days=30)
    assert custody.ask("subject_of_code", code=made["code"]) == first["subject"]
    assert unknown == {"told": "unknown"}
    Someone(custody, second["subject"], {"kind": "code", "code": _bill(custody, "B")})
    assert custody.operate("activations", kind="account", values=["pueblo B"], days=30) == [
        {"told": "has_keys"}
    ]
    custody.at += timedelta(days=31)
    with pytest.raises(Refusal, match="venció"):
        custody.ask("subject_of_code", code=made["code"])
    with pytest.raises(Refusal, match="venció"):
        Someone(custody, first["subject"], {"kind": "code", "code": made["code"]})


def _bill(custody, number):
    return custody.operate("activation", kind="account", value=f"pueblo {number}")["code"]


def test_a_recovery_code_is_not_told_as_one_of_a_bill(custody):
    person = custody.person()
    person.printed(CODE, "B" * 26)
    with pytest.raises(Refusal, match="no existe"):
        custody.ask("subject_of_code", code=CODE)


@pytest.mark.parametrize("days", [0, -1, 400])
def test_a_code_of_a_bill_serves_a_day_to_a_year(custody, days):
    with pytest.raises(Refusal, match="365"):
        custody.operate("activations", kind="account", values=[], days=days)


ADA = {"office": "pueblo/catastro", "role": "cadastre", "name": "Ada Ficticia"}


def test_no_invitation_is_made_for_an_official_who_has_a_key(custody):
    official = custody.official()
    with pytest.raises(Refusal) as told:
        custody.operate("invite", **ADA, subject=official.subject, code=CODE)
    assert told.value.code == "has_keys"
    with pytest.raises(Refusal):
        official.enrol(SoftPasskey(), {"kind": "invitation", "code": CODE})


def test_an_invitation_of_before_the_key_adds_no_second_one(custody):
    """Two were handed out, one was used: with the other nobody comes in beside its owner."""
    subject, thief = "o_" + "x" * 22, SoftPasskey()
    for code in (CODE, CODE[::-1]):
        custody.operate("invite", **ADA, subject=subject, code=code)
    official = Someone(custody, subject, {"kind": "invitation", "code": CODE})
    assert custody.ask("who", token=official.token)["posts"] == (("pueblo/catastro", "cadastre"),)
    with pytest.raises(Refusal) as told:
        official.enrol(thief, {"kind": "invitation", "code": CODE[::-1]})
    assert told.value.code == "has_keys"
    with pytest.raises(Refusal):
        official.enter(thief)
    assert official.enter()


def test_whose_keys_were_all_taken_away_is_invited_anew_and_the_old_ones_stay_out(custody):
    official, fresh = custody.official(), SoftPasskey()
    custody.ask("block_key", subject=official.subject, credential_id=to_text(official.key.id))
    custody.operate("invite", **ADA, subject=official.subject, code=CODE)
    official.enrol(fresh, {"kind": "invitation", "code": CODE})
    assert official.enter(fresh)
    with pytest.raises(Refusal):
        official.enter()


def test_two_officials_tokens_add_no_key_to_anybody(custody):
    person, one, two = custody.person(), custody.official(), custody.official("catastro", "Otra Persona")
    with pytest.raises(Refusal) as told:
        person.enrol(SoftPasskey(), {"kind": "officials", "tokens": [one.token, two.token], "office": ""})
    assert told.value.code == "not_allowed"


def test_a_key_that_the_web_saw_twice_is_blocked_here_too(custody):
    person, official = custody.person(), custody.official()
    grant = person.grant()
    person.give(grant)
    custody.ask("block_key", subject=official.subject, credential_id=to_text(person.key.id))
    assert person.enter()
    custody.ask("block_key", subject=person.subject, credential_id=to_text(person.key.id))
    with pytest.raises(Refusal):
        person.enter()
    with pytest.raises(Refusal, match="Entre otra vez"):
        custody.ask("my_grants", token=person.token)
    with pytest.raises(Refusal):
        custody.ask("show", **showing(grant, official.token, []))


def test_an_official_is_made_by_an_invitation_only(custody):
    with pytest.raises(Refusal):
        Someone(custody, "o_" + "x" * 22, {"kind": "new"})


def test_an_identifier_finds_its_person_for_an_official_and_tells_them(custody):
    [row] = custody.operate("admit", rows=[{"person": ["curp", "XF12"], "items": []}], suite="x25519")
    official = custody.official("atencion")
    assert (
        custody.ask("identify", kind="curp", value="xf-12", case="C-9", token=official.token)
        == row["subject"]
    )
    kept = custody.broker.store.one(
        "SELECT count(*) AS n FROM access WHERE person = ? AND kind = 'identified'", row["subject"]
    )
    assert kept["n"] == 1
    for _ in range(9):
        custody.ask("identify", kind="curp", value="XF12", case="C-9", token=official.token)
    for _ in range(3):
        with pytest.raises(Refusal, match="demasiadas"):
            custody.ask("identify", kind="curp", value="XF12", case="C-9", token=official.token)
    assert searches(custody, official) == 1


def test_a_key_that_nobody_has_is_noted_too_with_whoever_tried_it(custody):
    official = custody.official("atencion")
    before = custody.broker.log.size()
    for number in range(3):
        with pytest.raises(Refusal, match="Nadie tiene esa clave"):
            custody.ask("identify", kind="curp", value=f"XF{number}", case="C-9", token=official.token)
    assert (searches(custody, official), custody.broker.log.size() - before) == (3, 3)


def searches(custody, official):
    """Lines that whoever looked for persons left with themselves; beyond the limit one a minute."""
    sql = "SELECT count(*) AS n FROM access WHERE person = ? AND kind = 'searched'"
    return custody.broker.store.one(sql, official.subject)["n"]


def test_a_count_over_few_persons_is_not_told_however_often_they_were_looked_at(custody):
    def looked_at(times):
        official, person = custody.official(), custody.person()
        grant = person.grant(max_uses=50)
        person.give(grant)
        for _ in range(times):
            custody.ask("show", **showing(grant, official.token, []))
        return person

    for times in (12, *[1] * 8):
        looked_at(times)
    assert closed(custody) == []
    for times in (17, *[1] * 9):
        person = looked_at(times)
    told = closed(custody)
    assert told == [{"month": "2026-04", "office": "pueblo/tesoreria", "kind": "shown", "number": 30}]
    person.token = person.enter()
    custody.ask("erase", **person.erasing())
    assert custody.ask("stats") == told


def closed(custody):
    """The month that now ends, closed; 26 looks at ten persons are told as 30."""
    month = f"{custody.at:%Y-%m}"
    custody.at = (custody.at.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert custody.ask("close_month", month=month)
    return custody.ask("stats")


@pytest.mark.parametrize("algorithm", ["ED25519", "ML_DSA_44"])
def test_the_log_of_accesses_gets_a_new_key_and_old_receipts_hold(custody, algorithm):
    person = custody.person()
    before = custody.broker.log.receipt(0)
    custody.operate("rotate_log", algorithm=algorithm)
    custody.restart()
    record = person.record("identity", NAME)
    person.token = person.enter()
    assert seen(custody, person, record) == NAME["full_name"]
    log = custody.broker.log
    in_force = [row for row in log.keys().keys if row.until is None]
    assert sorted(row.key.algorithm.name for row in in_force) == ["ED25519", "ML_DSA_44"]
    for text in (before, log.receipt(0), log.receipt(log.size() - 1)):
        receipt.verify(receipt.read(text), log.keys())
    assert len(log.statements()) == 2
    with pytest.raises(Refusal, match="Indique uno de"):
        custody.operate("rotate_log", algorithm="RSA")


def test_a_new_seal_counts_beside_the_old_one_until_everybody_is_certified_anew(custody, monkeypatch):
    monkeypatch.setattr(custodian, "folder", lambda: custody.config.folder)
    person, pub = custody.person(), custody.config.folder / "seal.pub"
    seals.publish(custody.broker)
    old = pub.read_bytes()
    custody.operate("renew_seal")
    custody.operate("renew_seal")
    custody.restart()
    assert pub.read_bytes()[32:] == old
    custodian.check_certificate(person.certificate)
    [fresh] = custody.operate("certificates", people=[person.subject, "p_" + "x" * 22])
    custodian.check_certificate(fresh)
    custody.operate("seal_renewed")
    assert len(pub.read_bytes()) == 32
    assert pub.read_bytes() != old
    with pytest.raises(Refusal, match="no es la que hizo"):
        custodian.check_certificate(person.certificate)
    custodian.check_certificate(fresh)


def test_a_sealed_passkey_outlives_the_seal_that_said_so(custody, monkeypatch):
    monkeypatch.setattr(custodian, "folder", lambda: custody.config.folder)
    official, began = custody.official(), custody.broker.sealing_since
    seal, key = official.certificate["seal"], official.key.public()
    for _ in range(2):
        custody.operate("renew_seal")
        custody.operate("seal_renewed")
    custody.at += timedelta(days=9)
    custody.restart()
    seals.publish(custody.broker)
    assert custodian.sealed_key(official.subject, key, seal)
    assert not custodian.sealed_key(official.subject, SoftPasskey().public(), seal)
    assert not custodian.sealed_key("o_" + "x" * 22, key, seal)
    assert custodian.sealing_since().isoformat() == began


def test_a_permit_by_code_outlives_the_seal_that_noted_it(custody):
    send = Send("ab" * 32, (custody.person().grant(),))
    noted = seals.seal(custody.broker, send)
    for _ in range(2):
        custody.operate("renew_seal")
        custody.operate("seal_renewed")
    assert seals.sealed_here(custody.broker, send, noted)
    assert not seals.sealed_here(custody.broker, Send("cd" * 32, send.grants), noted)
    assert not seals.sealed_here(custody.broker, send, {"code": "á"})


def test_no_flood_of_pages_takes_a_challenge_from_anybody(custody):
    person = custody.person()
    challenge = custody.ask("challenge", purpose="session", subject=person.subject)
    for _ in range(50_000):
        custody.broker.challenges.make("session", None, custody.at)
    given = {
        "subject": person.subject,
        "challenge": challenge,
        "assertion": person.key.get({"challenge": challenge}),
    }
    assert custody.ask("open_session", **given)
    with pytest.raises(Refusal, match="venció"):
        custody.ask("open_session", **given)


@pytest.mark.parametrize("change", ["purpose", "subject", "late", "forged", "longer", "restart"])
def test_a_challenge_is_good_for_what_it_was_made_in_time_and_once(custody, change):
    made = custody.broker.challenges.make("enrol" if change == "purpose" else "session", "p_a", custody.at)
    if change == "restart":
        custody.restart()
    told = {"forged": made[:-1] + bytes([made[-1] ^ 1]), "longer": made + bytes(32)}.get(change, made)
    late = timedelta(minutes=5, seconds=1) if change == "late" else timedelta()
    with pytest.raises(Refusal, match="venció"):
        custody.broker.challenges.spend(
            told, "session", "p_b" if change == "subject" else "p_a", custody.at + late
        )


def test_wrong_codes_of_strangers_lock_nobody_out(custody):
    person, official = custody.person(), custody.official()
    code = custody.ask("assist_code", token=person.token)
    for n in range(1_000):
        with pytest.raises(Refusal, match="no existe"):
            custody.ask("void", code=f"MALO-{n}")
    assert custody.ask("assisted_person", code=code, token=official.token) == person.subject


@pytest.mark.parametrize("suite", ["", HYBRID])
def test_officials_get_new_pairs_too_and_what_was_noted_with_them_is_read_on(custody, suite):
    officials = [custody.official() for _ in range(3)]
    for one in officials:
        custody.ask("case_grants", case="F-1", token=one.token)
    before = [custody.broker.public_key(one.subject) for one in officials]
    custody.operate("begin_pairs")
    assert custody.operate("renew_officials", suite=suite, limit=2) == 1
    assert custody.operate("renew_officials", suite=suite, limit=2) == 0
    after = [custody.broker.public_key(one.subject) for one in officials]
    assert {name for name, _ in after} == {pair_name(suite or X25519, 1)}
    assert not set(before) & set(after)
    rows = custody.broker.store.all("SELECT subject FROM keypair WHERE NOT current")
    noted = [
        accesses.told_to(custody.broker, one.subject, before=2**62, limit=9)[0]["event"] for one in officials
    ]
    assert ({one["case"] for one in noted}, rows) == ({"F-1"}, [])


@pytest.mark.parametrize("kind", ["o_", "k_"])
def test_the_code_of_a_request_makes_nobody_an_official_or_a_kiosk(custody, kind):
    subject = kind + "A" * 22
    with pytest.raises(Refusal) as told:
        custody.ask("open_coded", subject=subject, code="ABCDE" * 5)
    assert told.value.code == "persons_only"
    assert custody.broker.store.one("SELECT 1 FROM subject WHERE subject = ?", subject) is None


def test_a_code_on_the_bill_of_an_account_that_changed_hands_opens_nothing(custody):
    row = {"person": ["person", "XF1"], "items": [["account", "pueblo U1", "a"]], "about": "pueblo 14"}
    custody.operate("admit", rows=[row], suite="x25519")
    old = custody.operate("activation", kind="account", value="pueblo U1")
    [new] = custody.operate("admit", rows=[row | {"person": ["person", "XF2"]}], suite="x25519")
    with pytest.raises(Refusal, match="no existe"):
        custody.ask("subject_of_code", code=old["code"])
    again = custody.operate("activation", kind="account", value="pueblo U1")
    assert (again["subject"], old["subject"] != again["subject"]) == (new["subject"], True)
