"""A permit at a kiosk: the person's code and the machine's key give something small, and each other combination nothing."""

from datetime import timedelta

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.vault.rules import access
from alcaldia.vault.rules.grant import Send
from tests.factories import custody as factory
from tests.factories.custody import showing
from tests.factories.kiosk import SoftKiosk

NAME = {"full_name": "Hermenegilda Piedraluna"}
PLACE = {"town": factory.TOWN, "name": "Plaza 1"}


def enrolled(custody, **place):
    machine = SoftKiosk()
    code = custody.operate("add_kiosk", **(PLACE | place))
    machine.id = custody.ask("enrol_kiosk", **machine.enrolling(code))["kiosk"]
    return machine


@pytest.fixture
def kiosk(custody):
    return enrolled(custody)


@pytest.fixture
def person(custody):
    return custody.person()


def bundle(person, **other):
    usual = {"not_after": person.custody.at + timedelta(hours=20)}
    return Send("cd" * 32, (person.grant(**(usual | other)),))


def code_of(person):
    return person.custody.ask("assist_code", token=person.token)


def kept(custody):
    return len(custody.broker.store.all("SELECT 1 FROM bundle"))


def test_a_code_and_the_machine_make_a_small_permit_that_opens_and_says_where(custody, kiosk, person):
    code, send, clerk = code_of(person), bundle(person), custody.official()
    assert custody.ask("kiosk_person", **kiosk.trying(code)) == {"person": person.subject, **PLACE}
    told = custody.ask("give_at_kiosk", **kiosk.giving(send, code))
    assert told["id"] == send.grants[0].id
    [found] = custody.ask("show", **showing(send.grants[0], clerk.token, [person.record("identity", NAME)]))
    assert found["fields"]["full_name"]["value"] == NAME["full_name"]
    [mine] = custody.ask("my_grants", token=person.token)
    assert (mine["assisted"], mine["kiosk"]) == (True, "Plaza 1")
    [case] = custody.ask("case_grants", case="C-1", token=clerk.token)
    assert case["kiosk"] == "Plaza 1"
    seen = custody.ask("my_accesses", token=person.token)
    details = [one["event"]["detail"] for one in seen if one["event"]["kind"] in {access.GIVEN, access.SHOWN}]
    assert details == ["kiosk Plaza 1", "kiosk Plaza 1"]


def _over_another_bundle(custody, kiosk, person):
    given = kiosk.giving(bundle(person), code_of(person))
    return given | {"signature": kiosk.sign(bundle(person).challenge())}


def _with_another_kiosks_key(custody, kiosk, person):
    other = enrolled(custody, name="Mercado")
    return other.giving(bundle(person), code_of(person)) | {"kiosk": kiosk.id}


def _by_an_unknown_machine(custody, kiosk, person):
    stranger = SoftKiosk()
    stranger.id = "k_" + "A" * 22
    return stranger.giving(bundle(person), code_of(person))


def _by_one_that_was_ended(custody, kiosk, person):
    custody.operate("end_kiosk", **PLACE)
    return kiosk.giving(bundle(person), code_of(person))


def _with_an_officials_account(custody, kiosk, person):
    return kiosk.giving(bundle(person), code_of(person)) | {"kiosk": custody.official().subject}


def _with_the_signature_over_the_code(custody, kiosk, person):
    code = code_of(person)
    return kiosk.giving(bundle(person), code) | {"signature": kiosk.trying(code)["signature"]}


def _with_somebody_elses_code(custody, kiosk, person):
    return kiosk.giving(bundle(person), code_of(custody.person()))


def _with_a_used_code(custody, kiosk, person):
    code = code_of(person)
    custody.ask("give_at_kiosk", **kiosk.giving(bundle(person), code))
    return kiosk.giving(bundle(person), code)


def _with_an_old_code(custody, kiosk, person):
    code = code_of(person)
    custody.at += timedelta(days=91)
    return kiosk.giving(bundle(person), code)


def _with_an_invented_code(custody, kiosk, person):
    return kiosk.giving(bundle(person), "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA")


def _with_a_code_for_something_else(custody, kiosk, person):
    return kiosk.giving(bundle(person), custody.operate("add_kiosk", town=factory.TOWN, name="Otro"))


def _replayed(custody, kiosk, person):
    given = kiosk.giving(bundle(person), code_of(person))
    custody.ask("give_at_kiosk", **given)
    return given


def _replayed_with_a_new_code(custody, kiosk, person):
    send = bundle(person)
    custody.ask("give_at_kiosk", **kiosk.giving(send, code_of(person)))
    return kiosk.giving(send, code_of(person))


def _too_often(custody, kiosk, person):
    return kiosk.giving(bundle(person, max_uses=4), code_of(person))


