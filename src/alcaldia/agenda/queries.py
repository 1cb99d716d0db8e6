"""Free turns and the appointments of a day."""

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.agenda.ports import plugged
from alcaldia.agenda.rules import slots
from alcaldia.agenda.rules.slots import Slot
from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality


def agendas_of(town: Municipality) -> QuerySet[Agenda]:
    """The agendas of a town by name."""
    return Agenda.objects.filter(municipality=town).order_by("name")


def agenda_of(town: Municipality, key: str) -> Agenda:
    """Raises NotFound."""
    row = Agenda.objects.select_related("municipality").filter(municipality=town, key=key).first()
    if row is None:
        raise NotFound("unknown_agenda", "Esa oficina no da citas. Elija otra de la lista.")
    return row


def free_slots(agenda: Agenda, day: date, now: datetime | None = None) -> list[Slot]:
    """Turns of that day with a seat left; none on a day of rest, in the past or too far ahead."""
    return free_in(agenda, [day], now).get(day, [])


def free_days(agenda: Agenda, now: datetime | None = None) -> list[tuple[date, int]]:
    """Days that have a free seat, and how many, from today on."""
    first = _local(agenda, now or timezone.now())
    ahead = [first + timedelta(days=n) for n in range(agenda.days_ahead + 1)]
    found = free_in(agenda, ahead, now)
    return [(day, sum(one.left for one in rows)) for day, rows in found.items() if rows]


def free_in(agenda: Agenda, days: list[date], now: datetime | None = None) -> dict[date, list[Slot]]:
    """Free turns by day: one look at the database for all of them."""
    at = now or timezone.now()
    first, zone = _local(agenda, at), _zone(agenda)
    open_days = [
        day
        for day in days
        if first <= day <= first + timedelta(days=agenda.days_ahead)
        and not plugged.rests(agenda.municipality, day)
    ]
    starts = {day: slots.turns(day, agenda.hours, agenda.minutes, zone) for day in open_days}
    every = [one for rows in starts.values() for one in rows]
    if not every:
        return {}
    held = Appointment.objects.filter(agenda=agenda, starts_at__range=(min(every), max(every)))
    taken = Counter(held.exclude(state=Appointment.State.CANCELLED).values_list("starts_at", flat=True))
    return {day: slots.free(rows, agenda.capacity, taken, at) for day, rows in starts.items()}


def appointment_of(town: Municipality, folio: str) -> Appointment:
    """Raises NotFound."""
    rows = Appointment.objects.select_related("agenda", "agenda__municipality")
    row = rows.filter(agenda__municipality=town, folio=folio).first()
    if row is None:
        raise NotFound("unknown_appointment", "No hay una cita con ese folio. Revíselo letra por letra.")
    return row


def of_day(agenda: Agenda, day: date) -> QuerySet[Appointment]:
    """The appointments of a day in their order, cancelled ones left out."""
    begin = datetime.combine(day, datetime.min.time(), _zone(agenda))
    rows = Appointment.objects.filter(
        agenda=agenda, starts_at__gte=begin, starts_at__lt=begin + timedelta(days=1)
    )
    return rows.exclude(state=Appointment.State.CANCELLED).order_by("starts_at", "seat")


def _zone(agenda: Agenda) -> ZoneInfo:
    return ZoneInfo(agenda.municipality.timezone)


def _local(agenda: Agenda, at: datetime) -> date:
    return at.astimezone(_zone(agenda)).date()
