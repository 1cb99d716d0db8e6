"""C2SP signed notes and checkpoints, by the algorithms that a log and its witnesses sign with.

A key has a name (the log's origin, the witness' name), an algorithm byte and an id: the first four
bytes of SHA-256(name ‖ "\\n" ‖ byte ‖ public key). A verifier key is written ``name+id+base64``.
Sources: c2sp.org/signed-note (0x01), c2sp.org/tlog-cosignature (0x04 and 0x06, both time-stamped;
0x06 signs the fields of the checkpoint, not its text), c2sp.org/tlog-checkpoint.
"""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

MAX_SIGNATURES = 64


class BadNote(ValueError):
    """Text that is not a signed note, checkpoint or key, or whose signature does not hold."""


class Algorithm(IntEnum):
    """The signature type byte of C2SP signed-note."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04
    ML_DSA_44 = 0x06


PUBLIC_BYTES = {Algorithm.ED25519: 32, Algorithm.COSIGNATURE_V1: 32, Algorithm.ML_DSA_44: 1312}


@dataclass(frozen=True)
class VerifierKey:
    """Who signs, in public: `name` is the origin of the log or the name of the witness."""

    name: str
    public: bytes
    algorithm: Algorithm = Algorithm.ED25519

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes((self.algorithm,)) + self.public).digest()[:4]

    def text(self) -> str:
        """The verifier key as C2SP signed-note writes it."""
        data = b64encode(bytes((self.algorithm,)) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{data}"


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: how many entries the log `origin` has and the root hash over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def read_key(text: str) -> VerifierKey:
    """The key written by `VerifierKey.text`. Raises BadNote."""
    name, _, rest = text.strip().partition("+")
    given_id, _, data = rest.partition("+")
    raw = strict_base64(data)
    if not name or name.split() != [name] or raw[:1] not in {bytes((known,)) for known in PUBLIC_BYTES}:
        raise BadNote("not a verifier key of a known algorithm")
    key = VerifierKey(name, raw[1:], Algorithm(raw[0]))
    if len(key.public) != PUBLIC_BYTES[key.algorithm] or key.id.hex() != given_id:
        raise BadNote("the verifier key does not have its own id")
    return key


def strict_base64(text: str) -> bytes:
    """Base 64 of RFC 4648 §4 in its one spelling: no other text gives the same bytes. Raises BadNote."""
    try:
        data = b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise BadNote("not base64") from error
    if b64encode(data).decode() != text:
        raise BadNote("not canonical base64")
    return data


def message(text: str, key: VerifierKey, at: int) -> bytes:
    """The bytes under a signature of `key` over the note `text`; `at` in seconds since 1970, 0 for ED25519."""
    if key.algorithm is Algorithm.ED25519:
        return text.encode()
    if key.algorithm is Algorithm.COSIGNATURE_V1:
        return f"cosignature/v1\ntime {at}\n{text}".encode()
    head = read_checkpoint(text)
    names = [bytes((len(name),)) + name for name in (key.name.encode(), head.origin.encode())]
    numbers = bytes(8) + head.size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + names[0] + at.to_bytes(8, "big") + names[1] + numbers + head.root


def line(text: str, key: VerifierKey, signature_of: Callable[[bytes], bytes], at: int = 0) -> str:
    """One signature line; `at` is the time of a time-stamped algorithm, in seconds since 1970."""
    stamp = b"" if key.algorithm is Algorithm.ED25519 else at.to_bytes(8, "big")
    blob = key.id + stamp + signature_of(message(text, key, at))
    return f"— {key.name} {b64encode(blob).decode()}\n"


def sign(text: str, key: VerifierKey, signature_of: Callable[[bytes], bytes], at: int = 0) -> str:
    """The signed note: the text, an empty line and the signature line."""
    if not text.endswith("\n"):
        raise BadNote("a note ends with a new line")
    return text + "\n" + line(text, key, signature_of, at)


def split(note: str) -> tuple[str, list[str]]:
    """The text of a note and its signature lines, not verified. Raises BadNote."""
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or any(char < " " and char != "\n" for char in note):
        raise BadNote("no signature lines")
    found = lines[:-1].split("\n")
    if len(found) > MAX_SIGNATURES:
        raise BadNote("too many signatures")
    return text + "\n", found


def _blobs(lines: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for one in lines:
        dash, _, rest = one.partition(" ")
        name, _, data = rest.rpartition(" ")
        if dash != "—" or not name:
            raise BadNote("malformed signature line")
        yield name, strict_base64(data)


def signers(note: str, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int]:
    """Which of the keys signed the note, and when (0 where the algorithm has no time).

    Lines of unknown keys say nothing. Raises BadNote where a line of a known key does not hold.
    """
    text, lines = split(note)
    known = {(key.name, key.id): key for key in keys}
    found: dict[VerifierKey, int] = {}
    for name, blob in _blobs(lines):
        key = known.get((name, blob[:4]))
        if key is not None:
            found[key] = _check(key, blob[4:], text)
    return found


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note that `key` signed. Raises BadNote where it did not."""
    if key not in signers(note, (key,)):
        raise BadNote("the log's key did not sign this note")
    return split(note)[0]


def _check(key: VerifierKey, blob: bytes, text: str) -> int:
    stamped = key.algorithm is not Algorithm.ED25519
    at, signature = (int.from_bytes(blob[:8], "big"), blob[8:]) if stamped else (0, blob)
    kind = MLDSA44PublicKey if key.algorithm is Algorithm.ML_DSA_44 else Ed25519PublicKey
    try:
        kind.from_public_bytes(key.public).verify(signature, message(text, key, at))
    except (InvalidSignature, ValueError) as error:
        raise BadNote("the signature does not hold") from error
    return at


def read_checkpoint(text: str) -> Checkpoint:
    """The tree head in a note's text. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise BadNote("a checkpoint has three lines")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdigit()) or len(size) > 18 or str(int(size)) != size:
        raise BadNote("the size is a decimal number")
    checkpoint = Checkpoint(origin, int(size), strict_base64(root))
    if len(checkpoint.root) != 32:
        raise BadNote("the root has 32 bytes")
    return checkpoint


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """The tree head that `key` signed for its own log. Raises BadNote."""
    checkpoint = read_checkpoint(open_note(note, key))
    if checkpoint.origin != key.name:
        raise BadNote("the checkpoint is of another log")
    return checkpoint
