"""The log's own key: Ed25519, made on first use, in `keys/` under the home of the installation.

`log.key` holds origin and seed in one file, so that they cannot disagree; `log.vkey` is the
public half to hand to witnesses and verifiers.
"""

from base64 import b64decode, b64encode
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from alcaldia.kernel.keyfiles import made_once
from alcaldia.ledger.rules.note import LogKey, read_key, sign


def folder() -> Path:
    """Where keys live."""
    return Path(settings.HOME) / "keys"


class Signer:
    """The private half, loaded once per process."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = LogKey(name, self._private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signed note over `text`."""
        return sign(text, self.key, self._private.sign)


def signer() -> Signer:
    """The log's signer; its origin is `settings.LOG_ORIGIN` at the time the key was made."""
    return _signer(folder())


def public_key() -> LogKey | None:
    """The log's public half as it lies in `keys/`; None where this installation has no log yet."""
    path = folder() / "log.vkey"
    return read_key(path.read_text(encoding="utf-8")) if path.exists() else None


@cache
def _signer(place: Path) -> Signer:
    data = made_once(place / "log.key", _fresh).decode()
    name, _, seed = data.partition("\n")
    found = Signer(name, b64decode(seed))
    made_once(place / "log.vkey", lambda: (found.key.text() + "\n").encode(), mode=0o644)
    return found


def _fresh() -> bytes:
    seed = Ed25519PrivateKey.generate().private_bytes_raw()
    return f"{settings.LOG_ORIGIN}\n{b64encode(seed).decode()}\n".encode()
