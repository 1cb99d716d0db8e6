"""Where the broker lives and whom it believes; given once, at start."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlparse


def utc_now() -> datetime:
    """The clock of the machine, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Config:
    """`folder` holds store, keys, log and sockets; `address` is the public address, origin of every passkey.

    `kek` names the key store ("file" or "pkcs11"); rates are per minute and caller.
    """

    folder: Path
    address: str = "http://localhost:8000"
    kek: str = "file"
    pkcs11: dict[str, str] = field(default_factory=dict, hash=False)
    clients: frozenset[int] = frozenset()
    guardian: Path | None = None
    """The socket of a second broker, where custody is split; None: it is not."""
    second: bool = False
    """Is this itself the second broker of somebody else's first?"""
    now: Callable[[], datetime] = utc_now
    shows_per_minute: int = 60
    refusals_per_minute: int = 30
    lookups_per_minute: int = 10
    register_accounts_per_minute: int = 600
    register_persons_per_minute: int = 30
    """Other numbers a minute that a municipality's register may be asked by (`register_kinds`)."""

    @property
    def rp_id(self) -> str:
        return urlparse(self.address).hostname or "localhost"

    @property
    def origin(self) -> str:
        parts = urlparse(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def registers_key(self) -> Path:
        """The secret of the registers (`registers`)."""
        return self.folder / "registers.key"

    @property
    def registers_key_of_the_web(self) -> Path:
        """Where it lay in installations of before."""
        return self.folder.parent / "keys" / "registers"

    @property
    def public(self) -> Path:
        """Where the log's tiles are published; they say nothing of anybody."""
        return self.folder.parent / "public" / "logs" / "accesses"

    @property
    def web_socket(self) -> Path:
        return self.folder / "web" / "socket"

    @property
    def operator_socket(self) -> Path:
        return self.folder / "operator" / "socket"
