"""The private keys of one log, in files: made on first use, loaded once, added and retired. No Django.

`<prefix>.key` holds origin and Ed25519 seed in one file, so that they cannot disagree; further keys
lie in `<prefix>-<id>.key` with a third line, the algorithm byte. `<prefix>-keys.json` is public: every
key with the sizes of the log that it signs. `<prefix>.vkey` is the Ed25519 half for simple verifiers.
"""

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from alcaldia.kernel.keyfiles import made_once, write_whole
from alcaldia.ledger.rules.keyset import DatedKey, KeySet, change_of_keys
from alcaldia.ledger.rules.note import Algorithm, VerifierKey, line, read_checkpoint

KINDS: dict[Algorithm, type[Ed25519PrivateKey] | type[MLDSA44PrivateKey]] = {
    Algorithm.ED25519: Ed25519PrivateKey,
    Algorithm.COSIGNATURE_V1: Ed25519PrivateKey,
    Algorithm.ML_DSA_44: MLDSA44PrivateKey,
}
SAME = 10
Private = Ed25519PrivateKey | MLDSA44PrivateKey


def load(algorithm: Algorithm, seed: bytes) -> Private:
    """The private key of 32 bytes of seed."""
    if algorithm is Algorithm.ML_DSA_44:
        return MLDSA44PrivateKey.from_seed_bytes(seed)
    return Ed25519PrivateKey.from_private_bytes(seed)


class Keyring:
    """Signs checkpoints with every key in force. `size` is asked once, where a log gets its second key."""

    def __init__(
        self, folder: Path, origin: str, *, prefix: str = "log", size: Callable[[], int] = lambda: 0
    ) -> None:
        self.folder, self.prefix = folder, prefix
        self._public = folder / f"{prefix}-keys.json"
        self._read_at = -1
        self._last: tuple[tuple[str, tuple[VerifierKey, ...]], int, str] = (("", ()), 0, "")
        self._privates: dict[VerifierKey, Private] = {}
        if not self._public.exists():
            self._begin(origin, size)

    def _begin(self, origin: str, size: Callable[[], int]) -> None:
        path = self.folder / f"{self.prefix}.key"
        fresh = not path.exists()
        # The file decides: a later change of the installation's address does not rename its log.
        first = _read(made_once(path, lambda: _write(origin, Algorithm.ED25519)))[0]
        second = _read(made_once(self._file("mldsa44"), lambda: _write(first.name, Algorithm.ML_DSA_44)))[0]
        since = 0 if fresh else size() + bool(size())
        found = KeySet(first.name, (DatedKey(first), DatedKey(second, since)))
        made_once(self._public, lambda: found.text().encode(), mode=0o644)
        made_once(self._vkey, lambda: (first.text() + "\n").encode(), mode=0o644)

    @property
    def origin(self) -> str:
        return self.keys.origin

    @property
    def key(self) -> VerifierKey:
        """The Ed25519 key in force, which every verifier knows how to check."""
        now = (row.key for row in self.keys.keys if row.until is None)
        return next(key for key in now if key.algorithm is Algorithm.ED25519)

    @property
    def _vkey(self) -> Path:
        return self.folder / f"{self.prefix}.vkey"

    @property
    def keys(self) -> KeySet:
        """Every key of the log, read again when another process has changed them."""
        changed = self._public.stat().st_mtime_ns
        if changed != self._read_at:
            self._set = KeySet.read(self._public.read_text(encoding="utf-8"))
            self._privates = dict(_read(path.read_bytes()) for path in self._private_files())
            self._read_at = changed
        return self._set

    def sign(self, text: str) -> str:
        """The checkpoint `text`, signed by all keys of its size; the time-stamped ones say when.

        Asked again for the same text within `SAME` seconds it gives the same note: a page that many
        open at once signs once.
        """
        now, wanted = int(time.time()), self.keys.at(read_checkpoint(text).size)
        asked, at, note = self._last
        if asked == (text, wanted) and 0 <= now - at < SAME:
            return note
        note = text + "\n" + "".join(line(text, key, self._privates[key].sign, now) for key in wanted)
        self._last = ((text, wanted), now, note)
        return note

    def statements(self) -> list[str]:
        """Each change of keys, oldest first, signed by all keys of the moment before: how a witness learns of it."""
        path = self._statements
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    @property
    def _statements(self) -> Path:
        return self.folder / f"{self.prefix}-statements.json"

    def add(self, algorithm: Algorithm, *, since: int) -> VerifierKey:
        """Make a key that signs checkpoints of `since` entries and more; the caller records the act."""
        data = _write(self.origin, algorithm)
        key = _read(data)[0]
        made_once(self._file(key.id.hex()), lambda: data)
        self._publish(self.keys.adding(key, since), since)
        return key

    def retire(self, key: VerifierKey, *, until: int) -> None:
        """Let `key` sign nothing beyond `until` entries, and destroy its private half."""
        self._publish(self.keys.retiring(key, until), until)
        for path in self._private_files():
            if _read(path.read_bytes())[0] == key:
                path.unlink()
        write_whole(self._vkey, (self.key.text() + "\n").encode(), mode=0o644)

    def _file(self, mark: str) -> Path:
        return self.folder / f"{self.prefix}-{mark}.key"

    def _private_files(self) -> list[Path]:
        return [*self.folder.glob(f"{self.prefix}.key"), *self.folder.glob(f"{self.prefix}-*.key")]

    def _publish(self, keys: KeySet, size: int) -> None:
        """First the statement, while the keys of before can still sign it; then the set itself."""
        now, before = int(time.time()), [row.key for row in self.keys.keys if row.until is None]
        left = [row.key.text() for row in keys.keys if row.until is None]
        text = change_of_keys(self.origin, size, left)
        signed = text + "\n" + "".join(line(text, one, self._privates[one].sign, now) for one in before)
        told = [*self.statements(), json.dumps({"note": signed, "keys": left})]
        write_whole(self._statements, (json.dumps(told, indent=1) + "\n").encode(), mode=0o644)
        write_whole(self._public, keys.text().encode(), mode=0o644)


def _write(origin: str, algorithm: Algorithm) -> bytes:
    seed = KINDS[algorithm].generate().private_bytes_raw()
    last = "" if algorithm is Algorithm.ED25519 else f"{algorithm:#04x}\n"
    return f"{origin}\n{b64encode(seed).decode()}\n{last}".encode()


def _read(data: bytes) -> tuple[VerifierKey, Private]:
    origin, seed, *rest = data.decode().rstrip("\n").split("\n")
    algorithm = Algorithm(int(rest[0], 16)) if rest else Algorithm.ED25519
    private = load(algorithm, b64decode(seed))
    return VerifierKey(origin, private.public_key().public_bytes_raw(), algorithm), private
