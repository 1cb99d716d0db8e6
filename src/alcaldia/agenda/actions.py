"""Book, move, cancel, attend. The agenda's row is held while a seat is taken; the constraint has the last word."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from alcaldia.agenda import queries
from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.agenda.rules import slots
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import ALPHABET, new_folio
from alcaldia.kernel.models import Municipality

PREFIX, LETTERS = "CIT", 12
"""60 random bits: with the limit of tries at the door, more than anybody can guess."""
BOOKED = Appointment.State.BOOKED


@dataclass(frozen=True)
class Booked:
    """The appointment and the code that cancels it, which is shown once and kept nowhere."""

    row: Appointment
    code: str


def book(*, agenda: Agenda, starts_at: datetime, subject: str = "") -> Booked:
    """Take a seat of that turn. Raises Refusal where it is full, closed, past, or the matter has one already."""
    code = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(LETTERS // 4))
    return Booked(_seated(agenda, starts_at, subject, code_hash(code)), code)


def move(*, town: Municipality, folio: str, code: str, starts_at: datetime) -> Appointment:
    """Another turn of the same agenda under the same code; where that fails, the first one stays."""
    with transaction.atomic():
        row = _own(town, folio, code)
        _free(row)
        return _seated(row.agenda, starts_at, row.subject, row.code_hash)


def cancel(*, town: Municipality, folio: str, code: str) -> Appointment:
    """Give the seat back. Twice is once. Raises Refusal where the code is another's or it is over."""
    with transaction.atomic():
        row = _own(town, folio, code)
        if row.state != Appointment.State.CANCELLED:
            _free(row)
        return row


def attend(*, town: Municipality, folio: str, came: bool) -> Appointment:
    """An official says whether the person came."""
    with transaction.atomic():
        row = _held(queries.appointment_of(town, folio))
        if row.state == Appointment.State.CANCELLED:
            raise Refusal("cancelled", "Esa cita se canceló. Actualice la página.", status=409)
        row.state = Appointment.State.ATTENDED if came else Appointment.State.MISSED
        row.save(update_fields=["state"])
        return row


def code_hash(code: str) -> str:
    """By which a code is recognised, in any case and with or without hyphens; it is random and needs no slow hash."""
    letters = (c for c in code.upper().translate(str.maketrans("ILO", "110")) if c in ALPHABET)
    return sha256(b"alcaldia appointment " + "".join(letters).encode()).hexdigest()


def _seated(agenda: Agenda, starts_at: datetime, subject: str, hashed: str) -> Appointment:
    try:
        with transaction.atomic():
            held = Agenda.objects.select_for_update(of=("self",)).select_related("municipality")
            return _take(held.get(pk=agenda.pk), starts_at, subject, hashed)
    except IntegrityError as error:
        raise _full() from error


def _take(agenda: Agenda, starts_at: datetime, subject: str, hashed: str) -> Appointment:
    now, zone = timezone.now(), ZoneInfo(agenda.municipality.timezone)
    if subject and Appointment.objects.filter(agenda=agenda, subject=subject, state=BOOKED).exists():
        raise Refusal(
            "has_one", "Esta solicitud ya tiene cita. Cancele la primera para elegir otra.", status=409
        )
    open_now = queries.free_slots(agenda, starts_at.astimezone(zone).date(), now)
    if starts_at not in {one.starts_at for one in open_now}:
        raise _full()
    rows = Appointment.objects.filter(agenda=agenda, starts_at=starts_at).exclude(
        state=Appointment.State.CANCELLED
    )
    seat = slots.seat(agenda.capacity, set(rows.values_list("seat", flat=True)))
    if seat is None:
        raise _full()
    return Appointment.objects.create(
        agenda=agenda, folio=new_folio(PREFIX, now.year), starts_at=starts_at, seat=seat, subject=subject,
        code_hash=hashed, booked_at=now,
    )  # fmt: skip


def _own(town: Municipality, folio: str, code: str) -> Appointment:
    row = _held(queries.appointment_of(town, folio))
    if not secrets.compare_digest(row.code_hash, code_hash(code)):
        raise Refusal("wrong_code", "Ese código no es de esta cita. Revíselo letra por letra.", status=403)
    if row.state in (Appointment.State.ATTENDED, Appointment.State.MISSED):
        raise Refusal("over", "Esa cita ya pasó. Puede pedir otra.", status=409)
    return row


def _held(row: Appointment) -> Appointment:
    """The row locked until the transaction ends."""
    rows = Appointment.objects.select_for_update(of=("self",)).select_related(
        "agenda", "agenda__municipality"
    )
    return rows.get(pk=row.pk)


def _free(row: Appointment) -> None:
    row.state = Appointment.State.CANCELLED
    row.save(update_fields=["state"])


def _full() -> Refusal:
    return Refusal("no_seat", "Ese horario ya se ocupó o no está abierto. Elija otro.", status=409)
