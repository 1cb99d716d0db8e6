"""A second reader of the log, written straight from RFC 6962 §2.1 and the C2SP texts; imports nothing of ours."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(data):
    return hashlib.sha256(data).digest()


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(leaves):
    """MTH(D[n])."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0])
    k = split(len(leaves))
    return sha(b"\x01" + mth(leaves[:k]) + mth(leaves[k:]))


def path(m, leaves):
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m, leaves, whole):
    """SUBPROOF(m, D[n], b)."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def root_of(entry, index, size, hashes):
    """The root that an inclusion proof leads to, by the recursive definition."""

    def climb(m, n, proof):
        if n == 1:
            return sha(b"\x00" + entry)
        k = split(n)
        if m < k:
            return sha(b"\x01" + climb(m, k, proof[:-1]) + proof[-1])
        return sha(b"\x01" + proof[-1] + climb(m - k, n - k, proof[:-1]))

    return climb(index, size, hashes)


def check_receipt(text, vkey):
    """The entry that a tlog-proof proves, or an AssertionError."""
    head, _, note = text.partition("\n\n")
    first, extra, index, *hashes = head.split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    body, _, signature = note.rpartition("\n\n")
    origin, size, root = body.split("\n")
    name, key_id, key = vkey.strip().split("+", 2)
    raw_key = base64.b64decode(key)
    assert origin == name
    assert sha(name.encode() + b"\n" + raw_key)[:4].hex() == key_id
    lines = [base64.b64decode(line.removeprefix(f"— {name} ")) for line in signature.strip().split("\n")]
    (raw,) = [line for line in lines if line[:4].hex() == key_id]
    Ed25519PublicKey.from_public_bytes(raw_key[1:]).verify(raw[4:], (body + "\n").encode())
    entry = base64.b64decode(extra.removeprefix("extra "))
    proof = [base64.b64decode(line) for line in hashes]
    assert root_of(entry, int(index.removeprefix("index ")), int(size), proof) == base64.b64decode(root)
    return entry
