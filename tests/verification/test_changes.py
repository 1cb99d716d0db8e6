"""A log of 100,000 leaves, changed in every way that issue 3 names: the programs that auditors run notice each.

Without the log's keys `verifica.py` alone notices. Whoever has them can sign another past, which is noticed by all
that remember: the monitor of `testigo.py` on its next visit, and the witness, which signs no such head.
"""

import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from alcaldia.ledger.filelog import FileLog
from alcaldia.ledger.rules import tiles
from alcaldia.ledger.rules.add_checkpoint import request
from alcaldia.ledger.rules.note import Checkpoint
from alcaldia.ledger.tilefolder import publish
from tests.conftest import ROOT
from tests.factories.witnesses import made, testigo

SIZE, ORIGIN = 100_000, "example.org/acts"
LEAVES = [f"acto {at}".encode().ljust(100, b".") for at in range(SIZE)]
SOME, OTHER = 31_007, 77_777
KINDS = ("change", "deletion", "reorder", "rollback", "fork")
City = namedtuple("City", "log public keys witness")


def filled(folder, leaves):
    log = FileLog(folder, origin=ORIGIN, name="acts")
    for start in range(0, len(leaves), 5_000):
        log.append(leaves[start : start + 5_000])
    return log


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The log, published, as witness and monitor saw it when all was well."""
    folder = tmp_path_factory.mktemp("city")
    log = filled(folder / "log", LEAVES)
    publish(log, folder / "public")
    (folder / "llaves.json").write_text(f'{{"log": {log.keys().text()}, "roots": []}}')
    witness = made(folder / "witness", "w.example", *[row.key.text() for row in log.keys().keys])
    assert witness.add(request(0, (), log.checkpoint()).encode())[0] == 200
    assert monitor(folder / "witness", folder / "public") == 0
    yield City(log, folder / "public", folder / "llaves.json", witness)
    log.close()


def monitor(folder, public):
    return testigo.main(["check", "--log", str(public), "--folder", str(folder)])


def verifica(city):
    words = ["bitacora", str(city.public), "--llaves", str(city.keys)]
    script = str(ROOT / "verifica" / "verifica.py")
    done = subprocess.run([sys.executable, "-I", script, *words], capture_output=True, check=False)
    return done.returncode


def otherwise(kind):
    """The leaves of a past that was not."""
    leaves = [*LEAVES]
    if kind == "change":
        leaves[SOME] = leaves[SOME][:-1] + b"!"
    if kind == "deletion":
        del leaves[SOME]
    if kind == "reorder":
        leaves[SOME], leaves[OTHER] = leaves[OTHER], leaves[SOME]
    if kind == "rollback":
        del leaves[OTHER:]
    if kind == "fork":
        leaves[SOME:] = [b"otro " + one for one in leaves[SOME:]] + [b"y uno"]
    return leaves


@pytest.fixture
def altered(city, request, tmp_path):
    """The published folder with other leaves in it, for the length of a test."""
    leaves, kept = otherwise(request.param), tmp_path / "kept"
    shutil.copytree(city.public, kept)
    for index in range(len(leaves) // tiles.WIDTH, -(-SIZE // tiles.WIDTH)):
        for width in (tiles.WIDTH, SIZE % tiles.WIDTH):
            (city.public / testigo.tile_path(index, width)).unlink(missing_ok=True)
    for start in range(0, len(leaves), tiles.WIDTH):
        some = leaves[start : start + tiles.WIDTH]
        path = city.public / testigo.tile_path(start // tiles.WIDTH, len(some))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(tiles.bundle(some))
    yield leaves
    shutil.rmtree(city.public)
    kept.rename(city.public)


def test_what_nobody_changed_is_valid_and_signed_again(city):
    assert verifica(city) == 0
    assert monitor(city.witness.folder, city.public) == 0
    assert city.witness.add(request(SIZE, (), city.log.checkpoint()).encode())[0] == 200


@pytest.mark.parametrize("altered", KINDS, indirect=True)
def test_verifica_notices_every_change_under_the_signed_root(city, altered):
    assert altered != LEAVES
    assert verifica(city) == 1


@pytest.mark.parametrize("altered", KINDS, indirect=True)
def test_signed_anew_by_the_citys_own_keys_monitor_and_witness_notice_it(city, altered, tmp_path):
    """The strongest forger: tiles, tree and signature fit one another, and only memory tells."""
    tree = testigo.Tree()
    for leaf in altered:
        tree.add(leaf)
    head = Checkpoint(ORIGIN, tree.size, tree.root())
    signed = city.log.keyring.sign(head.text())
    (city.public / "checkpoint").write_text(signed)
    assert monitor(tmp_path / "stranger", city.public) == 0, "who remembers nothing is deceived"
    assert monitor(city.witness.folder, city.public) == 1
    for old in {0, SIZE, tree.size}:
        proof = city.log.consistency(old, SIZE) if 0 < old < SIZE else ()
        status, told, _ = city.witness.add(request(old, proof, signed).encode())
        assert status in {400, 409, 422}
        assert "—" not in told
    assert city.witness.newest(ORIGIN)[:2] == (SIZE, city.log.head().root)


def test_a_fork_that_proves_its_own_continuity_is_not_cosigned(city, tmp_path):
    shutil.copytree(city.log.keyring.folder, tmp_path / "fork" / "keys")
    fork = filled(tmp_path / "fork", otherwise("fork"))
    proof = fork.consistency(SIZE, fork.size())
    status, told, _ = city.witness.add(request(SIZE, proof, fork.checkpoint()).encode())
    fork.close()
    assert (status, "—" in told) == (422, False)
    assert any("no continúa" in path.read_text() for path in (city.witness.folder / "evidencia").iterdir())
