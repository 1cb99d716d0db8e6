"""What anyone may know of an issued act: what it is, whether it is in force, whether it still matches."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.utils import timezone

from alcaldia.documents import content, queries, store
from alcaldia.documents.models import Document
from alcaldia.ledger import queries as ledger
from alcaldia.ledger import witnessing


@dataclass(frozen=True)
class Status:
    """Everything that may be said in public of a folio: nothing of the person, nothing of the parcel.

    `place` counts from 1; `title` is "" where the act is no ruling; `later` are the types of later
    acts with the same folio, oldest first.
    """

    folio: str
    title: str
    type: str
    municipality: str
    issued: datetime
    valid_until: date | None
    in_force: bool
    sha256: str
    place: int
    matches: bool
    has_file: bool
    later: tuple[str, ...]
    witnesses: witnessing.Standing


def status(folio: str) -> Status:
    """The state of an act today. Raises NotFound for a folio that was never issued."""
    entry = ledger.entry(folio)
    town = entry.municipality
    zone = ZoneInfo(town.timezone if town else "UTC")
    body = json.loads(bytes(entry.body))
    until = date.fromisoformat(body["valid_until"]) if body.get("valid_until") else None
    later = ledger.later(entry)
    document = queries.of_entry(entry)
    return Status(
        folio=folio,
        title=content.title_of(body),
        type=entry.type,
        municipality=town.name if town else "",
        issued=entry.recorded_at.astimezone(zone),
        valid_until=until,
        in_force=until is None or timezone.localdate(timezone=zone) <= until,
        sha256=entry.body_sha256,
        place=entry.index + 1,
        matches=ledger.stands(entry) and _file_matches(document),
        has_file=document is not None,
        later=tuple(one.type for one in later),
        witnesses=witnessing.standing(entry.index),
    )


def _file_matches(document: Document | None) -> bool:
    """A lost file is not a wrong one: the act in the log is what counts."""
    if document is None:
        return True
    data = store.read(document.folio)
    return data is None or sha256(data).hexdigest() == document.sha256
