"""A log in a folder: durable, one writer, the same tree as everywhere else, whatever happens to its process."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.ledger.filelog import FileLog
from alcaldia.ledger.rules import merkle, receipt, tiles
from alcaldia.ledger.tilefolder import TileFolder, consistency, publish
from tests.samples import independent_log as rfc

ORIGIN = "example.gob.mx/accesses"
WRITER = """
import resource, sys
from pathlib import Path
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.filelog import FileLog
if sys.argv[2] != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    log = FileLog(Path(sys.argv[1]), origin="example.gob.mx/accesses")
    for turn in range(1_000_000):
        print(log.append([b"%d:%d" % (turn, part) + bytes(200) for part in range(3)]).stop, flush=True)
except Refusal as refusal:
    print(refusal.code, flush=True)
"""


def writer(folder, limit=0):
    command = [sys.executable, "-c", WRITER, str(folder), str(limit)]
    return subprocess.Popen(command, env={"PYTHONPATH": "src"}, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def log(tmp_path):
    with_lock = FileLog(tmp_path / "log", origin=ORIGIN)
    yield with_lock
    with_lock.close()


def entries_of(log):
    return [log.entry(place) for place in range(log.size())]


def test_batches_get_consecutive_places_and_the_root_of_the_rfc(log):
    assert [log.append([b"a", b"b"]), log.append([b"c"]), log.append([])] == [
        range(2),
        range(2, 3),
        range(3, 3),
    ]
    assert log.head().root == rfc.mth([b"a", b"b", b"c"])
    assert log.keys().open(log.checkpoint()).size == 3


@settings(max_examples=15)
@given(sizes=st.lists(st.integers(1, 200), min_size=1, max_size=6))
def test_a_reopened_log_grows_on_as_one_that_was_never_closed(tmp_path_factory, sizes):
    folder, written = tmp_path_factory.mktemp("log"), []
    for size in sizes:
        log = FileLog(folder, origin=ORIGIN)
        batch = [b"%d" % (len(written) + at) for at in range(size)]
        log.append(batch)
        written += batch
        assert log.head().root == rfc.mth(written)
        log.close()


def test_every_entry_has_a_receipt_that_an_independent_reader_accepts(log):
    log.append([b"entry %d" % at for at in range(19)])
    for place in range(19):
        text = log.receipt(place)
        assert rfc.check_receipt(text, log.keyring.key.text()) == b"entry %d" % place
        assert receipt.verify(receipt.read(text), log.keys()).size == 19


def test_a_second_process_is_refused_and_the_first_goes_on(log, tmp_path):
    with writer(tmp_path / "log") as second:
        assert second.stdout.readline() == "log_held\n"
    assert log.append([b"still here"]) == range(1)


def test_what_a_killed_process_acknowledged_is_there_and_the_tree_replays(tmp_path):
    with writer(tmp_path) as process:
        acknowledged = [int(process.stdout.readline()) for _ in range(30)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    log = FileLog(tmp_path, origin=ORIGIN)
    assert log.size() >= acknowledged[-1]
    assert log.size() % 3 == 0
    assert log.head().root == rfc.mth(entries_of(log))


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    with writer(tmp_path, limit=400_000) as process:
        *acknowledged, refused = process.stdout.read().split()
    log = FileLog(tmp_path, origin=ORIGIN)
    assert refused == "log_disk"
    assert log.size() == int(acknowledged[-1])
    assert log.head().root == rfc.mth(entries_of(log))
    assert log.append([b"after making room"]).start == int(acknowledged[-1])


def test_a_long_entry_is_refused_before_anything_is_written(log):
    with pytest.raises(Refusal, match="65,535"):
        log.append([b"a", bytes(65_536)])
    assert log.size() == 0


def test_nobody_changes_the_past_by_sql(log):
    log.append([b"a"])
    for sql in ("UPDATE entry SET data = x'00'", "DELETE FROM node"):
        with pytest.raises(Exception, match="append-only"):
            log._store.execute(sql)


def test_the_published_folder_proves_the_same_as_the_log(log, tmp_path):
    folder = TileFolder(tmp_path / "public", "accesses")
    for size in (1, 300, 700):
        log.append([b"%d" % at for at in range(log.size(), size)])
        assert publish(log, folder.folder).size == size
    assert folder.keys().open(folder.checkpoint()).root == log.head().root
    for old in (1, 256, 300, 513, 699, 700):
        assert consistency(folder, old, 700) == log.consistency(old, 700)
    bundles = [folder.tile("entries", at, width) for at, width in ((0, 256), (1, 256), (2, 188))]
    assert [entry for data in bundles for entry in tiles.read_bundle(data)] == entries_of(log)


def test_tiles_beyond_the_log_are_refused(log):
    log.append([b"a", b"b"])
    assert log.tile(0, 0, 2) == merkle.leaf_hash(b"a") + merkle.leaf_hash(b"b")
    for place in ((0, 0, 3), (1, 0, 1), ("entries", 1, 1)):
        with pytest.raises(NotFound):
            log.tile(*place)


def test_partial_tiles_go_when_the_full_one_is_there(log, tmp_path):
    for size in (100, 200, 300):
        log.append([b"%d" % at for at in range(log.size(), size)])
        publish(log, tmp_path / "public")
    assert not (tmp_path / "public/tile/0/000.p").exists()
    assert not (tmp_path / "public/tile/entries/000.p").exists()
    assert (tmp_path / "public/tile/entries/001.p/44").exists()


def test_the_broker_needs_no_django_for_its_log():
    code = """
import sys
sys.modules["django"] = None
from alcaldia.ledger import filelog, tilefolder, keyring
print("django.db" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": "src"}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr


def test_every_change_deletion_swap_and_rollback_of_a_log_is_noticed(log):
    entries = [b"act %d" % at for at in range(300)]
    log.append(entries)
    root, leaves = log.head().root, [merkle.leaf_hash(entry) for entry in entries]
    for at, entry in enumerate(entries):
        changed = merkle.leaf_hash(bytes([entry[0] ^ 1]) + entry[1:])
        assert not merkle.includes(root, at, 300, changed, log.inclusion(at, 300))
        assert rfc.mth(entries[:at] + entries[at + 1 :]) != root
        if at:
            swapped = [*entries[: at - 1], entries[at], entries[at - 1], *entries[at + 1 :]]
            assert rfc.mth(swapped) != root
            assert not merkle.extends(300, root, at, rfc.mth(entries[:at]), log.consistency(at, 300))
    assert merkle.includes(root, 7, 300, leaves[7], log.inclusion(7, 300))
