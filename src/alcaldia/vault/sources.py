"""Registers that sign what they say of a person: one Ed25519 key each, in `keys/sources/`."""

from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.keyfiles import made_once
from alcaldia.vault import custodian
from alcaldia.vault.rules.text64 import to_text


def signing_key(code: str) -> Ed25519PrivateKey:
    """The register's key, made on first use; read again when another process has renewed it."""
    path = _path(code)
    made_once(path, _fresh)
    return _key(path, path.stat().st_mtime_ns)


def _path(code: str) -> Path:
    return Path(settings.HOME) / "keys" / "sources" / code


def _fresh() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


@lru_cache(maxsize=64)
def _key(path: Path, changed: int) -> Ed25519PrivateKey:
    del changed
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def rotate(code: str) -> None:
    """A new key for a register that has one; what the one before signed still counts, and its private half is gone.

    Raises NotFound where there is no such register. Killed anywhere in between, it is simply repeated.
    """
    path = _path(code)
    if not path.exists():
        raise NotFound("source_unknown", f"No hay un registro «{code}» que firme. Revise el nombre.")
    fresh = path.with_name(f".{code}.next")
    key = Ed25519PrivateKey.from_private_bytes(made_once(fresh, _fresh))
    public = to_text(key.public_key().public_bytes_raw())
    custodian.ask_as_operator("replace_source", code=code, public=public)
    fresh.replace(path)


def forget_before(code: str) -> int:
    """Let no earlier key of the register count any more; returns how many did."""
    return int(custodian.ask_as_operator("forget_sources", code=code))


def announce(*codes: str) -> None:
    """Tell the broker whose word counts; for the operator's commands."""
    for code in codes:
        public = to_text(signing_key(code).public_key().public_bytes_raw())
        custodian.ask_as_operator("add_source", code=code, public=public)
