"""Electronic residency: its states, and the bits by which a credential is told to be no longer good."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

STATES: dict[str, str] = {
    "requested": "Solicitada",
    "appointed": "Con cita por video",
    "granted": "Otorgada",
    "refused": "Negada",
    "withdrawn": "Retirada por la persona",
    "revoked": "Revocada",
    "expired": "Vencida",
}
NEXT: dict[str, frozenset[str]] = {
    "requested": frozenset({"appointed", "refused", "withdrawn"}),
    "appointed": frozenset({"granted", "refused", "withdrawn"}),
    "granted": frozenset({"revoked", "expired"}),
    "refused": frozenset(),
    "withdrawn": frozenset(),
    "revoked": frozenset(),
    "expired": frozenset(),
}
SMALLEST_LIST = 8192
"""Bits: a short list would tell how many residents there are, and who asks about which of them."""


def may(now: str, then: str) -> bool:
    return then in NEXT[now]


def encode_list(revoked: frozenset[int], size: int) -> str:
    """The `lst` of an IETF Token Status List with one bit a credential: zlib, base64url without padding."""
    bits = bytearray((max(size, SMALLEST_LIST) + 7) // 8)
    for index in revoked:
        bits[index // 8] |= 1 << (index % 8)
    return urlsafe_b64encode(zlib.compress(bytes(bits), 9)).rstrip(b"=").decode()


def is_set(text: str, index: int) -> bool:
    """Whether the bit of that index is set; ValueError for what is no list or does not reach so far."""
    try:
        unpacker = zlib.decompressobj()
        bits = unpacker.decompress(urlsafe_b64decode(text + "=" * (-len(text) % 4)), 1 << 22)
    except zlib.error as error:
        raise ValueError("not a status list") from error
    if index < 0 or index // 8 >= len(bits):
        raise ValueError("the status list does not reach so far")
    return bool(bits[index // 8] >> (index % 8) & 1)
