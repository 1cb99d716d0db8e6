"""The broker's state: store, keys, log, clock, and who is there. One lock: one request at a time.

A request takes about a millisecond, half of it one flush of the disk; what is counted is counted before the
next one begins.
"""

import threading
from datetime import datetime, timedelta
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alcaldia.broker import approvals
from alcaldia.broker.config import Config
from alcaldia.broker.keystore import FileKeys, KeyStore, TokenKeys
from alcaldia.broker.rates import Rates
from alcaldia.broker.sessions import Challenges, Sessions
from alcaldia.broker.store import Store
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.keyfiles import made_once
from alcaldia.ledger.filelog import FileLog
from alcaldia.vault.link import Link
from alcaldia.vault.rules.decision import CLOCK_TOLERANCE


class Broker:
    """Open one per folder; a second process on the same folder is refused by the log's lock."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock = threading.RLock()
        config.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        origin = config.origin.split("//", 1)[-1] + "/accesses"
        path = config.folder / "broker.sqlite3"
        self.log = FileLog(config.folder / "log", origin=_kept(config, "origin", origin), beside=path)
        path.chmod(0o600)
        self.store = Store(self.log)
        self.keys = _key_store(config)
        self.seal = Ed25519PrivateKey.from_private_bytes(
            made_once(config.folder / "seal.key", lambda: Ed25519PrivateKey.generate().private_bytes_raw())
        )
        self.index_key = made_once(config.folder / "index.key", _random)
        self.proven: set[str] = set()
        """Master keys that have opened a wrap since the start (`losses.works`)."""
        self.guardian = Link(config.guardian) if config.guardian else None
        latest = self.store.meta("latest")
        self.begin_at(datetime.fromisoformat(latest) if latest else config.now())
        with self.store.transaction() as connection:
            approvals.forget_lapsed(connection, self.latest)
        begun = max(self.latest, config.now()).isoformat()
        self.sealing_since = _noted(self.store, "sealing_since", begun)
        """Passkeys enrolled before have no seal of ours."""
        self.purposes_since = _noted(self.store, "purposes_since", begun)
        """Permits given before have their purpose in free text; 90 days later none of them is in force."""

    def begin_at(self, latest: datetime) -> None:
        """Nobody has entered yet and nothing was counted; `latest` is the latest time that counts as seen."""
        self.latest = latest
        self.sessions = Sessions()
        self.challenges = Challenges()
        self.rates = Rates()
        self.lines = Rates(timedelta(hours=1))
        """Who was told that a register was asked by their number: one line an hour says it, the steps of one request none more."""

    @cached_property
    def registers_key(self) -> bytes:
        """Made when it is first asked for, so that one of before can still be brought (`registers_key`)."""
        return made_once(self.config.registers_key, _random)

    def now(self) -> datetime:
        """The clock, which may run ahead of what was seen but not fall behind: raises Refusal."""
        now = self.config.now()
        if now < self.latest - CLOCK_TOLERANCE:
            detail = "El reloj del servidor está atrasado y no se entrega ningún dato. Avise a quien opera el sistema: debe corregir la hora."
            raise Refusal("clock_back", detail, status=503)
        self.latest = max(self.latest, now)
        return now

    def second(self) -> Link:
        """The line to the second broker. Raises Refusal where there is none."""
        if self.guardian is None:
            detail = "La otra mitad de esa llave está en otras manos y aquí no se sabe en cuáles. Avise a quien opera el sistema."
            raise Refusal("no_guardian", detail, status=503)
        return self.guardian

    def seen(self, at: datetime) -> None:
        """A moment that the store now holds for good."""
        self.latest = max(self.latest, at)

    def public_key(self, subject: str) -> tuple[str, bytes]:
        """Suite and public half to which this subject's things are sealed now. Raises Refusal."""
        row = self.store.one("SELECT suite, public FROM keypair WHERE subject = ? AND current", subject)
        if row is None:
            detail = "Esa persona no tiene bóveda, o la borró. Revise que el dato sea correcto."
            raise Refusal("subject_unknown", detail, status=404)
        return row["suite"], row["public"]

    def close(self) -> None:
        self.log.close()


def _random() -> bytes:
    from secrets import token_bytes

    return token_bytes(32)


def _kept(config: Config, name: str, fresh: str) -> str:
    return made_once(config.folder / name, fresh.encode, mode=0o644).decode()


def _noted(store: Store, name: str, fresh: str) -> str:
    """What the store says since the first time it was asked."""
    with store.transaction() as connection:
        connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, fresh))
    return store.meta(name) or fresh


def _key_store(config: Config) -> KeyStore:
    if config.kek == "pkcs11":
        return TokenKeys(**config.pkcs11)
    return FileKeys(config.folder)
