"""Does what somebody uploads look like a private key? Then it is refused: nobody may hold it but its owner.

111,000 tax credentials with their keys leaked from one collector in December 2024; whoever never
takes them cannot lose them.
"""

import re
from base64 import b64decode

NAMES = (".key", ".pfx", ".p12", ".jks", ".pvk", ".ppk")
_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File|BEGIN PGP PRIVATE KEY")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+")
_SEQUENCE, _INTEGER, _OID, _OCTETS = 0x30, 0x02, 0x06, 0x04


def looks_private(data: bytes, name: str = "") -> bool:
    """PEM, PKCS#1, PKCS#8 (clear or encrypted, as e.firma's .key), SEC 1 and PKCS#12, also in base64 or renamed."""
    seen = any(_PEM.search(one) is not None or _private_der(one) for one in (data, _unpacked(data)))
    return seen or name.lower().endswith(NAMES)


def _unpacked(data: bytes) -> bytes:
    """What it says in base64, however it is wrapped or cut; b"" where it is none."""
    bare = b"".join(data.split()).rstrip(b"=")
    if len(bare) <= 64 or not _BASE64.fullmatch(bare):
        return b""
    whole = bare[: len(bare) - (len(bare) % 4 == 1)]  # one letter alone says nothing
    return b64decode(whole + b"=" * (-len(whole) % 4))


def _private_der(data: bytes) -> bool:
    """By the first elements of the outer SEQUENCE. A certificate and a CMS begin otherwise."""
    outer = _element(data)
    if outer is None or outer[0] != _SEQUENCE:
        return False
    first = _element(outer[1])
    if first is None:
        return False
    if (
        first[0] == _INTEGER
    ):  # version: PKCS#8 and PKCS#1 0, SEC 1 1, PKCS#12 3; a public RSA key has 2048 bits here
        return len(first[1]) == 1
    inside = _element(first[1]) if first[0] == _SEQUENCE else None
    second = _element(outer[1][first[2] :])
    # EncryptedPrivateKeyInfo: SEQUENCE {OID …}, OCTET STRING and nothing else.
    return inside is not None and inside[0] == _OID and second is not None and second[0] == _OCTETS


def _element(data: bytes) -> tuple[int, bytes, int] | None:
    """Tag, contents and length with header of the DER element at the start; None where there is none."""
    if len(data) < 2:
        return None
    size, head = data[1], 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4 or len(data) < 2 + count:
            return None
        size, head = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    return data[0], data[head : head + size], head + size
