"""What agendas announce to the ledger. Nobody is named in any: a seat is known by its folio."""

from typing import Any

from alcaldia.agenda.models import Agenda, Appointment

AGENDA_OPENED = "agenda.agenda_opened"
AGENDA_CHANGED = "agenda.agenda_changed"
BOOKED = "agenda.appointment_booked"
MOVED = "agenda.appointment_moved"
CANCELLED = "agenda.appointment_cancelled"
RESTORED = "agenda.appointment_restored"
ATTENDED = "agenda.appointment_attended"


def agenda(row: Agenda) -> dict[str, Any]:
    return {
        "key": row.key, "name": row.name, "office": row.office, "place": row.place, "minutes": row.minutes,
        "capacity": row.capacity, "hours": row.hours, "days_ahead": row.days_ahead, "closed_days": row.closed_days,
    }  # fmt: skip


def appointment(row: Appointment) -> dict[str, Any]:
    return {
        "folio": row.folio, "agenda": row.agenda.key, "starts_at": row.starts_at, "minutes": row.minutes,
        "seat": row.seat, "state": row.state, "subject": row.subject,
    }  # fmt: skip
