"""Appointments for other systems: what is free, taken, moved, given back. The same acts as the portal's."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from alcaldia.agenda import actions, queries
from alcaldia.agenda.actions import Holder
from alcaldia.agenda.models import Agenda, Appointment
from alcaldia.agenda.rules.slots import Need
from alcaldia.kernel.days import read_day
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.folio import read_folio
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import booking
from alcaldia.procedures.actions import citizens
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.queries import appointments, cases
from alcaldia.procedures.subjects import subject_of
from alcaldia.web.api.cases import ERRORS, BearerIn
from alcaldia.web.api.schemas import CLOSED, NO_NUL, Problem
from alcaldia.web.api.views import CHANNEL, answer
from alcaldia.web.components.rate import check_request

router = Router(tags=["Citas"])
ERRORS = {**ERRORS, 429: Problem}
BY = "public"


class AgendaOut(Schema):
    key: str
    name: str
    place: str
    minutes: int


class SlotOut(Schema):
    """A turn with seats left."""

    starts_at: str
    left: int


class BookIn(Schema):
    """`starts_at` is a turn of the list; `case` and its `code`, where the appointment is for a request."""

    model_config = CLOSED
    starts_at: str = Field(..., max_length=40, pattern=NO_NUL)
    case: str = Field("", max_length=80, pattern=NO_NUL)
    code: str = Field("", max_length=40, pattern=NO_NUL)


class MoveIn(BearerIn):
    starts_at: str = Field(..., max_length=40, pattern=NO_NUL)


class AppointmentOut(Schema):
    """`code` is told once, to whoever booked; it moves and cancels."""

    folio: str
    code: str | None = None
    agenda: str
    place: str
    starts_at: str
    minutes: int
    state: str


@router.get(
    "/municipalities/{slug}/agendas",
    summary="Oficinas que dan cita.",
    response={200: list[AgendaOut], **ERRORS},
)
def agendas(request: HttpRequest, slug: str) -> HttpResponse:
    rows = queries.agendas_of(municipality_of(slug))
    return answer(
        [{"key": one.key, "name": one.name, "place": one.place, "minutes": one.minutes} for one in rows]
    )


@router.get(
    "/municipalities/{slug}/agendas/{key}/slots",
    summary="Horas libres de un día (day=AAAA-MM-DD); con case, para lo que dura esa solicitud.",
    response={200: list[SlotOut], **ERRORS},
)
def slots(request: HttpRequest, slug: str, key: str, day: str, case: str = "") -> HttpResponse:
    agenda, need, _ = _asked(slug, key, case)
    found = queries.free_slots(agenda, _day(day), need=need)
    return answer([{"starts_at": one.starts_at.isoformat(), "left": one.left} for one in found])


@router.post(
    "/municipalities/{slug}/agendas/{key}/appointments",
    summary="Toma una cita. Con case y code, para una solicitud propia.",
    response={201: AppointmentOut, **ERRORS},
)
def book(request: HttpRequest, slug: str, key: str, payload: BookIn) -> HttpResponse:
    check_request(request, "book")
    agenda, need, subject = _asked(slug, key, payload.case, Bearer(payload.code))
    made = actions.book(agenda=agenda, starts_at=_moment(payload.starts_at, agenda), subject=subject, need=need, by=BY,
                        channel=CHANNEL)  # fmt: skip
    return answer({**_told(made.row), "code": made.code}, 201)


@router.get(
    "/municipalities/{slug}/appointments/{folio}",
    summary="Una cita.",
    response={200: AppointmentOut, **ERRORS},
)
def follow(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    return answer(_told(_row(slug, folio)))


@router.post(
    "/municipalities/{slug}/appointments/{folio}/move",
    summary="Cambia la hora de una cita; si no se puede, la primera queda.",
    response={200: AppointmentOut, **ERRORS},
)
def move(request: HttpRequest, slug: str, folio: str, payload: MoveIn) -> HttpResponse:
    row, who = _held(request, slug, folio, payload.code)
    actions.check_holder(row, who)
    moved = actions.move(town=row.agenda.municipality, folio=row.folio, holder=who, need=booking.need_of(row), by=BY,
                         starts_at=_moment(payload.starts_at, row.agenda), channel=CHANNEL)  # fmt: skip
    return answer(_told(moved))


@router.post(
    "/municipalities/{slug}/appointments/{folio}/cancel",
    summary="Cancela una cita y libera su lugar.",
    response={200: AppointmentOut, **ERRORS},
)
def cancel(request: HttpRequest, slug: str, folio: str, payload: BearerIn) -> HttpResponse:
    row, who = _held(request, slug, folio, payload.code)
    gone = actions.cancel(town=row.agenda.municipality, folio=row.folio, holder=who, by=BY, channel=CHANNEL)
    return answer(_told(gone))


def _asked(slug: str, key: str, folio: str, bearer: Bearer | None = None) -> tuple[Agenda, Need, str]:
    """The agenda, what is needed of it and the matter; a case's own where one is named. Raises Refusal, NotFound."""
    town = municipality_of(slug)
    if not folio:
        agenda = queries.agenda_of(town, key)
        return agenda, queries.need_of(agenda), ""
    told = cases.status(folio)
    if bearer is not None:
        citizens.check_bearer(told.row, bearer)
    return *appointments.agenda_for(told, key), subject_of(told.row.folio)


def _held(request: HttpRequest, slug: str, folio: str, code: str) -> tuple[Appointment, Holder]:
    """The appointment, and who says to hold it; tries of a code are counted."""
    check_request(request, "code.try")
    row = _row(slug, folio)
    return row, booking.holder_of(row, Bearer(code))


def _row(slug: str, folio: str) -> Appointment:
    return queries.appointment_of(municipality_of(slug), read_folio(folio) or "")


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise Refusal("bad_date", "El día se escribe como 2026-11-28.", status=422) from None


def _moment(text: str, agenda: Agenda) -> datetime:
    """A moment as the list of slots writes it; without an offset it is the town's own time."""
    zone = ZoneInfo(agenda.municipality.timezone)
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)
    except (ValueError, OverflowError):
        detail = "La hora se escribe como en la lista de horas libres: 2026-11-28T10:00:00-06:00."
        raise Refusal("bad_time", detail, status=422) from None


def _told(row: Appointment) -> dict[str, Any]:
    zone = ZoneInfo(row.agenda.municipality.timezone)
    return {"folio": row.folio, "code": None, "agenda": row.agenda.key, "place": row.agenda.place,
            "starts_at": row.starts_at.astimezone(zone).isoformat(), "minutes": row.minutes, "state": row.state}  # fmt: skip
