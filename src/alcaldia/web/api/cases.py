"""Procedures and cases for other systems: the same acts as the portal, in one request."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from alcaldia.catalogue import own
from alcaldia.kernel.canonical import plain
from alcaldia.kernel.errors import NotFound
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import applying, definitions, reserving
from alcaldia.procedures.actions import citizens
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.calendars import today
from alcaldia.procedures.city import city_of
from alcaldia.procedures.queries import cases
from alcaldia.procedures.queries.cases import Status
from alcaldia.procedures.rules.flow import State
from alcaldia.procedures.simulation import simulate
from alcaldia.web.api.schemas import CLOSED, NO_NUL, Answers, Problem
from alcaldia.web.api.views import CHANNEL, answer

router = Router(tags=["Trámites"])
ERRORS = {
    400: Problem,
    403: Problem,
    404: Problem,
    409: Problem,
    410: Problem,
    413: Problem,
    422: Problem,
    503: Problem,
}


class ProcedureOut(Schema):
    procedure: str
    name: str
    family: str


class ContactIn(Schema):
    """Where to tell how the case goes; it is sealed at once and no answer repeats it."""

    model_config = CLOSED
    email: str = Field("", max_length=120, pattern=NO_NUL)
    phone: str = Field("", max_length=20, pattern=NO_NUL)


class CaseIn(Schema):
    """`answers`: datum → value, as `GET …/procedures/{key}` names them; a file is {"name": …, "data": base64}.

    A parcel is its cadastral key or its street and number, an activity its code or its name; addresses and persons are
    text. Words that mean several things are answered with 422 and `candidates`.
    """

    model_config = CLOSED
    procedure: str = Field(..., max_length=80, pattern=NO_NUL)
    answers: Answers = Field(default_factory=dict)
    contact: ContactIn | None = None


class TryIn(Schema):
    model_config = CLOSED
    answers: Answers = Field(default_factory=dict)


class BearerIn(Schema):
    model_config = CLOSED
    code: str = Field(..., max_length=40, pattern=NO_NUL)


class AppealIn(BearerIn):
    reasons: str = Field(..., max_length=4000, pattern=NO_NUL)


class ComplyIn(BearerIn):
    """`answers`: only what was asked; a file is {"name": …, "data": base64}."""

    answers: Answers


class CaseOut(Schema):
    """`code` is told once, to whoever sent the case. `todo` is "", pay or correct. `waiting_list` says which place of how many."""

    folio: str
    code: str | None = None
    procedure: str
    version: str
    state: str
    label: str
    outcome: str
    reasons: list[str]
    conditions: list[str]
    todo: str
    fee: str
    order: str
    document: str
    submitted_at: str
    due_on: str | None
    desks: list[dict[str, Any]]
    waiting_list: dict[str, int] | None = None


@router.get(
    "/municipalities/{slug}/procedures",
    summary="Trámites que responden a estas palabras (q), el mejor primero; sin q, todos.",
    response={200: list[ProcedureOut], **ERRORS},
)
def find(request: HttpRequest, slug: str, q: str = "") -> HttpResponse:
    """The search of the portal; without words, the whole catalogue."""
    town = municipality_of(slug)
    if q.strip():
        hits = definitions.search(q[:200], municipality=slug, catalogue=own.of(town))
        return answer([{"procedure": one.procedure, "name": one.name, "family": one.family} for one in hits])
    sheets = [one.definition.sheet for one in definitions.programs(slug).values()]
    return answer([{"procedure": s.key, "name": s.plain_name.es, "family": s.family} for s in sheets])


@router.get(
    "/municipalities/{slug}/procedures/{key}",
    summary="Un trámite: qué pide, de qué tipo es cada dato, cuánto cuesta y cuánto tarda.",
    response={200: dict[str, Any], **ERRORS},
)
def describe(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    return answer(applying.described(municipality_of(slug), key))


@router.post(
    "/municipalities/{slug}/procedures/{key}/try",
    summary="Qué diría la regla con estas respuestas; no se guarda nada.",
    response={200: dict[str, Any], **ERRORS},
)
def attempt(request: HttpRequest, slug: str, key: str, payload: TryIn) -> HttpResponse:
    """Screens, errors, outcome, fee and trace for these answers; nothing is kept."""
    town, program = municipality_of(slug), definitions.program_in(slug, key)
    found = simulate(program, payload.answers, on=today(town).isoformat(), city=city_of(town, program))
    return answer(plain(found))


@router.post(
    "/municipalities/{slug}/cases",
    summary="Envía una solicitud. Con la cabecera Idempotency-Key, repetir no la duplica; otra solicitud con la misma se rechaza.",
    response={201: CaseOut, **ERRORS},
)
def send(request: HttpRequest, slug: str, payload: CaseIn) -> HttpResponse:
    """Send an application; what a rule can decide is decided in the answer."""
    key = request.headers.get("Idempotency-Key", "")[:200]
    case, code = applying.apply(
        town=municipality_of(slug),
        procedure=payload.procedure,
        answers=payload.answers,
        by="public",
        channel=CHANNEL,
        key=key,
        contact=payload.contact.dict() if payload.contact else None,
    )
    return answer({**case_json(cases.status(case.folio)), "code": code or None}, 201)


@router.get(
    "/municipalities/{slug}/cases/{folio}",
    summary="En qué va una solicitud: quién la tiene, hasta cuándo, qué falta.",
    response={200: CaseOut, **ERRORS},
)
def follow(request: HttpRequest, slug: str, folio: str) -> HttpResponse:
    return _told(of_town(slug, folio))


def _told(folio: str) -> HttpResponse:
    """How a case stands now."""
    return answer(case_json(cases.status(folio)))


def of_town(slug: str, folio: str) -> str:
    """The folio as it is kept, of a case of this municipality. Raises NotFound."""
    row = cases.case_of(folio)
    if row.municipality.slug != slug:
        raise NotFound("unknown_case", "No hay una solicitud con ese folio en este municipio.")
    return row.folio


@router.get("/cases/{folio}", summary="Lo mismo, sin decir el municipio.", response={200: CaseOut, **ERRORS})
def follow_anywhere(request: HttpRequest, folio: str) -> HttpResponse:
    return _told(folio)


@router.post(
    "/municipalities/{slug}/cases/{folio}/comply",
    summary="Completa los datos que la ciudad pidió (prevención).",
    response={200: CaseOut, **ERRORS},
)
def comply(request: HttpRequest, slug: str, folio: str, payload: ComplyIn) -> HttpResponse:
    row = applying.complete(
        folio=of_town(slug, folio), answers=payload.answers, code=payload.code, by="public", channel=CHANNEL
    )
    return _told(row.folio)


@router.post(
    "/municipalities/{slug}/cases/{folio}/withdraw",
    summary="Retira una solicitud.",
    response={200: CaseOut, **ERRORS},
)
def withdraw(request: HttpRequest, slug: str, folio: str, payload: BearerIn) -> HttpResponse:
    row = citizens.withdraw(
        folio=of_town(slug, folio), bearer=Bearer(payload.code), by="public", channel=CHANNEL
    )
    return _told(row.folio)


@router.post(
    "/municipalities/{slug}/cases/{folio}/appeal",
    summary="Presenta un recurso contra la resolución.",
    response={200: CaseOut, **ERRORS},
)
def appeal(request: HttpRequest, slug: str, folio: str, payload: AppealIn) -> HttpResponse:
    row = citizens.appeal(
        folio=of_town(slug, folio), reasons=payload.reasons, bearer=Bearer(payload.code), by="public", channel=CHANNEL
    )  # fmt: skip
    return _told(row.folio)


def _line(told: Status) -> dict[str, Any]:
    """Which number in its waiting list, and how many wait; nothing of who does not."""
    if told.state.state is not State.WAITING_LIST:
        return {}
    place, waiting = reserving.line_of(told.row)
    return {"waiting_list": {"place": place, "waiting": waiting}}


def case_json(told: Status) -> dict[str, Any]:
    """A case as CaseOut; money is text so that no cent is lost."""
    row = told.row
    return {
        "folio": row.folio, "procedure": row.procedure, "version": row.definition.version, "state": row.state,
        "label": told.label, "outcome": row.outcome, "reasons": list(told.reasons), "conditions": list(told.conditions),
        "todo": told.todo, **_line(told), "fee": f"{row.fee:f}", "order": row.order, "document": row.document,
        "submitted_at": row.submitted_at.isoformat(), "due_on": row.due_on.isoformat() if row.due_on else None,
        "desks": [
            {"agency": one.agency, "state": one.state, "opinion": one.opinion,
             "due_on": one.due_on.isoformat() if one.due_on else None}
            for one in told.desks
        ],
    }  # fmt: skip
