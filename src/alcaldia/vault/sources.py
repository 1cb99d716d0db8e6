"""Registers that sign what they say of a person: one Ed25519 key each, in `keys/sources/`."""

from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from alcaldia.kernel.keyfiles import made_once
from alcaldia.vault import custodian
from alcaldia.vault.rules.text64 import to_text


def signing_key(code: str) -> Ed25519PrivateKey:
    """The register's key, made on first use."""
    return _key(str(settings.HOME), code)


@cache
def _key(home: str, code: str) -> Ed25519PrivateKey:
    path = Path(home) / "keys" / "sources" / code
    return Ed25519PrivateKey.from_private_bytes(
        made_once(path, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
    )


def announce(*codes: str) -> None:
    """Tell the broker whose word counts; for the operator's commands."""
    for code in codes:
        public = to_text(signing_key(code).public_key().public_bytes_raw())
        custodian.ask_as_operator("add_source", code=code, public=public)
