"""Receipts: ``c2sp.org/tlog-proof@v1`` texts that anyone verifies offline.

The `extra` line carries the entry itself, so the receipt and the log's public key are enough.
"""

from base64 import b64encode
from dataclasses import dataclass

from alcaldia.ledger.rules import merkle, note
from alcaldia.ledger.rules.keyset import KeySet

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Receipt:
    """An entry, where it stands in the log, and the checkpoint that commits to it.

    `proof` holds 32-byte hashes from the leaf's sibling upwards; `checkpoint` is the signed note.
    """

    entry: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def text(self) -> str:
        lines = [HEADER, f"extra {b64encode(self.entry).decode()}", f"index {self.index}"]
        lines += [b64encode(item).decode() for item in self.proof]
        return "\n".join(lines) + "\n\n" + self.checkpoint


def read(text: str) -> Receipt:
    """The receipt in a text. Raises note.BadNote where it is not one, or not written canonically."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) < 3 or lines[0] != HEADER or not lines[1].startswith("extra "):
        raise note.BadNote("not a tlog-proof with its entry")
    index = lines[2].removeprefix("index ")
    if not (index.isascii() and index.isdigit()):
        raise note.BadNote("the index is a decimal number")
    proof = tuple(note.strict_base64(line) for line in lines[3:])
    found = Receipt(note.strict_base64(lines[1].removeprefix("extra ")), int(index), proof, checkpoint)
    if found.text() != text:
        raise note.BadNote("not written canonically")
    return found


def verify(receipt: Receipt, keys: KeySet) -> note.Checkpoint:
    """The checkpoint that commits to the receipt's entry. Raises note.BadNote where it does not."""
    checkpoint = keys.open(receipt.checkpoint)
    leaf = merkle.leaf_hash(receipt.entry)
    if not merkle.includes(checkpoint.root, receipt.index, checkpoint.size, leaf, receipt.proof):
        raise note.BadNote("the entry is not in the log at that place")
    return checkpoint
