"""Two algorithms sign every checkpoint; keys come and go with the size of the log as their clock."""

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from alcaldia.ledger.keyring import Keyring
from alcaldia.ledger.rules import note
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.ledger.rules.note import Algorithm, Checkpoint

ORIGIN = "example.gob.mx/acts"


def head(size):
    return Checkpoint(ORIGIN, size, bytes(32)).text()


@pytest.fixture
def ring(tmp_path):
    return Keyring(tmp_path, ORIGIN)


def test_a_checkpoint_carries_both_signatures_of_the_log(ring):
    found = note.signers(ring.sign(head(5)), ring.keys.at(5))
    assert sorted(key.algorithm for key in found) == [Algorithm.ED25519, Algorithm.ML_DSA_44]
    assert ring.keys.open(ring.sign(head(5))).size == 5


@pytest.mark.parametrize("lost", [0, 1])
def test_a_checkpoint_that_lacks_one_of_them_is_refused(ring, lost):
    text, lines = note.split(ring.sign(head(5)))
    with pytest.raises(note.BadNote, match="did not sign"):
        ring.keys.open(f"{text}\n{lines[1 - lost]}\n")


def test_a_spoilt_second_signature_is_not_ignored(ring):
    signed = ring.sign(head(5))
    text, lines = note.split(signed)
    other = note.split(ring.sign(head(6)))[1]
    with pytest.raises(note.BadNote, match="does not hold"):
        ring.keys.open(f"{text}\n{lines[0]}\n{other[1]}\n")


def test_the_ml_dsa_signature_covers_the_struct_of_the_specification():
    """c2sp.org/tlog-cosignature: label, name, time, origin, start 0, end, hash; written out by hand."""
    private = MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    key = note.VerifierKey("w.example", private.public_key().public_bytes_raw(), Algorithm.ML_DSA_44)
    written = bytes.fromhex("737562747265652f76310a0009") + b"w.example" + bytes.fromhex("000000006553f100")
    written += (
        bytes((len(ORIGIN),)) + ORIGIN.encode() + bytes(8) + bytes.fromhex("0000000000000102") + bytes(32)
    )
    assert note.message(head(0x102), key, 1_700_000_000) == written


def test_a_time_stamped_cosignature_says_when_and_by_whom():
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    key = note.VerifierKey("w.example", private.public_key().public_bytes_raw(), Algorithm.COSIGNATURE_V1)
    text = head(7)
    signed = text + "\n" + note.line(text, key, private.sign, at=1_700_000_000)
    assert note.signers(signed, [key]) == {key: 1_700_000_000}
    assert note.message(text, key, 5) == f"cosignature/v1\ntime 5\n{text}".encode()


def test_a_key_survives_its_text_whatever_its_algorithm(ring):
    for row in ring.keys.keys:
        assert note.read_key(row.key.text()) == row.key
    assert KeySet.read(ring.keys.text()) == ring.keys


def test_a_retired_key_still_proves_what_it_signed_and_no_more(ring, tmp_path):
    old, before = ring.key, ring.sign(head(9))
    new = ring.add(Algorithm.ED25519, since=10)
    ring.retire(old, until=10)
    after = ring.sign(head(11))
    assert ring.keys.open(before).size == 9
    assert old not in note.signers(after, [old, new])
    assert Keyring(tmp_path, "otro").keys.open(after).size == 11
    assert not (tmp_path / "log.key").exists()


def test_the_last_key_cannot_be_retired(ring):
    ring.retire(ring.keys.at(0)[1], until=3)
    with pytest.raises(note.BadNote, match="last key"):
        ring.retire(ring.key, until=3)


def test_a_log_from_before_ml_dsa_gets_its_second_key_and_keeps_its_old_receipts(tmp_path):
    ring = Keyring(tmp_path, ORIGIN)
    text, lines = note.split(ring.sign(head(4)))
    old = f"{text}\n{lines[0]}\n"
    for name in ("log-keys.json", "log-mldsa44.key"):
        (tmp_path / name).unlink()
    assert Keyring(tmp_path, ORIGIN, size=lambda: 4).keys.open(old).size == 4


def test_processes_that_begin_together_agree_on_the_keys(tmp_path):
    code = f"""
from pathlib import Path
from alcaldia.ledger.keyring import Keyring
print(Keyring(Path({str(tmp_path)!r}), {ORIGIN!r}).keys.text())
"""
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env={"PYTHONPATH": "src"})
        for _ in range(3)
    ]
    assert len({process.communicate()[0] for process in started}) == 1


def test_the_same_head_is_signed_once_and_another_or_another_key_anew(ring):
    first = ring.sign(head(5))
    assert ring.sign(head(5)) == first
    assert ring.sign(head(6)) != first
    ring.sign(head(5))
    added = ring.add(Algorithm.ED25519, since=5)
    assert added in note.signers(ring.sign(head(5)), [added])
