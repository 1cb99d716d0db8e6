"""Where the encrypted bytes of files lie, and how they go: the row first, the bytes with the commit."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from alcaldia.procedures.models import Attachment


def path_of(public_id: str) -> Path:
    """The file of an attachment."""
    return Path(settings.HOME) / "attachments" / public_id[:2] / public_id


def drop(rows: Iterable[Attachment]) -> None:
    """The rows are gone, and their bytes with the commit. In the caller's transaction."""
    for row in list(rows):
        path = path_of(row.public_id)
        row.delete()
        transaction.on_commit(lambda path=path: path.unlink(missing_ok=True))  # type: ignore[misc]
