"""Where the seal's private key lives: a file, or a token (HSM, smart card, SoftHSM) behind PKCS#11.

`token.json` in the municipality's folder of keys moves it into a token:
``{"module": "…/libsofthsm2.so", "token": "label", "key": "label", "pin_file": "path"}``.
"""

import json
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.keyfiles import made_once

ALGORITHM = ec.ECDSA(hashes.SHA256())


class SealSigner(Protocol):
    """ECDSA on P-256 with SHA-256 (`algorithm` is its id in X.509), whatever holds the key."""

    algorithm: str

    def public_key(self) -> ec.EllipticCurvePublicKey: ...

    def sign(self, data: bytes) -> bytes:
        """The DER signature over `data`."""


class FileSigner:
    """A PEM file, made on first use, loaded once."""

    algorithm = "1.2.840.10045.4.3.2"

    def __init__(self, path: Path) -> None:
        self.key = private_key(path)

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self.key.public_key()

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ALGORITHM)


@dataclass(frozen=True)
class TokenPlace:
    """Which key in which token; the PIN is read from its own file, never from here."""

    module: str
    token: str
    key: str
    pin_file: str

    @classmethod
    def read(cls, path: Path) -> "TokenPlace":
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise Refusal(
                "bad_token", f"{path.name} no se entiende: debe tener module, token, key y pin_file."
            ) from error


class TokenSigner:
    """A P-256 key that never leaves its token; the token makes it where it has none of that label."""

    algorithm = FileSigner.algorithm

    def __init__(self, place: TokenPlace) -> None:
        self._turn = threading.Lock()
        self._session = _session(place.module, place.token, place.pin_file)
        self._private, self._public = _pair(self._session, place.key)

    def public_key(self) -> ec.EllipticCurvePublicKey:
        from pkcs11.util.ec import encode_ec_public_key

        found = serialization.load_der_public_key(encode_ec_public_key(self._public))
        if not isinstance(found, ec.EllipticCurvePublicKey):
            raise TypeError("the token's key is not on an elliptic curve")
        return found

    def sign(self, data: bytes) -> bytes:
        from pkcs11 import Mechanism

        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        # A session of PKCS#11 does one thing at a time.
        with self._turn:
            raw = self._private.sign(digest.finalize(), mechanism=Mechanism.ECDSA)
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


@cache
def _session(module: str, token: str, pin_file: str) -> Any:
    """One session per process and token: PKCS#11 logs a process in once, whatever it opens afterwards."""
    import pkcs11

    try:
        pin = Path(pin_file).read_text(encoding="utf-8").strip()
        return pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=pin)
    except (OSError, pkcs11.PKCS11Error, RuntimeError) as error:
        raise Refusal(
            "token_unreachable",
            f"No se pudo abrir el dispositivo de la llave «{token}» ({type(error).__name__}). "
            "Revise que esté conectado y que token.json y el archivo del PIN sean los correctos.",
            status=503,
        ) from error


def _pair(session: Any, label: str) -> tuple[Any, Any]:
    from pkcs11 import KeyType, NoSuchKey, ObjectClass
    from pkcs11.util.ec import encode_named_curve_parameters

    try:
        find = session.get_key
        return find(ObjectClass.PRIVATE_KEY, label=label), find(ObjectClass.PUBLIC_KEY, label=label)
    except NoSuchKey:
        parameters = session.create_domain_parameters(
            KeyType.EC, {_ec_params(): encode_named_curve_parameters("secp256r1")}, local=True
        )
        public, private = parameters.generate_keypair(store=True, label=label)
        return private, public


def _ec_params() -> Any:
    from pkcs11 import Attribute

    return Attribute.EC_PARAMS


def private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The P-256 key of a file, made on first use."""
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    data = made_once(path, lambda: ec.generate_private_key(ec.SECP256R1()).private_bytes(*form))
    key = serialization.load_pem_private_key(data, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path.name} is not an elliptic-curve key")
    return key
