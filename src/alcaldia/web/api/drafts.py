"""An application step by step for other systems: begin, fill in, come back with its code, send; as in the portal."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import writing
from alcaldia.procedures.opened import Opened
from alcaldia.procedures.queries import cases
from alcaldia.procedures.rules import privacy
from alcaldia.web.api.cases import ERRORS, BearerIn, CaseOut, ContactIn, case_json
from alcaldia.web.api.schemas import CLOSED, NO_NUL, Answers, Problem
from alcaldia.web.api.views import CHANNEL, answer
from alcaldia.web.components.rate import check_request

router = Router(tags=["Trámites"])
WRITTEN = {**ERRORS, 415: Problem, 429: Problem}


class BeginIn(Schema):
    model_config = CLOSED
    procedure: str = Field(..., max_length=80, pattern=NO_NUL)


class StepIn(BearerIn):
    """`answers`: datum → value, only those of this step; a file is {"name": …, "data": base64}."""

    answers: Answers


class SendIn(BearerIn):
    contact: ContactIn | None = None


class StepOut(Schema):
    """`data`: what it asks with the answers so far; `errors`: what is missing or wrong in it."""

    step: str
    title: str
    done: bool
    data: list[str]
    errors: dict[str, str]


class DraftOut(Schema):
    """`code` is told once, to whoever began. `answers` are those that are not personal; of the rest `answered` says which there are.

    `next_step` is the first that is not done, "" where it can be sent.
    """

    draft: str
    code: str | None = None
    procedure: str
    version: str
    expires_on: str
    next_step: str
    steps: list[StepOut]
    answers: dict[str, Any]
    answered: list[str]


@router.post(
    "/municipalities/{slug}/drafts",
    summary="Empieza una solicitud para llenarla por pasos; su código se dice una vez.",
    response={201: DraftOut, **WRITTEN},
)
def begin(request: HttpRequest, slug: str, payload: BeginIn) -> HttpResponse:
    draft = writing.begin(municipality_of(slug), payload.procedure, channel=CHANNEL)
    return answer({**_json(draft), "code": draft.code}, 201)


@router.post(
    "/municipalities/{slug}/drafts/resume",
    summary="La solicitud empezada que tiene este código, con lo que le falta.",
    response={200: DraftOut, **WRITTEN},
)
def resume(request: HttpRequest, slug: str, payload: BearerIn) -> HttpResponse:
    check_request(request, "code.try")
    return answer(_json(writing.find(municipality_of(slug), payload.code)))


@router.post(
    "/municipalities/{slug}/drafts/{draft}/steps/{step}",
    summary="Contesta un paso. Lo que se entiende se guarda aunque falte algo; lo que falta o está mal se dice con 422.",
    response={200: DraftOut, **WRITTEN},
)
def fill(request: HttpRequest, slug: str, draft: str, step: str, payload: StepIn) -> HttpResponse:
    found = writing.open_draft(municipality_of(slug), draft, payload.code)
    return answer(_json(writing.step(found, step, payload.answers)))


@router.post(
    "/municipalities/{slug}/drafts/{draft}/send",
    summary="Envía la solicitud; repetirlo no la duplica. Su código sigue siendo el mismo.",
    response={201: CaseOut, **WRITTEN},
)
def send(request: HttpRequest, slug: str, draft: str, payload: SendIn) -> HttpResponse:
    found = writing.open_draft(municipality_of(slug), draft, payload.code)
    contact = payload.contact.dict() if payload.contact else None
    case = writing.send(found, by="public", channel=CHANNEL, contact=contact)
    return answer(case_json(cases.status(case.folio)), 201)


def _json(draft: Opened) -> dict[str, Any]:
    """A draft as DraftOut: what is sealed is named, never repeated."""
    seen, sealed = draft.form(), privacy.names(draft.program)
    given = {name: value for name, value in draft.answers.items() if value not in (None, "", [])}
    return {
        "draft": draft.draft.public_id, "procedure": draft.draft.procedure, "version": draft.program.version,
        "expires_on": draft.draft.expires_on.isoformat(), "next_step": seen.next_step,
        "steps": [
            {"step": one.screen.id, "title": one.screen.title.es, "done": one.done, "data": [field.path for field in one.fields],
             "errors": one.errors}
            for one in seen.screens
        ],
        "answers": {name: value for name, value in given.items() if name not in sealed}, "answered": sorted(given),
    }  # fmt: skip
