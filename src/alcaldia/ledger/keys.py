"""The keys of the log of acts, in `keys/` under the home of the installation (see keyring.py)."""

from functools import cache
from pathlib import Path

from django.conf import settings

from alcaldia.ledger.keyring import Keyring
from alcaldia.ledger.models import LogHead
from alcaldia.ledger.rules.keyset import KeySet


def folder() -> Path:
    """Where keys live."""
    return _under(settings.HOME)


def signer() -> Keyring:
    """The log's signer; its origin is `settings.LOG_ORIGIN` at the time the first key was made."""
    return _signer(folder())


def public_keys() -> KeySet | None:
    """The log's public keys as they lie in `keys/`; None where this installation has no log yet."""
    path = folder() / "log-keys.json"
    if path.exists():
        return KeySet.read(path.read_text(encoding="utf-8"))
    old = folder() / "log.vkey"
    return KeySet.bare(old.read_text(encoding="utf-8")) if old.exists() else None


@cache
def _under(home: str | Path) -> Path:
    return Path(home) / "keys"


@cache
def _signer(place: Path) -> Keyring:
    return Keyring(place, settings.LOG_ORIGIN, size=_size)


def _size() -> int:
    return LogHead.objects.filter(pk=1).values_list("size", flat=True).first() or 0
