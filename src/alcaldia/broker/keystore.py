"""The key that wraps all keys (KEK): in a file, or in a token that never lets it out.

Each KEK has an id; a wrap names the id of its KEK, so old and new ones live side by side while
everything is wrapped again.
"""

import secrets
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alcaldia.kernel.keyfiles import made_once
from alcaldia.vault.rules.suites import CannotOpen


class KeyStore(Protocol):
    """Wraps and unwraps under the current KEK or one named by its id. Raises CannotOpen."""

    def current(self) -> str: ...
    def wrap(self, plain: bytes, about: bytes) -> tuple[str, bytes]: ...
    def unwrap(self, kek: str, wrapped: bytes, about: bytes) -> bytes: ...
    def rotate(self) -> str: ...
    def retire(self, kek: str) -> None: ...


class FileKeys:
    """Keys of 32 bytes in `kek/<id>`, readable by the broker's user alone; `kek/current` names one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "kek"
        self._keys: dict[str, AESGCM] = {}
        name = made_once(self._folder / "current", self._fresh)
        self._current = name.decode()

    def _fresh(self) -> bytes:
        name = f"file-{secrets.token_hex(6)}"
        made_once(self._folder / name, lambda: secrets.token_bytes(32))
        return name.encode()

    def current(self) -> str:
        return self._current

    def _key(self, kek: str) -> AESGCM:
        if kek not in self._keys:
            path = self._folder / kek
            if not kek.startswith("file-") or not path.is_file():
                raise CannotOpen(f"no key {kek} in this key store")
            self._keys[kek] = AESGCM(path.read_bytes())
        return self._keys[kek]

    def wrap(self, plain: bytes, about: bytes) -> tuple[str, bytes]:
        nonce = secrets.token_bytes(12)
        return self._current, nonce + self._key(self._current).encrypt(nonce, plain, about)

    def unwrap(self, kek: str, wrapped: bytes, about: bytes) -> bytes:
        try:
            return self._key(kek).decrypt(wrapped[:12], wrapped[12:], about)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("not wrapped by this key") from error

    def rotate(self) -> str:
        name = self._fresh().decode()
        draft = self._folder / f".current.{secrets.token_hex(4)}"
        made_once(draft, name.encode)
        draft.replace(self._folder / "current")
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
    """AES keys inside a PKCS#11 token (an HSM, or SoftHSM): labels ``alcaldia-kek-…``, the newest is current."""

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
        number = max((int(name.rpartition("-")[2]) for name in self._keys), default=0) + 1
        name, attribute = f"{self.PREFIX}{number:06d}", self._pkcs11.Attribute
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
