"""C2SP signed notes and checkpoints with Ed25519 keys.

A key has a name (the log's origin) and an id: the first four bytes of
SHA-256(name ‖ "\\n" ‖ 0x01 ‖ public key). A verifier key is written ``name+id+base64``.
"""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = b"\x01"


class BadNote(ValueError):
    """Text that is not a signed note, checkpoint or key, or whose signature does not hold."""


@dataclass(frozen=True)
class LogKey:
    """Who signs a log, in public: `name` is the origin, `public` the 32 raw bytes of the key."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def text(self) -> str:
        """The verifier key as C2SP signed-note writes it."""
        return f"{self.name}+{self.id.hex()}+{b64encode(ED25519 + self.public).decode()}"


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: how many entries the log `origin` has and the root hash over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def read_key(text: str) -> LogKey:
    """The key written by `LogKey.text`. Raises BadNote."""
    name, _, rest = text.strip().partition("+")
    given_id, _, data = rest.partition("+")
    raw = strict_base64(data)
    key = LogKey(name, raw[1:])
    if len(raw) != 33 or raw[:1] != ED25519 or key.id.hex() != given_id:
        raise BadNote("not an Ed25519 verifier key")
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


def sign(text: str, key: LogKey, signature_of: Callable[[bytes], bytes]) -> str:
    """The signed note: the text, an empty line and the signature line."""
    if not text.endswith("\n"):
        raise BadNote("a note ends with a new line")
    signature = b64encode(key.id + signature_of(text.encode())).decode()
    return f"{text}\n— {key.name} {signature}\n"


def open_note(note: str, key: LogKey) -> str:
    """The text of a note that `key` signed. Raises BadNote where it did not.

    Lines of other signers (witnesses) are allowed and say nothing here.
    """
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise BadNote("no signature lines")
    text += "\n"
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, data = rest.rpartition(" ")
        if dash != "—" or not name:
            raise BadNote("malformed signature line")
        raw = strict_base64(data)
        if name == key.name and raw[:4] == key.id:
            _check(key, raw[4:], text)
            return text
    raise BadNote("the log's key did not sign this note")


def _check(key: LogKey, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature as error:
        raise BadNote("the signature does not hold") from error


def read_checkpoint(text: str) -> Checkpoint:
    """The tree head in a note's text. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise BadNote("a checkpoint has three lines")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdigit()) or str(int(size)) != size:
        raise BadNote("the size is a decimal number")
    checkpoint = Checkpoint(origin, int(size), strict_base64(root))
    if len(checkpoint.root) != 32:
        raise BadNote("the root has 32 bytes")
    return checkpoint


def open_checkpoint(note: str, key: LogKey) -> Checkpoint:
    """The tree head that `key` signed for its own log. Raises BadNote."""
    checkpoint = read_checkpoint(open_note(note, key))
    if checkpoint.origin != key.name:
        raise BadNote("the checkpoint is of another log")
    return checkpoint
