"""The shape of everything that is announced: an act that has happened."""

import re
from dataclasses import dataclass
from typing import Any

from alcaldia.kernel.models import Municipality

_TYPE = re.compile(r"[a-z]+(\.[a-z_]+)+")


@dataclass(frozen=True)
class Act:
    """Something that happened: `type` is a past participle slug such as ``land.ruling_issued``.

    `body` holds JSON types, dates and Decimals; it stays in the ledger, only its hash is public.
    `folio` is public and must say nothing of a person. `municipality` None: the installation itself.
    """

    type: str
    folio: str
    body: dict[str, Any]
    municipality: Municipality | None = None

    def __post_init__(self) -> None:
        if not _TYPE.fullmatch(self.type):
            raise ValueError(f"{self.type!r} is not the name of an act, such as land.ruling_issued")
