"""Which appointments a case takes, for how long, and those that it has."""

from django.db.models import QuerySet

from alcaldia.agenda import queries as agenda
from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.agenda.rules.slots import Need
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.models import Case
from alcaldia.procedures.queries.cases import Status
from alcaldia.procedures.rules.definition import Appointments
from alcaldia.procedures.rules.flow import State
from alcaldia.procedures.subjects import subject_of


def offered(told: Status) -> tuple[Appointments, ...]:
    """Those of the definition whose condition held when the case was sent, as long as the case goes on."""
    if told.state.state is State.DRAFT or told.state.fruitless:
        return ()
    every = told.program.definition.appointments
    chosen = told.rules.get("appointments", range(len(every)))
    return tuple(one for at, one in enumerate(every) if at in chosen)


def agenda_for(told: Status, key: str) -> tuple[Agenda, Need]:
    """The agenda and what this case needs of it. Raises Refusal, NotFound."""
    wanted = next((one for one in offered(told) if one.agenda == key), None)
    if wanted is None:
        raise Refusal("no_appointment", "Esta solicitud no lleva cita en esa agenda.", status=409)
    row = agenda.agenda_of(told.row.municipality, key)
    return row, agenda.need_of(row, wanted.minutes, wanted.capacity)


def open_agendas(told: Status) -> list[Agenda]:
    """Agendas of the town in which the case may still choose a time."""
    wanted = [one.agenda for one in offered(told)]
    if not wanted:
        return []
    taken = set(taken_by(told.row).values_list("agenda__key", flat=True))
    rows = agenda.agendas_of(told.row.municipality).filter(key__in=wanted)
    return [one for one in rows if one.key not in taken]


def taken(rows: list[Case]) -> list[Appointment]:
    """The appointments of several cases that are still to come or were kept, the next first."""
    return list(agenda.of_subjects(subject_of(one.folio) for one in rows)) if rows else []


def taken_by(row: Case) -> QuerySet[Appointment]:
    """The appointments of the case, the next first."""
    return agenda.of_subjects([subject_of(row.folio)])
