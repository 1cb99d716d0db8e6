"""Open and change agendas; book, move, cancel, attend. The agenda's row is held while a seat is taken; the constraint
has the last word. Each is an act of the ledger, in the same transaction.
"""

import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from alcaldia.agenda import events, queries
from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.agenda.rules import slots
from alcaldia.agenda.rules.slots import Need
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import ALPHABET, new_folio, spelled_groups
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act

PREFIX, LETTERS = "CIT", 12
"""60 random bits: with the limit of tries at the door, more than anybody can guess."""
RESERVED = {"nueva"}
"""Names that pages of the office have already."""
BOOKED, CANCELLED = Appointment.State.BOOKED, Appointment.State.CANCELLED


@dataclass(frozen=True)
class Booked:
    """The appointment and the code that cancels it, which is shown once and kept nowhere."""

    row: Appointment
    code: str


@dataclass(frozen=True)
class Holder:
    """By what somebody says that an appointment is theirs: its code, or the matter that the caller has checked."""

    code: str = ""
    subject: str = ""


def save_agenda(
    *, town: Municipality, words: Mapping[str, Any], offices: Collection[str], key: str = "", by: str, channel: str
) -> Agenda:  # fmt: skip
    """A new agenda, or the one of that key as `words` (fields of Agenda) say now; appointments taken stay.

    Raises Refusal unless it is and was of one of these `offices`.
    """
    with transaction.atomic():
        row = _held_agenda(queries.agenda_of(town, key)) if key else Agenda(municipality=town)
        if words["office"] not in offices or (key and row.office not in offices):
            raise Refusal("not_your_agency", "Esa agenda es de otra dependencia.", status=403)
        for name, value in words.items():
            setattr(row, name, value)
        if not row.key or row.key in RESERVED:
            raise Refusal("bad_key", "Ese nombre no sirve para la dirección de su página. Escriba otro.")
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise Refusal(
                "known_key", "Ya hay una agenda con ese nombre. Escriba otro.", status=409
            ) from error
        kind = events.AGENDA_CHANGED if key else events.AGENDA_OPENED
        folio = new_folio("AGE", timezone.now().year)
        record(Act(kind, folio, events.agenda(row), town), by=by, channel=channel)
    return row