def _too_long(custody, kiosk, person):
    return kiosk.giving(bundle(person, not_after=custody.at + timedelta(hours=25)), code_of(person))


def _too_much(custody, kiosk, person):
    fields = ("identity.full_name", "identity.id_code", "identity.tax_code", "contact.email", "contact.phone",
              "address.street", "address.number")  # fmt: skip
    return kiosk.giving(bundle(person, fields=fields), code_of(person))


def _two_at_once(custody, kiosk, person):
    send = Send("cd" * 32, bundle(person).grants + bundle(person, case="C-2").grants)
    return kiosk.giving(send, code_of(person))


def _of_another_town(custody, kiosk, person):
    return kiosk.giving(bundle(person, office="otro/tesoreria"), code_of(person))


def _garbage(custody, kiosk, person):
    return kiosk.giving(bundle(person), code_of(person)) | {"signature": "A" * 86}


REFUSED = [
    (_over_another_bundle, "bad_kiosk_signature"), (_with_another_kiosks_key, "bad_kiosk_signature"),
    (_by_an_unknown_machine, "bad_kiosk"), (_by_one_that_was_ended, "bad_kiosk"), (_with_an_officials_account, "bad_kiosk"),
    (_with_the_signature_over_the_code, "bad_kiosk_signature"), (_garbage, "bad_kiosk_signature"),
    (_with_somebody_elses_code, "bad_code"), (_with_a_used_code, "bad_code"), (_with_an_old_code, "bad_code"),
    (_with_an_invented_code, "bad_code"), (_with_a_code_for_something_else, "bad_code"),
    (_replayed, "given_already"), (_replayed_with_a_new_code, "given_already"),
    (_too_often, "assisted_limit"), (_too_long, "assisted_limit"), (_too_much, "assisted_limit"), (_two_at_once, "assisted_limit"),
    (_of_another_town, "other_town"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "code"), REFUSED, ids=lambda one: getattr(one, "__name__", one))
def test_anything_else_is_refused_with_a_sentence_and_nothing_is_kept(custody, kiosk, person, made, code):
    given = made(custody, kiosk, person)
    before = kept(custody)
    with pytest.raises(Refusal) as told:
        custody.ask("give_at_kiosk", **given)
    assert (told.value.code, kept(custody)) == (code, before)
    assert len(told.value.detail) > 30


def test_what_was_refused_spends_no_code(custody, kiosk, person):
    code = code_of(person)
    with pytest.raises(Refusal):
        custody.ask("give_at_kiosk", **kiosk.giving(bundle(person, max_uses=4), code))
    assert custody.ask("give_at_kiosk", **kiosk.giving(bundle(person), code))


def test_a_kiosk_that_ends_takes_its_permits_with_it_and_their_persons_read_why(custody, kiosk, person):
    send, clerk, other = bundle(person), custody.official(), enrolled(custody, name="Mercado")
    custody.ask("give_at_kiosk", **kiosk.giving(send, code_of(person)))
    stays = bundle(person)
    custody.ask("give_at_kiosk", **other.giving(stays, code_of(person)))
    records = [person.record("identity", NAME)]
    assert custody.ask("show", **showing(send.grants[0], clerk.token, records))
    size = custody.broker.log.size()
    custody.operate("end_kiosk", **PLACE)
    assert custody.broker.log.size() == size + 2  # a leaf for the kiosk and one for the person
    with pytest.raises(Refusal) as told:
        custody.ask("show", **showing(send.grants[0], clerk.token, records))
    assert told.value.code == "revoked"
    assert custody.ask("show", **showing(stays.grants[0], clerk.token, records))
    events = [one["event"] for one in custody.ask("my_accesses", token=person.token)]
    [ended] = [one for one in events if one["kind"] == access.KIOSK_ENDED]
    assert (ended["grant"], ended["detail"]) == (send.grants[0].id, "kiosk Plaza 1")


def test_each_use_asks_again_whether_the_kiosk_counts(custody, kiosk, person):
    """Also where its end was written without the permits' own: a store that was changed opens nothing."""
    send, clerk = bundle(person), custody.official()
    custody.ask("give_at_kiosk", **kiosk.giving(send, code_of(person)))
    with custody.broker.store.transaction() as connection:
        connection.execute("UPDATE kiosk SET revoked = '2026-03-02' WHERE subject = ?", (kiosk.id,))
    with pytest.raises(Refusal) as told:
        custody.ask("show", **showing(send.grants[0], clerk.token, [person.record("identity", NAME)]))
    assert told.value.code == "not_signed"


