"""The C2SP texts: tile paths, bundles, signed notes, receipts."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.ledger.rules import merkle, note, receipt, tiles
from alcaldia.ledger.rules.keyset import KeySet
from alcaldia.ledger.rules.leaf import Leaf, read_leaf

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = note.VerifierKey("example.gob.mx/acts", PRIVATE.public_key().public_bytes_raw())
KEYS = KeySet.bare(KEY.text())
LEAF = Leaf("land.ruling_issued", "DUS-2026-7K3M-9QXF-04TC", "2026-11-20T18:24:05+00:00", "demo", "a" * 64)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((0, 0, 256), "tile/0/000"),
        ((1, 1234067, 256), "tile/1/x001/x234/067"),
        (("entries", 5, 12), "tile/entries/005.p/12"),
        ((0, 1000, 1), "tile/0/x001/000.p/1"),
    ],
)
def test_paths_are_those_of_the_specification(place, expected):
    assert tiles.path(*place) == expected
    assert tiles.read_path(expected.split("/", 2)[2]) == place[1:]


@pytest.mark.parametrize(
    "text", ["0", "0000", "x000/001", "1/067", "000.p/0", "000.p/256", "000.p/300", "x1/000", ""]
)
def test_other_spellings_of_a_path_are_refused(text):
    assert tiles.read_path(text) is None


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries):
    assert tiles.read_bundle(tiles.bundle(entries)) == entries


def test_a_cut_bundle_and_an_oversized_entry_are_refused():
    with pytest.raises(ValueError, match="cut short"):
        tiles.read_bundle(tiles.bundle([b"abc"])[:-1])
    with pytest.raises(ValueError, match="65535"):
        tiles.bundle([bytes(65536)])


def test_a_key_survives_its_text_and_a_wrong_id_is_refused():
    assert note.read_key(KEY.text()) == KEY
    with pytest.raises(note.BadNote):
        note.read_key(KEY.text().replace("+" + KEY.id.hex(), "+00000000"))


def made_receipt():
    entries = [LEAF.entry(), b"two", b"three"]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    right = leaves[2]
    root = merkle.node_hash(merkle.node_hash(leaves[0], leaves[1]), right)
    signed = note.sign(note.Checkpoint(KEY.name, 3, root).text(), KEY, PRIVATE.sign)
    return receipt.Receipt(entries[0], 0, (leaves[1], right), signed)


def test_a_receipt_is_read_back_and_verified():
    read = receipt.read(made_receipt().text())
    assert receipt.verify(read, KEYS).size == 3
    assert read_leaf(read.entry) == LEAF


def test_no_byte_of_a_receipt_can_change():
    text = made_receipt().text().encode()
    for place in range(len(text)):
        changed = bytearray(text)
        changed[place] ^= 1 << place % 7
        with pytest.raises((note.BadNote, UnicodeDecodeError)):
            receipt.verify(receipt.read(bytes(changed).decode()), KEYS)


def test_a_checkpoint_of_another_log_or_key_is_refused():
    other = note.VerifierKey("otro.gob.mx/acts", KEY.public)
    signed = made_receipt().checkpoint
    for key in (other, note.VerifierKey(KEY.name, bytes(32))):
        with pytest.raises(note.BadNote):
            note.open_checkpoint(signed, key)


def test_a_witness_line_beside_ours_is_allowed():
    signed = made_receipt().checkpoint + "— witness.example " + "AAAAAAA=" + "\n"
    assert note.open_checkpoint(signed, KEY).size == 3


@pytest.mark.parametrize(
    "entry", [b"{}", b"[]", LEAF.entry() + b" ", LEAF.entry().replace(b'"v":1', b'"v":2')]
)
def test_what_is_not_a_canonical_leaf_is_refused(entry):
    with pytest.raises(ValueError, match="leaf"):
        read_leaf(entry)
