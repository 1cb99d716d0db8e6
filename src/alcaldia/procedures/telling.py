"""What is told to people when a case moves: the definition's `notices` say by which channels; the words are notices'.

Called by engine.append in its transaction: an event that is undone tells nobody, and one that stays tells once.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.notices import actions as notices
from alcaldia.notices.ports import plugged
from alcaldia.procedures import definitions
from alcaldia.procedures.calendars import calendar_of, today
from alcaldia.procedures.models import Case, CaseEvent
from alcaldia.procedures.rules.deadlines import working_days_between
from alcaldia.procedures.rules.flow import State

TEMPLATES = {"submitted": "received", "correction_asked": "correction_asked", "decided": "decided",
             "term_passed": "decided", "paid": "paid", "issued": "issued"}  # fmt: skip
AS_WELL = {"silence": "received", "paid": "received"}
"""Where a definition says nothing of these, they travel as what stands beside them."""
NEAR = 2
"""Working days before a correction's term ends when it is said once more."""


def tell(row: Case, kind: str, number: int, facts: dict[str, Any]) -> int:
    """Queue what this event says; returns how many messages. A case without a contact tells nobody."""
    template = "silence" if facts.get("silence") else TEMPLATES.get(kind, "")
    return _queue(row, template, template, number) if template and row.contact else 0


def remind(town: Municipality, on: date | None = None) -> int:
    """Say once that the term to complete an application is near; the worker asks every day."""
    day, calendar, count = on or today(town), calendar_of(town), 0
    rows = Case.objects.filter(municipality=town, state=State.CORRECTION_REQUESTED, due_on__gte=day)
    for row in rows.exclude(contact=b"").select_related("municipality", "definition").iterator():
        if row.due_on and working_days_between(calendar, day, row.due_on) <= NEAR:
            asked = _last(row.events.filter(kind="correction_asked"))
            count += _queue(row, "term_near", "correction_asked", asked) if asked else 0
    return count


def _queue(row: Case, template: str, named: str, number: int) -> int:
    """`named` is the entry of the definition's `notices` that says by which channels."""
    definition = definitions.pinned(row.definition).definition
    said = definition.notices or {}
    channels = said.get(named, said.get(AS_WELL.get(named, ""), ()))
    if not channels:
        return 0
    facts = {
        "town": row.municipality.name, "folio": row.folio, "name": definition.sheet.plain_name.es,
        "link": f"{plugged.public_url}/tramite/{row.folio}/",
        **({"until": f"{row.due_on:%d/%m/%Y}"} if row.due_on and template in WITH_TERM else {}),
    }  # fmt: skip
    return notices.queue(town=row.municipality, template=template, channels=channels, facts=facts,
                         subject=f"case:{row.folio}", number=number, contact=bytes(row.contact))  # fmt: skip


WITH_TERM = ("correction_asked", "term_near")


def _last(events: Iterable[CaseEvent]) -> int:
    return max((one.number for one in events), default=0)