def book(
    *, agenda: Agenda, starts_at: datetime, subject: str = "", need: Need | None = None, by: str, channel: str,
) -> Booked:  # fmt: skip
    """Take a seat of that turn. Raises Refusal where it is full, closed, past, or the matter has one already."""
    code = spelled_groups(LETTERS // 4, 4)
    now, wanted = timezone.now(), need or queries.need_of(agenda)
    with _seating(agenda) as held:
        _check_alone(held, subject)
        row = Appointment.objects.create(
            agenda=held, folio=new_folio(PREFIX, now.year), starts_at=starts_at, minutes=wanted.minutes,
            seat=_seat(held, starts_at, wanted), subject=subject, code_hash=code_hash(code), booked_at=now,
        )  # fmt: skip
        _note(events.BOOKED, row, by=by, channel=channel)
    return Booked(row, code)


def move(
    *, town: Municipality, folio: str, holder: Holder, starts_at: datetime, need: Need | None = None, by: str, channel: str,
) -> Appointment:  # fmt: skip
    """Another turn of the same agenda under the same folio and code; where that fails, the first one stays."""
    with _seating(queries.appointment_of(town, folio).agenda) as held:
        row = _own(town, folio, holder)
        if row.state != BOOKED:
            raise Refusal("cancelled", "Esa cita se canceló. Recupérela o pida otra.", status=409)
        return _placed(row, held, starts_at, need, events.MOVED, by=by, channel=channel)


def restore(
    *, town: Municipality, folio: str, holder: Holder, need: Need | None = None, by: str, channel: str,
) -> Appointment:  # fmt: skip
    """Take a cancelled appointment back, where its turn still has a seat."""
    with _seating(queries.appointment_of(town, folio).agenda) as held:
        row = _own(town, folio, holder)
        if row.state == CANCELLED:
            _check_alone(held, row.subject)
        return _placed(row, held, row.starts_at, need, events.RESTORED, by=by, channel=channel)


def cancel(*, town: Municipality, folio: str, holder: Holder, by: str, channel: str) -> Appointment:
    """Give the seat back. Twice is once. Raises Refusal where the code is another's or it is over."""
    with transaction.atomic():
        row = _own(town, folio, holder)
        if row.state != CANCELLED:
            row.state = CANCELLED
            row.save(update_fields=["state"])
            _note(events.CANCELLED, row, by=by, channel=channel)
        return row


def give_up(*, subject: str, by: str, channel: str) -> int:
    """The matter is over: its appointments still to come give their seats back; how many. In the caller's transaction."""
    rows = Appointment.objects.filter(subject=subject, state=BOOKED, starts_at__gt=timezone.now())
    found = list(
        rows.select_for_update(of=("self",)).select_related("agenda", "agenda__municipality").order_by("pk")
    )
    for row in found:
        row.state = CANCELLED
        row.save(update_fields=["state"])
        _note(events.CANCELLED, row, by=by, channel=channel)
    return len(found)


def attend(*, town: Municipality, folio: str, came: bool, by: str, channel: str) -> Appointment:
    """An official says whether the person came, from that day on; saying it again corrects it. Raises Refusal."""
    with transaction.atomic():
        row = _held(queries.appointment_of(town, folio))
        if row.state == CANCELLED:
            raise Refusal("cancelled", "Esa cita se canceló. Actualice la página.", status=409)
        if _not_yet(row):
            raise Refusal("not_yet", "Esa cita es de otro día. Ese día dirá si la persona vino.", status=409)
        row.state = Appointment.State.ATTENDED if came else Appointment.State.MISSED
        row.save(update_fields=["state"])
        _note(events.ATTENDED, row, by=by, channel=channel)
        return row


def _not_yet(row: Appointment) -> bool:
    """Is its day still to come? Said too early, the person could neither move nor cancel it any more."""
    zone = ZoneInfo(row.agenda.municipality.timezone)
    return row.starts_at.astimezone(zone).date() > timezone.now().astimezone(zone).date()


def code_hash(code: str) -> str:
    """By which a code is recognised, in any case and with or without hyphens; it is random and needs no slow hash."""
    letters = (c for c in code.upper().translate(str.maketrans("ILO", "110")) if c in ALPHABET)
    return sha256(b"alcaldia appointment " + "".join(letters).encode()).hexdigest()


@contextmanager
def _seating(agenda: Agenda) -> Iterator[Agenda]:
    """A transaction that holds the agenda's row; a seat that the constraint refuses is told as taken."""
    try:
        with transaction.atomic():
            yield _held_agenda(agenda)
    except IntegrityError as error:
        raise _full() from error


def _held_agenda(agenda: Agenda) -> Agenda:
    rows = Agenda.objects.select_for_update(of=("self",)).select_related("municipality")
    return rows.get(pk=agenda.pk)


def _check_alone(agenda: Agenda, subject: str) -> None:
    """Raises Refusal where the matter has an appointment in this agenda."""
    if subject and Appointment.objects.filter(agenda=agenda, subject=subject, state=BOOKED).exists():
        raise Refusal(
            "has_one", "Esta solicitud ya tiene cita. Muévala o cancélela para elegir otra.", status=409
        )


def _seat(agenda: Agenda, starts_at: datetime, need: Need, *, but: str = "") -> int:
    """The seat that is to be taken. Raises Refusal."""
    day = starts_at.astimezone(ZoneInfo(agenda.municipality.timezone)).date()
    if starts_at not in {one.starts_at for one in queries.free_slots(agenda, day, need=need, but=but)}:
        raise _full()
    return slots.seats(
        starts_at, agenda.capacity, need, queries.held(agenda, starts_at, starts_at, need, but=but)
    )[0]


def _placed(
    row: Appointment, agenda: Agenda, starts_at: datetime, need: Need | None, kind: str, *, by: str, channel: str
) -> Appointment:  # fmt: skip
    wanted = need or Need(row.minutes)
    row.seat = _seat(agenda, starts_at, wanted, but=row.folio)
    row.starts_at, row.minutes, row.state = starts_at, wanted.minutes, BOOKED
    row.save(update_fields=["seat", "starts_at", "minutes", "state"])
    _note(kind, row, by=by, channel=channel)
    return row


def _own(town: Municipality, folio: str, holder: Holder) -> Appointment:
    row = _held(queries.appointment_of(town, folio))
    check_holder(row, holder)
    if row.state in (Appointment.State.ATTENDED, Appointment.State.MISSED):
        raise Refusal("over", "Esa cita ya pasó. Puede pedir otra.", status=409)
    return row


def check_holder(row: Appointment, holder: Holder) -> None:
    """Raises Refusal (403) unless the appointment is theirs."""
    by_subject = bool(row.subject) and row.subject == holder.subject
    if not by_subject and not secrets.compare_digest(row.code_hash, code_hash(holder.code)):
        raise Refusal("wrong_code", "Ese código no es de esta cita. Revíselo letra por letra.", status=403)


def _held(row: Appointment) -> Appointment:
    """The row locked until the transaction ends."""
    rows = Appointment.objects.select_for_update(of=("self",)).select_related(
        "agenda", "agenda__municipality"
    )
    return rows.get(pk=row.pk)


def _note(kind: str, row: Appointment, *, by: str, channel: str) -> None:
    record(Act(kind, row.folio, events.appointment(row), row.agenda.municipality), by=by, channel=channel)


def _full() -> Refusal:
    return Refusal("no_seat", "Ese horario ya se ocupó o no está abierto. Elija otro.", status=409)
