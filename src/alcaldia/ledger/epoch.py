"""One pair of keys signs one log: a second database started by mistake is refused before it can fork it.

The head row carries a random epoch; `keys/log.epoch` remembers the one that these keys belong to.
"""

import secrets
from functools import lru_cache, partial
from pathlib import Path

from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.keyfiles import made_once
from alcaldia.ledger import keys


def fresh() -> str:
    """A new epoch, for the head of a log that begins."""
    return secrets.token_hex(16)


def path() -> Path:
    """The file beside the keys."""
    return _beside(keys.folder())


# Every act asks: composing the path took a twentieth of its time, opening and reading a tenth, on either engine.
@lru_cache(maxsize=4)
def _beside(folder: Path) -> Path:
    return folder / "log.epoch"


@lru_cache(maxsize=4)
def _read(place: Path, _as_it_is: tuple[int, int, int]) -> str:
    return place.read_text(encoding="utf-8").strip()


def check(epoch: str) -> None:
    """Refusal("log_two_sequencers") where the keys belong to another log; the first commit claims them."""
    place = path()
    try:
        stat = place.stat()
        known = _read(place, (stat.st_ino, stat.st_mtime_ns, stat.st_size))
    except FileNotFoundError:
        # Only what is committed may claim the keys: a first act that rolls back leaves no mark.
        transaction.on_commit(partial(made_once, place, lambda: epoch.encode()))
        return
    if known != epoch:
        raise Refusal(
            "log_two_sequencers",
            "Las llaves de este registro pertenecen a otra base de datos: escribir aquí bifurcaría el registro. "
            "Conecte la base de datos de siempre (DATABASE_URL) o dé llaves propias a esta instalación.",
            status=503,
        )
