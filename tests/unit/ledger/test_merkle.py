"""RFC 6962 trees: known vectors, and agreement with an independent reader for any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcaldia.ledger.rules import merkle
from tests.samples import independent_log as rfc

# The inputs and roots that Certificate Transparency implementations share.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def grow(entries):
    """The stored subtree hashes after appending every entry."""
    made = dict(merkle.grow(0, map(merkle.leaf_hash, entries), {}))
    everything = [(level, index) for level in range(8) for index in range(len(entries) >> level)]
    return {subtree: made[merkle.number(subtree)] for subtree in everything}


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_that_of_the_published_vectors(size):
    store = grow(LEAVES[:size])
    assert merkle.root(size, store.__getitem__).hex() == ROOTS[size]


def test_every_completed_subtree_has_the_next_number():
    numbers = [place for place, _ in merkle.grow(0, [bytes(32)] * 600, {})]
    assert numbers == list(range(len(numbers)))


@given(st.integers(0, 300), st.integers(1, 300))
def test_a_tree_grows_from_its_packed_edge_as_from_the_beginning(size, more):
    leaves = [merkle.leaf_hash(b"%d" % at) for at in range(size + more)]
    whole, part = {}, {}
    made = merkle.grow(0, leaves, whole)
    before = merkle.grow(0, leaves[:size], part)
    kept = merkle.unpacked(size, merkle.packed(part))
    assert before + merkle.grow(size, leaves[size:], kept) == made
    assert merkle.packed(kept) == merkle.packed(whole)


@pytest.mark.parametrize(("size", "hashes"), [(0, 1), (5, 1), (5, 3), (8, 0)])
def test_an_edge_of_another_size_is_refused(size, hashes):
    with pytest.raises(ValueError, match="edge of"):
        merkle.unpacked(size, bytes(32 * hashes))


entries = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@given(entries, st.data())
def test_inclusion_proofs_are_those_of_the_rfc_and_verify(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    ranges = merkle.inclusion_ranges(index, len(leaves))
    proof = merkle.prove(ranges, grow(leaves))
    assert list(proof) == rfc.path(index, leaves)
    assert merkle.includes(rfc.mth(leaves), index, len(leaves), merkle.leaf_hash(leaves[index]), proof)


@given(entries, st.data())
def test_consistency_proofs_are_those_of_the_rfc_and_verify(leaves, data):
    old = data.draw(st.integers(1, len(leaves)))
    proof = merkle.prove(merkle.consistency_ranges(old, len(leaves)), grow(leaves))
    assert list(proof) == rfc.subproof(old, leaves, True)
    assert merkle.extends(old, rfc.mth(leaves[:old]), len(leaves), rfc.mth(leaves), proof)


@given(entries, st.data())
def test_one_changed_bit_in_a_proof_leaf_or_place_is_refused(leaves, data):
    size, index = len(leaves), data.draw(st.integers(0, len(leaves) - 1))
    proof = merkle.prove(merkle.inclusion_ranges(index, size), grow(leaves))
    parts = [merkle.leaf_hash(leaves[index]), *proof]
    part, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[part] = (int.from_bytes(parts[part], "big") ^ 1 << bit).to_bytes(32, "big")
    assert not merkle.includes(rfc.mth(leaves), index, size, parts[0], tuple(parts[1:]))


@given(entries, entries, st.data())
def test_a_rewritten_history_is_no_extension(leaves, others, data):
    old = data.draw(st.integers(1, len(leaves)))
    forked = others[:old] + leaves[len(others[:old]) :]
    same = forked[:old] == leaves[:old]
    proof = merkle.prove(merkle.consistency_ranges(old, len(leaves)), grow(forked))
    held = merkle.extends(old, rfc.mth(leaves[:old]), len(leaves), rfc.mth(forked), proof)
    assert held == same


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.inclusion_ranges(index, size)
    assert merkle.root_from_inclusion(index, size, bytes(32), ()) is None
