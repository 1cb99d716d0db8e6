"""Acts in the database: gapless, provable, append-only; the same on both engines."""

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger import actions, epoch, keys, queries, triggers
from alcaldia.ledger.audit import replay
from alcaldia.ledger.events import Act
from alcaldia.ledger.models import Entry, LogHead, Node
from alcaldia.ledger.rules import merkle, tiles
from alcaldia.web.components.refusals import RefusalPages
from tests.samples import independent_log as rfc

pytestmark = pytest.mark.django_db


def record(count=1, **body):
    town, _ = Municipality.objects.get_or_create(slug="demo", defaults={"name": "Demo"})
    made = [
        actions.record(
            Act("land.ruling_issued", f"DUS-{Entry.objects.count()}", {"secret": "Ana López", **body}, town),
            by="test",
            channel="cli",
        )
        for _ in range(count)
    ]
    return made[-1]


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="transaction"):
        record()


@pytest.mark.django_db(transaction=True)
def test_the_log_is_not_signed_inside_a_transaction():
    with transaction.atomic():
        entry = record()
        with pytest.raises(RuntimeError, match="after the transaction"):
            queries.receipt(entry)
    assert rfc.check_receipt(queries.receipt(entry), keys.signer().key.text())


def test_a_rolled_back_act_leaves_nothing():
    record()
    before = queries.head()
    with transaction.atomic():
        record(3)
        transaction.set_rollback(True)
    record()
    assert Entry.objects.count() == queries.size() == before.size + 1
    assert not replay().problems


def test_a_log_of_before_learns_its_edge_and_goes_on():
    record(11)
    kept = bytes(LogHead.objects.get().edge)
    LogHead.objects.update(edge=b"")
    import_module("alcaldia.ledger.migrations.0004_edge").read_edge(apps, None)
    assert bytes(LogHead.objects.get().edge) == kept
    record(3)
    assert not replay().problems


def test_a_head_whose_edge_is_of_another_size_takes_no_act():
    record(3)
    LogHead.objects.update(edge=b"")
    with pytest.raises(ValueError, match="edge of 3 leaves"), transaction.atomic():
        record()
    assert queries.size() == Entry.objects.count() == 3


@pytest.mark.parametrize("counts", [(1, 300, 1), (255, 2, 70), (51, 50, 49)])
def test_few_and_many_acts_of_one_transaction_make_the_same_log(counts):
    made = []
    for count in counts:
        with actions.together():
            made += [
                actions.record(Act("a.done", f"F-{at}", {}), by="t", channel="cli") for at in range(count)
            ]
    stored = list(Entry.objects.order_by("index"))
    assert [one.index for one in made] == [one.index for one in stored] == list(range(sum(counts)))
    assert [one.recorded_at for one in made] == [one.recorded_at for one in stored]
    assert not replay().problems


def test_the_entry_in_the_hand_is_the_one_that_is_stored():
    entry = record()
    stored = Entry.objects.get(pk=entry.pk)
    assert {**vars(entry), "_state": None} == {**vars(stored), "_state": None}
    assert (entry == stored, entry.municipality.slug, entry._state.adding) == (True, "demo", False)


def test_every_entry_has_a_receipt_that_an_independent_reader_accepts():
    record(11)
    for entry in Entry.objects.all():
        proven = rfc.check_receipt(queries.receipt(entry), keys.signer().key.text())
        assert proven == bytes(entry.entry)


def test_the_root_is_that_of_the_public_entry_bundle():
    record(13)
    entries = tiles.read_bundle(queries.tile("entries", 0, 13))
    assert rfc.mth(entries) == queries.head().root
    assert queries.tile(0, 0, 13) == b"".join(merkle.leaf_hash(entry) for entry in entries)


def test_an_older_head_is_proven_to_be_a_prefix():
    record(9)
    old, new = queries.head(4), queries.head()
    assert merkle.extends(4, old.root, 9, new.root, queries.consistency(4, 9))


def test_the_public_leaf_says_nothing_of_the_person():
    entry = record()
    assert set(json.loads(bytes(entry.entry))) == {"v", "type", "folio", "at", "municipality", "sha256"}
    assert "Ana" not in bytes(entry.entry).decode()


def test_equal_acts_have_unequal_hashes_so_that_none_can_be_guessed():
    assert record().body_sha256 != record().body_sha256


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET folio = 'X'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_node SET id = id + 100",
        "DELETE FROM ledger_node",
    ],
)
def test_the_database_refuses_to_change_the_past(sql):
    record(2)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert not replay().problems


def test_the_database_refuses_to_replace_a_row():
    record()
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{verb} INTO ledger_node (id, hash) VALUES (0, %s)", [bytes(32)])


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_postgresql_refuses_to_truncate():
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE ledger_node")


@pytest.mark.parametrize(
    "change",
    [
        lambda: Entry.objects.filter(index=2).update(body=b"{}"),
        lambda: Entry.objects.filter(index=2).update(folio="OTHER"),
        lambda: Entry.objects.filter(index=2).update(entry=b"{}"),
        lambda: Entry.objects.filter(index=4).delete(),
        lambda: Node.objects.filter(pk=merkle.number((1, 0))).update(hash=bytes(32)),
        lambda: LogHead.objects.update(edge=bytes(64)),
    ],
)
def test_whoever_takes_the_triggers_away_is_found_out(change):
    record(5)
    triggers.remove(connection)
    change()
    assert replay().problems


def test_a_tile_beyond_the_log_is_refused():
    record(3)
    for level, index, width in ((0, 0, 4), (0, 0, 256), (1, 0, 1), ("entries", 1, 1)):
        with pytest.raises(NotFound):
            queries.tile(level, index, width)


def test_the_outbox_holds_what_a_subscriber_has_not_had():
    entry = record(2)
    actions.delivered(entry, subscriber="opendata")
    actions.delivered(entry, subscriber="opendata")
    assert [act.index for act in queries.undelivered("opendata")] == [0]
    assert queries.undelivered("mail").count() == 2


@pytest.mark.parametrize("kind", ["RulingIssued", "issued", "land.", "land.Ruling"])
def test_an_act_needs_a_proper_name(kind):
    with pytest.raises(ValueError, match="name of an act"):
        Act(kind, "X", {})


@pytest.mark.django_db(transaction=True)
def test_a_second_database_under_the_same_keys_is_refused_before_it_can_fork_the_log():
    with transaction.atomic():
        record()
    LogHead.objects.update(epoch="of-another-database")
    with transaction.atomic(), pytest.raises(Refusal, match="bifurcaría"):
        record()
    assert queries.size() == 1


@pytest.mark.django_db(transaction=True)
def test_a_first_act_that_rolls_back_does_not_claim_the_keys():
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    assert not epoch.path().exists()
    with transaction.atomic():
        record()
    assert epoch.path().read_text() == LogHead.objects.get().epoch


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_leaves_no_half_act_and_the_log_goes_on(rf):
    with transaction.atomic():
        record(3)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # tests before this one left free pages
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        with pytest.raises(DatabaseError, match="full") as full, transaction.atomic():
            record(2000)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert (
        "se le acabó el espacio"
        in RefusalPages(None).process_exception(rf.get("/api/x"), full.value).content.decode()
    )
    assert queries.size() == Entry.objects.count() == 3
    with transaction.atomic():
        record()
    assert not replay().problems
