"""An appointment and its case: how long it takes, and by whose code it is moved or given back."""

from alcaldia.agenda.actions import Holder
from alcaldia.agenda.models import Appointment
from alcaldia.agenda.rules.slots import Need
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.procedures.actions import citizens
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.queries import appointments, cases
from alcaldia.procedures.subjects import folio_of


def need_of(row: Appointment) -> Need:
    """What the appointment's case needs of the agenda; without one, as long as it was. Raises Refusal, NotFound."""
    if folio := folio_of(row.subject):
        told = cases.status(folio)
        return appointments.agenda_for(told, row.agenda.key)[1]
    return Need(row.minutes)


def holder_of(row: Appointment, bearer: Bearer) -> Holder:
    """By the appointment's code, or by the code or the account of the case that it is for."""
    if not (folio := folio_of(row.subject)):
        return Holder(bearer.code)
    try:
        citizens.check_bearer(cases.case_of(folio), bearer)
    except (NotFound, Refusal):
        return Holder(bearer.code)
    return Holder(bearer.code, row.subject)
