"""Merkle trees as RFC 6962 §2.1 defines them: hashes of 32 bytes, proofs as tuples of hashes.

The store keeps one hash for every complete subtree, numbered in the order in which they come
into being (the numbering of Go's `sumdb/tlog`), so a proof reads O(log n) numbers. Functions
that need hashes take `read`: subtree (level, index) -> hash.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
Subtree = tuple[int, int]
"""(level, index): the complete subtree over the leaves [index·2^level, (index+1)·2^level)."""
Reader = Callable[[Subtree], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962: SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def number(subtree: Subtree) -> int:
    """The place of a complete subtree in the order in which an append-only log completes them."""
    level, index = subtree
    last = (index + 1 << level) - 1
    return 2 * last - last.bit_count() + level


Edge = dict[int, bytes]
"""level → hash of the complete subtree of that level at the right edge of a tree: one for each bit of its size."""


def edge(hashes: Mapping[Subtree, bytes]) -> Edge:
    """The right edge, from the hashes of a `cover` that begins at 0 or of some of it."""
    return {level: value for (level, _), value in hashes.items()}


def packed(right: Edge) -> bytes:
    """The hashes of an edge one after the other, the largest subtree first."""
    return b"".join(right[level] for level in sorted(right, reverse=True))


def unpacked(size: int, hashes: bytes) -> Edge:
    """The right edge of a tree of `size` leaves from what `packed` wrote. ValueError where it is of another size."""
    levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
    if len(hashes) != 32 * len(levels):
        raise ValueError(f"the edge of {size} leaves has {len(levels)} hashes, not {len(hashes) / 32:g}")
    return {level: hashes[32 * at : 32 * at + 32] for at, level in enumerate(levels)}


def grow(size: int, leaves: Iterable[bytes], right: Edge) -> list[tuple[int, bytes]]:
    """(number, hash) of every subtree that these leaf hashes bring into being, in order; `right` becomes the new edge."""
    made = []
    for index, value in enumerate(leaves, size):
        place, level, rest = 2 * index - index.bit_count(), 0, index
        made.append((place, value))
        while rest & 1:
            value = node_hash(right.pop(level), value)
            level, rest = level + 1, rest >> 1
            made.append((place + level, value))
        right[level] = value
    return made


def cover(start: int, end: int) -> list[Subtree]:
    """The complete subtrees whose hashes make the root over leaves [start, end), left to right.

    `start` must be a multiple of every power of two that is smaller than the range, as it is in
    all RFC 6962 splits.
    """
    found: list[Subtree] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def fold(hashes: Iterable[bytes]) -> bytes:
    """The root over the hashes of a `cover`."""
    *rest, root = list(hashes)
    for left in reversed(rest):
        root = node_hash(left, root)
    return root


def root(size: int, read: Reader) -> bytes:
    """The tree head over the first `size` leaves."""
    return fold(read(subtree) for subtree in cover(0, size)) if size else EMPTY_ROOT


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (size ≥ 2)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Leaf ranges whose roots are the inclusion proof PATH(index, D[size]), from the leaf's sibling up."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    ranges, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """Leaf ranges whose roots are PROOF(old, D[new]) of RFC 6962 §2.1.2 (0 < old ≤ new)."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new}")
    ranges, start, end, whole = [], 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    return ([] if whole else [(start, end)]) + ranges[::-1]


def subtrees_of(ranges: Iterable[tuple[int, int]]) -> set[Subtree]:
    """Everything that must be read to prove with these ranges."""
    return {subtree for start, end in ranges for subtree in cover(start, end)}


def prove(ranges: Iterable[tuple[int, int]], hashes: Mapping[Subtree, bytes]) -> tuple[bytes, ...]:
    """The proof: the root of each range."""
    return tuple(fold(hashes[subtree] for subtree in cover(start, end)) for start, end in ranges)


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: tuple[bytes, ...]) -> bytes | None:
    """The root that this inclusion proof leads to (RFC 9162 §2.1.3.2); None where its length is wrong."""
    if not 0 <= index < size:
        return None
    place, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        place, last = place >> 1, last >> 1
    return result if last == 0 else None


def includes(root_hash: bytes, index: int, size: int, leaf: bytes, proof: tuple[bytes, ...]) -> bool:
    """Is `leaf` (a leaf hash) the entry `index` of the tree of `size` entries with this root?"""
    return root_from_inclusion(index, size, leaf, proof) == root_hash


def extends(old: int, old_root: bytes, new: int, new_root: bytes, proof: tuple[bytes, ...]) -> bool:
    """Is the tree (new, new_root) an append-only extension of (old, old_root)? RFC 9162 §2.1.4.2."""
    if old == new:
        return old_root == new_root and not proof
    if not 0 < old < new or not proof:
        return False
    path = (old_root, *proof) if old & (old - 1) == 0 else proof
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
