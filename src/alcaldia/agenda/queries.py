"""Free turns and the appointments of a day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.agenda.ports import plugged
from alcaldia.agenda.rules import slots
from alcaldia.agenda.rules.slots import Need, Slot, Taken
from alcaldia.kernel.errors import NotFound
from alcaldia.kernel.models import Municipality

LONGEST = timedelta(hours=8)
"""No appointment lasts longer, so what began before this has ended."""


def agendas_of(town: Municipality) -> QuerySet[Agenda]:
    """The agendas of a town by name."""
    return Agenda.objects.filter(municipality=town).order_by("name")


def agenda_of(town: Municipality, key: str) -> Agenda:
    """Raises NotFound."""
    row = Agenda.objects.select_related("municipality").filter(municipality=town, key=key).first()
    if row is None:
        raise NotFound("unknown_agenda", "Esa oficina no da citas. Elija otra de la lista.")
    return row


def free_slots(
    agenda: Agenda, day: date, now: datetime | None = None, *, need: Need | None = None, but: str = ""
) -> list[Slot]:
    """Turns of that day with a seat left; none on a day of rest, in the past or too far ahead.

    `but` is the folio of an appointment whose own seat counts as free: of whoever moves it.
    """
    return free_in(agenda, [day], now, need=need, but=but).get(day, [])


def free_days(
    agenda: Agenda, now: datetime | None = None, *, need: Need | None = None, but: str = ""
) -> list[tuple[date, int]]:
    """Days that have a free seat, and how many, from today on."""
    first = _local(agenda, now or timezone.now())
    ahead = [first + timedelta(days=n) for n in range(agenda.days_ahead + 1)]
    found = free_in(agenda, ahead, now, need=need, but=but)
    return [(day, sum(one.left for one in rows)) for day, rows in found.items() if rows]


def free_in(
    agenda: Agenda, days: list[date], now: datetime | None = None, *, need: Need | None = None, but: str = ""
) -> dict[date, list[Slot]]:
    """Free turns by day: one look at the database for all of them."""
    at, wanted = now or timezone.now(), need or need_of(agenda)
    first = _local(agenda, at)
    ahead = [day for day in days if first <= day <= first + timedelta(days=agenda.days_ahead)]
    starts = {day: _turns(agenda, day, wanted.minutes) for day in ahead}
    every = [one for rows in starts.values() for one in rows]
    taken = held(agenda, min(every), max(every), wanted, but=but) if every else []
    return {day: slots.free(rows, agenda.capacity, wanted, taken, at) for day, rows in starts.items() if rows}


def need_of(agenda: Agenda, minutes: int = 0, capacity: int = 0) -> Need:
    """What a matter needs of this agenda: what its procedure says, else the agenda's own turn."""
    return Need(minutes or agenda.minutes, capacity)


def held(agenda: Agenda, first: datetime, last: datetime, need: Need, *, but: str = "") -> list[Taken]:
    """The seats that are taken while a matter that begins between these moments would be attended."""
    rows = Appointment.objects.filter(
        agenda=agenda, starts_at__gt=first - LONGEST, starts_at__lt=last + timedelta(minutes=need.minutes)
    ).exclude(state=Appointment.State.CANCELLED)
    return [Taken(*one) for one in rows.exclude(folio=but).values_list("starts_at", "minutes", "seat")]


def outside(agenda: Agenda, now: datetime | None = None) -> list[Appointment]:
    """Appointments still to come for which the agenda no longer has a turn: somebody must tell these people."""
    rows = agenda.appointments.filter(state=Appointment.State.BOOKED, starts_at__gt=now or timezone.now())
    zone = _zone(agenda)
    return [
        one
        for one in rows.order_by("starts_at")
        if one.seat > agenda.capacity
        or one.starts_at not in _turns(agenda, one.starts_at.astimezone(zone).date(), one.minutes)
    ]


def appointment_of(town: Municipality, folio: str) -> Appointment:
    """Raises NotFound."""
    rows = Appointment.objects.select_related("agenda", "agenda__municipality")
    row = rows.filter(agenda__municipality=town, folio=folio).first()
    if row is None:
        raise NotFound("unknown_appointment", "No hay una cita con ese folio. Revíselo letra por letra.")
    return row


def of_subjects(subjects: Iterable[str]) -> QuerySet[Appointment]:
    """The appointments of these matters that are not cancelled, the next first."""
    rows = Appointment.objects.filter(subject__in=list(subjects)).exclude(state=Appointment.State.CANCELLED)
    return rows.select_related("agenda", "agenda__municipality").order_by("starts_at")


def of_day(agenda: Agenda, day: date) -> QuerySet[Appointment]:
    """The appointments of a day in their order, cancelled ones left out."""
    begin = datetime.combine(day, datetime.min.time(), _zone(agenda))
    rows = Appointment.objects.filter(
        agenda=agenda, starts_at__gte=begin, starts_at__lt=begin + timedelta(days=1)
    )
    return rows.exclude(state=Appointment.State.CANCELLED).order_by("starts_at", "seat")


def booked_on(town: Municipality, day: date) -> QuerySet[Appointment]:
    """The appointments of a town that wait for that day, whatever the agenda."""
    begin = datetime.combine(day, datetime.min.time(), ZoneInfo(town.timezone))
    return Appointment.objects.filter(
        agenda__municipality=town, state=Appointment.State.BOOKED, starts_at__gte=begin,
        starts_at__lt=begin + timedelta(days=1),
    ).select_related("agenda")  # fmt: skip


def _turns(agenda: Agenda, day: date, minutes: int) -> list[datetime]:
    if day.isoformat() in agenda.closed_days or plugged.rests(agenda.municipality, day):
        return []
    return slots.turns(day, agenda.hours, agenda.minutes, _zone(agenda), minutes)


def _zone(agenda: Agenda) -> ZoneInfo:
    return ZoneInfo(agenda.municipality.timezone)


def _local(agenda: Agenda, at: datetime) -> date:
    return at.astimezone(_zone(agenda)).date()
