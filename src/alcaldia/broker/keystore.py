"""The key that wraps all keys (KEK): in a file, or in a token that never lets it out.

Each KEK has an id; a wrap names the id of its KEK, so old and new ones live side by side while
everything is wrapped again. An id is never given twice: a key that is gone is missed, not mistaken for another.
"""

import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alcaldia.kernel.keyfiles import made_once, write_whole
from alcaldia.vault.rules.suites import CannotOpen


class KeyStore(Protocol):
    """Wraps and unwraps under the current KEK or one named by its id. Raises CannotOpen."""

    def current(self) -> str: ...
    def has(self, kek: str) -> bool: ...
    def kept(self, kek: str) -> bool: ...
    def wrap(self, plain: bytes, about: bytes) -> tuple[str, bytes]: ...
    def unwrap(self, kek: str, wrapped: bytes, about: bytes) -> bytes: ...
    def rotate(self) -> str: ...
    def retire(self, kek: str) -> None: ...


class FileKeys:
    """Keys of 32 bytes in `kek/<id>`, readable by the broker's user alone; `kek/current` names one.

    The id is made from the key, so that a file of other bytes is no key of that name. Where the current one is gone
    a fresh one takes its place: what the lost one wrapped stays closed, and is counted (`losses`).
    """

    _MARK = 16

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "kek"
        self._keys: dict[str, AESGCM] = {}
        name = made_once(self._folder / "current", self._fresh)
        self._current = name.decode()
        if not self.has(self._current):
            self.rotate()

    def _fresh(self) -> bytes:
        key = secrets.token_bytes(32)
        name = f"file-{_mark(key)[: self._MARK]}"
        made_once(self._folder / name, lambda: key)
        return name.encode()

    def current(self) -> str:
        return self._current

    def has(self, kek: str) -> bool:
        """Is that key here, with the bytes it was made with?"""
        try:
            self._key(kek)
        except CannotOpen:
            return False
        return True

    def kept(self, kek: str) -> bool:
        """Will it still be here after a restart?"""
        return (self._folder / kek).is_file()

    def _key(self, kek: str) -> AESGCM:
        if kek not in self._keys:
            path = self._folder / kek
            if not kek.startswith("file-") or not path.is_file():
                raise CannotOpen(f"no key {kek} in this key store")
            self._keys[kek] = AESGCM(self._checked(kek, path.read_bytes()))
        return self._keys[kek]

    def _checked(self, kek: str, key: bytes) -> bytes:
        """Ids made by earlier versions are shorter and say nothing of their key."""
        mark = kek.removeprefix("file-")
        if len(key) != 32 or (len(mark) == self._MARK and _mark(key)[: self._MARK] != mark):
            raise CannotOpen(f"the file of key {kek} holds something else")
        return key

    def wrap(self, plain: bytes, about: bytes) -> tuple[str, bytes]:
        if not self.kept(self._current):
            self.rotate()  # only this process still remembers it: nothing new may rest on it
        nonce = secrets.token_bytes(12)
        return self._current, nonce + self._key(self._current).encrypt(nonce, plain, about)

    def unwrap(self, kek: str, wrapped: bytes, about: bytes) -> bytes:
        try:
            return self._key(kek).decrypt(wrapped[:12], wrapped[12:], about)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("not wrapped by this key") from error

    def rotate(self) -> str:
        name = self._fresh().decode()
        write_whole(self._folder / "current", name.encode(), mode=0o600)
        self._current = name
        return name

    def retire(self, kek: str) -> None:
        if kek != self._current:
            self._keys.pop(kek, None)
            path = self._folder / kek
            if path.is_file():
                path.write_bytes(bytes(path.stat().st_size))
                path.unlink()


class TokenKeys:
    """AES keys inside a PKCS#11 token (an HSM, or SoftHSM): labels ``alcaldia-kek-<number>-<random>``, the newest is current."""

    PREFIX = "alcaldia-kek-"

    def __init__(self, library: str, token: str, pin: str) -> None:
        import pkcs11

        self._pkcs11 = pkcs11
        self._session: Any = pkcs11.lib(library).get_token(token_label=token).open(rw=True, user_pin=pin)
        self._keys: dict[str, Any] = {key.label: key for key in self._found()}
        self._current = max(self._keys) if self._keys else self.rotate()

    def _found(self) -> list[Any]:
        wanted = {self._pkcs11.Attribute.CLASS: self._pkcs11.ObjectClass.SECRET_KEY}
        return [key for key in self._session.get_objects(wanted) if key.label.startswith(self.PREFIX)]

    def current(self) -> str:
        return self._current

    def has(self, kek: str) -> bool:
        """Was that key in the token when it was opened?"""
        return kek in self._keys

    def kept(self, kek: str) -> bool:
        """A token keeps what it has."""
        return self.has(kek)

    def _parameters(self, nonce: bytes, about: bytes) -> Any:
        return self._pkcs11.GCMParams(nonce=nonce, aad=about, tag_bits=128)

    def wrap(self, plain: bytes, about: bytes) -> tuple[str, bytes]:
        nonce = secrets.token_bytes(12)
        key, mechanism = self._keys[self._current], self._pkcs11.Mechanism.AES_GCM
        made = key.encrypt(plain, mechanism=mechanism, mechanism_param=self._parameters(nonce, about))
        return self._current, nonce + made

    def unwrap(self, kek: str, wrapped: bytes, about: bytes) -> bytes:
        if kek not in self._keys:
            raise CannotOpen(f"no key {kek} in this token")
        mechanism, given = self._pkcs11.Mechanism.AES_GCM, self._parameters(wrapped[:12], about)
        try:
            found: bytes = self._keys[kek].decrypt(wrapped[12:], mechanism=mechanism, mechanism_param=given)
        except self._pkcs11.PKCS11Error as error:
            raise CannotOpen("not wrapped by this key") from error
        return found

    def rotate(self) -> str:
        numbers = (int(name.removeprefix(self.PREFIX).partition("-")[0]) for name in self._keys)
        name = f"{self.PREFIX}{max(numbers, default=0) + 1:06d}-{secrets.token_hex(4)}"
        attribute = self._pkcs11.Attribute
        template = {attribute.SENSITIVE: True, attribute.EXTRACTABLE: False}
        made = self._session.generate_key(
            self._pkcs11.KeyType.AES, 256, label=name, store=True, template=template
        )
        self._keys[name] = made
        self._current = name
        return name

    def retire(self, kek: str) -> None:
        if kek != self._current and kek in self._keys:
            self._keys.pop(kek).destroy()


def _mark(key: bytes) -> str:
    return sha256(b"alcaldia kek " + key).hexdigest()