def test_the_receipt_voids_it_without_a_device(custody, kiosk, person):
    send, clerk = bundle(person), custody.official()
    told = custody.ask("give_at_kiosk", **kiosk.giving(send, code_of(person)))
    custody.ask("void", code=told["void"])
    with pytest.raises(Refusal):
        custody.ask("show", **showing(send.grants[0], clerk.token, [person.record("identity", NAME)]))
    with pytest.raises(Refusal):
        custody.ask("void", code=told["void"])


def test_codes_are_tried_ten_times_a_minute_at_each_kiosk_and_a_stranger_uses_up_none(custody, kiosk, person):
    code, forged = code_of(person), kiosk.trying("AAAAA")
    for _ in range(20):
        with pytest.raises(Refusal) as told:
            custody.ask(
                "kiosk_person", **forged | {"signature": SoftKiosk().sign("alcaldia kiosk code AAAAA")}
            )
        assert told.value.code == "bad_kiosk_signature"
    for _ in range(10):
        with pytest.raises(Refusal, match="no existe"):
            custody.ask("kiosk_person", **forged)
    with pytest.raises(Refusal) as told:
        custody.ask("kiosk_person", **kiosk.trying(code))
    assert told.value.code == "too_many"
    assert custody.ask("kiosk_person", **enrolled(custody, name="Mercado").trying(code))
    custody.at += timedelta(minutes=1)
    assert custody.ask("kiosk_person", **kiosk.trying(code))


def test_an_enrolment_is_a_leaf_and_its_code_serves_one_machine_for_a_day(custody):
    code, size = custody.operate("add_kiosk", **PLACE), custody.broker.log.size()
    thief, machine = SoftKiosk(), SoftKiosk()
    with pytest.raises(Refusal) as told:
        custody.ask("enrol_kiosk", **machine.enrolling(code) | {"public": thief.public()})
    assert told.value.code == "bad_kiosk_signature"
    assert custody.ask("enrol_kiosk", **machine.enrolling(code))["name"] == "Plaza 1"
    assert custody.broker.log.size() == size + 1
    with pytest.raises(Refusal, match="ya se usó"):
        custody.ask("enrol_kiosk", **thief.enrolling(code))
    late = custody.operate("add_kiosk", town=factory.TOWN, name="Mercado")
    custody.at += timedelta(days=1, seconds=1)
    with pytest.raises(Refusal, match="venció"):
        custody.ask("enrol_kiosk", **thief.enrolling(late))


def test_a_name_is_of_one_machine_and_may_come_again_after_its_end(custody):
    first = custody.operate("add_kiosk", **PLACE)
    second = custody.operate("add_kiosk", **PLACE)
    with pytest.raises(Refusal):
        custody.ask("enrol_kiosk", **SoftKiosk().enrolling(first))
    custody.ask("enrol_kiosk", **SoftKiosk().enrolling(second))
    with pytest.raises(Refusal) as told:
        custody.operate("add_kiosk", **PLACE)
    assert told.value.code == "name_taken"
    custody.operate("end_kiosk", **PLACE)
    with pytest.raises(Refusal) as told:
        custody.operate("end_kiosk", **PLACE)
    assert told.value.code == "kiosk_unknown"
    enrolled(custody)
    listed = custody.operate("kiosks")
    assert [(one["name"], bool(one["revoked"]), one["waits"]) for one in listed] == [
        ("Plaza 1", True, False), ("Plaza 1", False, False)
    ]  # fmt: skip


def test_a_code_that_waits_ends_with_its_kiosk(custody):
    code = custody.operate("add_kiosk", **PLACE)
    assert custody.operate("kiosks")[0]["waits"]
    custody.operate("end_kiosk", **PLACE)
    with pytest.raises(Refusal):
        custody.ask("enrol_kiosk", **SoftKiosk().enrolling(code))


def test_a_kiosks_key_opens_no_session_and_only_the_operator_adds_or_ends_one(custody, kiosk):
    from alcaldia.broker.doors import WEB

    assert {"add_kiosk", "end_kiosk", "kiosks"}.isdisjoint(WEB)
    challenge = custody.ask("challenge", purpose="session", subject=kiosk.id)
    with pytest.raises(Refusal):
        custody.ask("open_session", subject=kiosk.id, challenge=challenge, assertion={"id": kiosk.public()})


def test_it_counts_after_a_restart(custody, kiosk, person):
    code = code_of(person)
    custody.restart()
    assert custody.ask("give_at_kiosk", **kiosk.giving(bundle(person), code))


def test_a_store_of_before_has_kiosks_when_it_is_next_opened(custody):
    with custody.broker.store.transaction() as connection:
        connection.execute("DROP TABLE kiosk")
    custody.restart()
    kiosk, person = enrolled(custody), custody.person()
    assert custody.ask("give_at_kiosk", **kiosk.giving(bundle(person), code_of(person)))
