"""Proving a restored home: its log is whole and extends every head the backup saw, and every document is there.

Runs as a process of its own (`python -m alcaldia.project.backup.proof`), because a process has one home.
Reads {log: signed head} from stdin, writes one JSON document.
"""

import hashlib
import json
import sqlite3
import sys
from pathlib import Path

from alcaldia.ledger.rules import merkle, note
from alcaldia.project import django_setup


def main() -> int:
    heads = json.load(sys.stdin)
    django_setup.start()
    from django.conf import settings

    from alcaldia.ledger.audit import replay

    audit = replay()
    problems = list(audit.problems)
    for name, signed in heads.items():
        problems += _behind(name, note.read_checkpoint(note.split(signed)[0]), Path(settings.HOME))
    remade = _remake_documents() if not problems else 0
    json.dump({"entries": audit.entries, "documents_remade": remade, "problems": problems}, sys.stdout)
    return 0


def _behind(name: str, head: note.Checkpoint, home: Path) -> list[str]:
    """Why the restored log does not contain what that head promised; [] where it does."""
    try:
        root = (
            _acts_root(head.size)
            if name == "acts"
            else _file_root(home / "broker" / "broker.sqlite3", head.size)
        )
    except (KeyError, IndexError):
        return [f"El registro «{name}» perdió anotaciones: el respaldo vio {head.size}."]
    return [] if root == head.root else [f"El registro «{name}» no es el mismo que el respaldo vio firmado."]


def _acts_root(size: int) -> bytes:
    from alcaldia.ledger.queries import hashes_of

    return merkle.root(size, hashes_of(merkle.cover(0, size)).__getitem__)


def _file_root(path: Path, size: int) -> bytes:
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        found = {
            subtree: store.execute(
                "SELECT hash FROM node WHERE place = ?", (merkle.number(subtree),)
            ).fetchone()
            for subtree in merkle.cover(0, size)
        }
    finally:
        store.close()
    if None in found.values():
        raise KeyError(size)
    return merkle.root(size, {subtree: bytes(row[0]) for subtree, row in found.items() if row}.__getitem__)


def _remake_documents() -> int:
    """Draw again, from their acts, the documents whose file did not reach the backup in its last second.

    The copy in people's hands stays as valid: act, folio and log are the same, the seal is new.
    """
    from alcaldia.documents import store
    from alcaldia.documents.actions import rebuild
    from alcaldia.documents.models import Document

    remade = 0
    for document in Document.objects.select_related("entry__municipality").iterator():
        data = store.read(document.folio)
        if data is None or hashlib.sha256(data).hexdigest() != document.sha256:
            rebuild(document)
            remade += 1
    return remade


if __name__ == "__main__":
    sys.exit(main())
