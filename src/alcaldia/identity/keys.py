"""Keyed hashes of identity, with a key file of its own that no database dump contains.

For contacts and subjects until the custodian hashes them: whoever holds this file and a list of
telephone numbers could test them one by one, which the broker's throttled hash will not allow.
"""

import hmac
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from alcaldia.kernel.keyfiles import made_once


@cache
def _key(home: Path) -> bytes:
    return made_once(home / "keys" / "identity.key", lambda: secrets.token_bytes(32))


def keyed(purpose: str, text: str) -> str:
    """Hexadecimal HMAC-SHA256 of the text; one purpose never matches another's."""
    return hmac.new(_key(settings.HOME), f"{purpose}\n{text}".encode(), sha256).hexdigest()


def subject_reference(public_id: str) -> str:
    """What acts call a subject: whoever reads the ledger cannot tell which account it was."""
    return keyed("ledger", public_id)


def plain_hash(purpose: str, secret: str) -> str:
    """SHA-256 for secrets of 128 random bits and more, where guessing is out of question."""
    return sha256(f"alcaldia.{purpose}\n{secret}".encode()).hexdigest()
