"""Checking the whole log against itself, reading every entry once."""

from dataclasses import dataclass
from hashlib import sha256

from alcaldia.ledger.models import Entry, LogHead, Node
from alcaldia.ledger.queries import head
from alcaldia.ledger.rules import merkle
from alcaldia.ledger.rules.leaf import read_leaf


@dataclass(frozen=True)
class Audit:
    """`problems` are Spanish sentences, the first 20 found; none means that everything agrees."""

    entries: int
    root: str
    problems: tuple[str, ...]


def replay() -> Audit:
    """Rebuild the tree from the entries and compare bodies, leaves, stored hashes and the head."""
    now, problems = head(), []
    edge: merkle.Edge = {}
    count = 0
    for entry in Entry.objects.order_by("index").iterator(chunk_size=2000):
        problems += _problems(entry, count)
        problems += _stored_differs(count, merkle.grow(count, [merkle.leaf_hash(bytes(entry.entry))], edge))
        count += 1
    root = merkle.root(count, lambda subtree: edge[subtree[0]])
    if (count, root) != (now.size, now.root):
        problems.append(
            f"La cabeza del registro dice {now.size} actos; al rehacerlo resultan {count} con otra raíz."
        )
    if any(bytes(one.edge) != merkle.packed(edge) for one in LogHead.objects.all()):
        problems.append("La orilla guardada del árbol no es la de sus actos: el próximo acto crecería mal.")
    return Audit(count, root.hex(), tuple(problems[:20]))


def _problems(entry: Entry, expected: int) -> list[str]:
    found = []
    if entry.index != expected:
        found.append(f"Falta el acto {expected} del registro.")
    try:
        leaf = read_leaf(bytes(entry.entry))
    except ValueError:
        return [*found, f"La hoja del acto {entry.index} no se puede leer."]
    if not leaf.matches(bytes(entry.body)) or entry.body_sha256 != sha256(bytes(entry.body)).hexdigest():
        found.append(f"El contenido del acto {entry.index} no es el que su hoja firmó.")
    if (leaf.type, leaf.folio) != (entry.type, entry.folio):
        found.append(f"El acto {entry.index} dice otro tipo o folio que su hoja.")
    return found


def _stored_differs(index: int, made: list[tuple[int, bytes]]) -> list[str]:
    stored = dict(Node.objects.filter(pk__in=[place for place, _ in made]).values_list("pk", "hash"))
    if all(bytes(stored.get(place, b"")) == value for place, value in made):
        return []
    return [f"Un hash guardado del árbol no coincide con el acto {index}."]
