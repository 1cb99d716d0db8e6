"""What is told to people when a case moves: the definition's `notices` say by which channels; the words are notices'.

Called by engine.append in its transaction: an event that is undone tells nobody, and one that stays tells once.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alcaldia.agenda import queries as agenda
from alcaldia.kernel.models import Municipality
from alcaldia.notices import actions as notices
from alcaldia.notices import postman
from alcaldia.notices.ports import plugged
from alcaldia.procedures import definitions
from alcaldia.procedures.calendars import today
from alcaldia.procedures.lasting import days_left
from alcaldia.procedures.models import Case, CaseEvent
from alcaldia.procedures.rules.flow import State
from alcaldia.procedures.subjects import PREFIX, folio_of, subject_of

TEMPLATES = {
    "submitted": "received", "opinion_given": "opinion", "correction_asked": "correction_asked", "decided": "decided",
    "term_passed": "decided", "paid": "paid", "issued": "issued", "lapsed": "lapsed", "annulled": "annulled",
    "appeal_resolved": "appeal_resolved", "visited": "visited", "place_given": "place_given",
}  # fmt: skip
AS_WELL = {
    "silence": "received", "payment_due": "received", "paid": "received", "opinion": "received", "inspection": "correction_asked", "lapsed": "decided",
    "verification": "correction_asked", "visited": "decided", "annulled": "decided", "appeal_resolved": "decided", "appointment_near": "correction_asked",
    "waiting_list": "received", "place_given": "correction_asked", "list_closed": "decided", "renewal_due": "decided",
}  # fmt: skip
"""Where a definition says nothing of these, they travel as what stands beside them."""
NEAR = 2
"""Working days before a correction's term ends when it is said once more."""


def tell(row: Case, kind: str, number: int, facts: dict[str, Any]) -> int:
    """Queue what this event says; returns how many messages. A case without a contact tells only officials."""
    template = "account_changed" if facts.get("account_changed") else TO_HEADS.get(kind, "")
    heads = facts.get("agencies", [row.agency]) if template else []
    said = sum(_tell_head(row, agency, number, template) for agency in heads)
    if kind == ESCALATED or not row.contact:
        return said
    said += sum(_queue(row, one, _entry(row, one, number), number) for one in _templates(row, kind, facts))
    if kind == "issued" and facts.get("visit"):
        by = facts["visit"]["by"]
        until = {"until": f"{date.fromisoformat(by):%d/%m/%Y}"} if by else {}
        said += _queue(row, "verification", "verification", number, **until)
    return said


def _templates(row: Case, kind: str, facts: dict[str, Any]) -> list[str]:
    """What an event says, and that a visit follows from it where the case has come to that."""
    said = "silence" if facts.get("silence") else TEMPLATES.get(kind, "")
    said = ON_RECEIPT.get(row.state, said) if said == "received" else said
    said = "list_closed" if facts.get("list_closed") else said
    visit = "inspection" if kind in BEFORE_A_VISIT and row.state == State.INSPECTION else ""
    return [one for one in (said, visit) if one]


ON_RECEIPT: dict[str, str] = {State.AWAITING_PAYMENT: "payment_due", State.WAITING_LIST: "waiting_list"}
BEFORE_A_VISIT = ("routed", "opinion_given", "corrected")


def _entry(row: Case, template: str, number: int) -> str:
    """The entry of `notices` that counts. A paper that waited for its payment is told like a decision:
    nobody looks again at a page that said "pay"; one that comes with its decision is told by that.
    """
    waited = template == "issued" and row.events.filter(number=number - 1, kind="paid").exists()
    return "decided" if waited else template


def remind_appointments(town: Municipality, on: date | None = None) -> int:
    """Say once, the day before, that a case has an appointment; the worker asks every hour."""
    day, count = (on or today(town)) + timedelta(days=1), 0
    for one in agenda.booked_on(town, day).filter(subject__startswith=PREFIX):
        row = Case.objects.select_related("municipality", "definition").filter(folio=folio_of(one.subject))
        case = row.exclude(contact=b"").first()
        at = one.starts_at.astimezone(ZoneInfo(town.timezone))
        if case is not None:
            count += _queue(
                case, "appointment_near", "appointment_near", at.toordinal(), at=f"{at:%d/%m/%Y, %H:%M}"
            )
    return count


def remind(town: Municipality, on: date | None = None) -> int:
    """Say once that the term to complete an application is near; the worker asks every day."""
    day, count = on or today(town), 0
    rows = Case.objects.filter(municipality=town, state=State.CORRECTION_REQUESTED, due_on__gte=day)
    for row in rows.exclude(contact=b"").select_related("municipality", "definition").iterator():
        left = days_left(row, day, row.due_on) if row.due_on else None
        if row.due_on and (left if left is not None else (row.due_on - day).days) <= NEAR:
            asked = _last(row.events.filter(kind="correction_asked"))
            count += _queue(row, "term_near", "correction_asked", asked) if asked else 0
    return count


def remind_renewal(row: Case, until: date) -> int:
    """Say that the paper of a case ends; in the caller's transaction, once for each last day."""
    if not row.contact:
        return 0
    return _queue(row, "renewal_due", "renewal_due", until.toordinal(), until=f"{until:%d/%m/%Y}")


def _tell_head(row: Case, agency: str, number: int, template: str) -> int:
    """Folio, procedure and link to whoever heads the agency, where the municipality says how to write to them."""
    definition = definitions.pinned(row.definition).definition
    town = row.municipality
    facts = {
        "town": town.name, "folio": row.folio, "name": definition.sheet.plain_name.es,
        "link": f"{plugged.public_url}/oficina/{town.slug}/solicitud/{row.folio}/",
    }  # fmt: skip
    channels = (definition.notices or {}).get(template, ("email",))
    return notices.queue(town=town, template=template, channels=channels, facts=facts,
                         subject=f"{subject_of(row.folio)}/{agency}"[:100], number=number, contact=mailbox(town, agency))  # fmt: skip


def mailbox(town: Municipality, agency: str) -> bytes:
    """Where an agency's head reads, sealed: `[contact.agencies.X] head_email`, else `[contact] email`; b"" without both."""
    given: dict[str, Any] = town.settings.get("contact") or {}
    own = (given.get("agencies") or {}).get(agency) or {}
    return postman.pack({"email": str(own.get("head_email") or given.get("email") or "")})


def _queue(row: Case, template: str, named: str, number: int, **more: str) -> int:
    """`named` is the entry of the definition's `notices` that says by which channels."""
    definition = definitions.pinned(row.definition).definition
    said = definition.notices or {}
    channels = said.get(named, said.get(AS_WELL.get(named, ""), ()))
    if not channels:
        return 0
    facts = {
        "town": row.municipality.name, "folio": row.folio, "name": definition.sheet.plain_name.es,
        "link": f"{plugged.public_url}/tramite/{row.folio}/",
        **more, **({"until": f"{row.due_on:%d/%m/%Y}"} if row.due_on and template in WITH_TERM else {}),
    }  # fmt: skip
    return notices.queue(town=row.municipality, template=template, channels=channels, facts=facts,
                         subject=subject_of(row.folio), number=number, contact=bytes(row.contact))  # fmt: skip


ESCALATED = "escalated"
TO_HEADS = {ESCALATED: ESCALATED, "appealed": "appeal_came", "payment_disputed": "payment_disputed"}
"""What who heads an agency is told, by kind of event."""
WITH_TERM = ("correction_asked", "term_near", "inspection", "payment_due")


def _last(events: Iterable[CaseEvent]) -> int:
    return max((one.number for one in events), default=0)
