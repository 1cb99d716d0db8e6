"""Files of issued documents: `documents/<two letters>/<folio>.pdf`, written whole or not at all."""

import re
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from alcaldia.kernel.keyfiles import write_whole

_SAFE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,79}")


def place(folio: str) -> Path:
    """Where the document of a folio lies. ValueError for a folio that is not a plain name."""
    if not _SAFE.fullmatch(folio):
        raise ValueError(f"{folio!r} cannot name a file")
    return Path(settings.HOME) / "documents" / sha256(folio.encode()).hexdigest()[:2] / f"{folio}.pdf"


def write(folio: str, data: bytes) -> None:
    """Put the file in its place: a reader sees the old one or the new one, also after a power cut."""
    write_whole(place(folio), data)


def read(folio: str) -> bytes | None:
    """The file's bytes; None where it is lost."""
    try:
        return place(folio).read_bytes()
    except FileNotFoundError:
        return None
