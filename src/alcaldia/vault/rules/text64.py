"""Bytes as text in messages and records: URL-safe base 64 without padding (RFC 4648 §5)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64


def to_text(data: bytes) -> str:
    """The text of some bytes."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    """The bytes of a text in its one spelling. ValueError for any other."""
    try:
        data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (BadBase64, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    if to_text(data) != text:
        raise ValueError("not canonical base64url")
    return data
