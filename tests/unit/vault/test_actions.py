"""Keeping, finding again, renewing and auditing what lies in the main database."""

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.vault import actions, custodian, holders, queries, rekeying
from alcaldia.vault.actions import Statement
from alcaldia.vault.models import Holder, RecordVersion
from alcaldia.vault.rekeying import rekey
from alcaldia.vault.rules.suites import HYBRID, X25519, read_name
from tests.factories.custody import custody

pytestmark = pytest.mark.django_db


def keep(person, group="identity", **values):
    return actions.store([Statement(person.subject, group, values)], by="citizen", channel="portal")


def own(person):
    return {one.name: one.value for one in queries.own(person.subject, person.token)}


def test_the_newest_word_counts_and_older_fields_stay(broker):
    person = broker.citizen()
    keep(person, full_name="Casilda", tax_code="FICC800101AAA")
    keep(person, full_name="Casilda Ficticia")
    assert own(person) == {"identity.full_name": "Casilda Ficticia", "identity.tax_code": "FICC800101AAA"}
    assert queries.known(person.subject) == ["identity.full_name", "identity.tax_code"]


def test_a_field_that_has_no_place_is_refused(broker):
    with pytest.raises(Refusal, match="no tiene un lugar"):
        keep(broker.citizen(), shoe_size="27")


def test_whoever_has_no_vault_can_not_be_stored_for(broker):
    with pytest.raises(Refusal, match="todavía no tiene bóveda"):
        actions.store([Statement("p_" + "x" * 22, "identity", {"full_name": "N"})], by="x", channel="cli")


def test_a_key_put_into_the_database_is_not_believed(broker):
    person, thief = broker.citizen(), broker.citizen()
    stolen = Holder.objects.get(subject=thief.subject)
    Holder.objects.filter(subject=person.subject).update(
        public_key=stolen.public_key, signature=stolen.signature
    )
    with pytest.raises(Refusal, match="no es la que hizo el custodio"):
        keep(person, full_name="N")
    with pytest.raises(Refusal, match="no es la que hizo el custodio"):
        holders.keep_key(person.certificate | {"subject": thief.subject})


def test_a_row_written_past_the_program_is_found_against_the_ledger(broker):
    person = broker.citizen()
    keep(person, full_name="N")
    assert queries.unrecorded() == []
    row = RecordVersion.objects.get(holder__subject=person.subject)
    row.pk, row.number = None, 2
    row.save(force_insert=True)
    assert queries.unrecorded() == [row.pk]


def test_everybody_gets_new_keys_with_one_call_and_reads_on(broker):
    people = [broker.citizen() for _ in range(3)]
    for person in people:
        keep(person, full_name=person.subject)
    done = rekey(suite=HYBRID, by="consola", channel="cli")
    assert done.migrated == 3
    assert [own(person)["identity.full_name"] for person in people] == [person.subject for person in people]
    assert {suite for suite, _ in generations()} == {HYBRID}
    assert Entry.objects.filter(type="vault.rekeyed").count() == 1
    keep(people[0], full_name="Otra")
    assert own(people[0])["identity.full_name"] == "Otra"


def generations():
    """(suite, generation) of everybody's pair, each once; the broker of these tests has renewed others' before."""
    return {read_name(name) for name in Holder.objects.values_list("suite", flat=True)}


def pairs():
    return {bytes(one) for one in Holder.objects.values_list("public_key", flat=True)}


@pytest.mark.parametrize("suite", ["", X25519])
def test_within_the_same_suite_a_second_order_renews_everybody_again(broker, suite):
    people, seen = [broker.citizen() for _ in range(2)], [pairs()]
    for person in people:
        keep(person, full_name=person.subject)
    for _ in range(2):
        before = generations()
        assert rekey(suite=suite, pairs=True, by="consola", channel="cli").migrated == 2
        assert generations().isdisjoint(before)
        seen.append(pairs())
    assert {kind for kind, _ in generations()} == {X25519}
    assert len(set.union(*seen)) == 6, "each pair was a new one"
    assert [own(person)["identity.full_name"] for person in people] == [person.subject for person in people]


def test_an_interrupted_order_goes_on_with_whom_it_had_not_reached(broker, monkeypatch):
    people = [broker.citizen() for _ in range(3)]
    for person in people:
        keep(person, full_name=person.subject)
    with monkeypatch.context() as killed:
        killed.setattr(rekeying, "BATCH", 1)
        killed.setattr(rekeying, "_migrate", killed_after(1, rekeying._migrate))
        with pytest.raises(KeyboardInterrupt):
            rekey(pairs=True, by="consola", channel="cli")
    assert rekey(pairs=True, by="consola", channel="cli").migrated == 2
    assert len(generations()) == 1
    assert [own(person)["identity.full_name"] for person in people] == [person.subject for person in people]
    assert rekey(pairs=True, by="consola", channel="cli").migrated == 3


def killed_after(times, act):
    left = iter(range(times))

    def killed(*given):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return act(*given)

    return killed


def test_who_came_while_everybody_was_renewed_is_renewed_by_the_next_order(broker):
    first = broker.citizen()
    rekey(pairs=True, by="consola", channel="cli")
    later = broker.citizen()
    assert rekey(pairs=True, by="consola", channel="cli").migrated == 2
    assert {own(one).get("identity.full_name") for one in (first, later)} == {None}


def test_under_split_custody_both_halves_follow(monkeypatch):
    with custody() as first, custody(second=True) as second:
        first.broker.guardian = second
        monkeypatch.setattr(custodian, "ask", first.ask)
        monkeypatch.setattr(custodian, "ask_as_operator", first.operate)
        monkeypatch.setattr(custodian, "folder", lambda: first.config.folder)
        seal = first.broker.seal.public_key().public_bytes_raw()
        (first.config.folder / "seal.pub").write_bytes(seal)
        person = first.person()
        holders.keep_key(person.certificate)
        keep(person, full_name="Casilda")
        with pytest.raises(Refusal, match="allow-renewal"):
            rekey(suite=HYBRID, by="consola", channel="cli")
        assert set(Holder.objects.values_list("suite", "second_suite")) == {(X25519, X25519)}
        second.operate("allow_renewal", suite=HYBRID, days=1)
        assert rekey(suite=HYBRID, by="consola", channel="cli").migrated == 1
        new = f"{HYBRID}~1"
        assert set(Holder.objects.values_list("suite", "second_suite")) == {(new, new)}
        assert second.operate("retire_halves") == 1
        assert own(person) == {"identity.full_name": "Casilda"}
        second.operate("allow_renewal", suite=HYBRID, days=1)
        assert rekey(pairs=True, by="consola", channel="cli").migrated == 1
        assert second.operate("retire_halves") == 1
        assert own(person) == {"identity.full_name": "Casilda"}


def test_nothing_is_stored_where_the_act_can_not_be_recorded(broker, monkeypatch):
    person = broker.citizen()

    def fail(*_args, **_words):
        raise Refusal("log_disk", "El disco no aceptó la anotación.")

    monkeypatch.setattr(actions, "record", fail)
    with pytest.raises(Refusal, match="disco"):
        keep(person, full_name="N")
    assert RecordVersion.objects.filter(holder__subject=person.subject).count() == 0
