"""Agendas of offices and the seats that are taken in them."""

from django.db import models
from django.db.models import Q

from alcaldia.kernel.models import Municipality


class Agenda(models.Model):
    """What one office attends by appointment: turns of so many minutes, so many people at once.

    `hours`: day of the week ("0" is Monday) → stretches such as ["09:00", "13:00"], in the town's time;
    `closed_days` are ISO dates on which it attends nobody, beside the town's days of rest. `office` is an agency.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    office = models.CharField(max_length=60)
    place = models.CharField(max_length=200, blank=True)
    minutes = models.PositiveSmallIntegerField()
    capacity = models.PositiveSmallIntegerField()
    hours = models.JSONField(default=dict)
    days_ahead = models.PositiveSmallIntegerField(default=30)
    closed_days = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["municipality", "key"], name="one_agenda_of_a_key"),
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=480), name="a_turn_has_a_length"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="an_agenda_attends_somebody"),
        )

    def __str__(self) -> str:
        return self.name


class Appointment(models.Model):
    """One seat for so many minutes. `seat` runs from 1 to the capacity; two that are not cancelled never share one."""

    class State(models.TextChoices):
        BOOKED = "booked", "Confirmada"
        ATTENDED = "attended", "Atendida"
        MISSED = "missed", "No se presentó"
        CANCELLED = "cancelled", "Cancelada"

    agenda = models.ForeignKey(Agenda, models.PROTECT, related_name="appointments")
    folio = models.CharField(max_length=40, unique=True)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    seat = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.BOOKED)
    subject = models.CharField(max_length=100, blank=True)
    code_hash = models.CharField(max_length=64)
    booked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["agenda", "starts_at", "seat"],
                condition=~Q(state="cancelled"),
                name="a_seat_is_taken_once",
            ),
            models.UniqueConstraint(
                fields=["agenda", "subject"],
                condition=Q(state="booked") & ~Q(subject=""),
                name="one_appointment_for_a_matter",
            ),
        )
        indexes = (models.Index(fields=["agenda", "starts_at"], name="appointments_of_a_day"),)

    def __str__(self) -> str:
        return self.folio
