"""What the public log says of an act: its kind, when, which folio, and a hash. Nothing personal."""

import json
from dataclasses import dataclass
from hashlib import sha256

from alcaldia.kernel.canonical import canonical

VERSION = 1


@dataclass(frozen=True)
class Leaf:
    """`at` is ISO 8601 with its offset; `sha256` the hexadecimal hash of the act's canonical bytes."""

    type: str
    folio: str
    at: str
    municipality: str
    sha256: str

    def entry(self) -> bytes:
        """The canonical JSON that is hashed into the tree."""
        return canonical({"v": VERSION, **self.__dict__})

    def matches(self, body: bytes) -> bool:
        """Are these the bytes of the act that the leaf commits to?"""
        return sha256(body).hexdigest() == self.sha256


def read_leaf(entry: bytes) -> Leaf:
    """The leaf in an entry of this log. ValueError where it is not one."""
    fields = json.loads(entry)
    if not isinstance(fields, dict) or fields.pop("v", None) != VERSION:
        raise ValueError("not a leaf of this log")
    try:
        leaf = Leaf(**fields)
    except TypeError as error:
        raise ValueError("not a leaf of this log") from error
    if leaf.entry() != entry:
        raise ValueError("the leaf is not canonical JSON")
    return leaf
