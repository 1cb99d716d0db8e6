"""An application with files as they are, for whoever has more than fits into a JSON: one multipart request."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Form, Header, Router, Schema
from ninja.files import UploadedFile

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.small_json import read_object
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import applying, attaching
from alcaldia.procedures.queries import cases
from alcaldia.web.api.cases import ERRORS, CaseOut, ContactIn, case_json
from alcaldia.web.api.schemas import NO_NUL, Problem, as_typed
from alcaldia.web.api.views import CHANNEL, answer

LONGEST_ANSWERS = 60_000
router = Router(tags=["Trámites"])


class FiledIn(Schema):
    """`answers` is the JSON text of datum → value; the value of a file is {"upload": name of one of `files`}."""

    procedure: str = Field(..., max_length=80, pattern=NO_NUL)
    answers: str = Field("{}", max_length=LONGEST_ANSWERS, pattern=NO_NUL)
    email: str = Field("", max_length=120, pattern=NO_NUL)
    phone: str = Field("", max_length=20, pattern=NO_NUL)


@router.post(
    "/municipalities/{slug}/cases/with-files",
    summary="Envía una solicitud con sus archivos (multipart/form-data), hasta 10 MB cada uno y 100 MB en total.",
    response={201: CaseOut, **ERRORS, 415: Problem},
)
def send(
    request: HttpRequest, slug: str, payload: Form[FiledIn], files: File[list[UploadedFile]],
    key: str = Header(..., alias="Idempotency-Key", min_length=1, max_length=200),
) -> HttpResponse:  # fmt: skip
    """The same as sending by JSON, with the header Idempotency-Key, which no form of another site can send. Each file goes the way of every other: typed, written anew, scanned, encrypted."""
    contact = ContactIn(email=payload.email, phone=payload.phone).dict()
    case, code = applying.apply(
        town=municipality_of(slug), procedure=payload.procedure, answers=_answers(payload.answers), by="public",
        channel=CHANNEL, key=key, contact=contact, files=_read(files),
    )  # fmt: skip
    return answer({**case_json(cases.status(case.folio)), "code": code or None}, 201)


def _answers(text: str) -> dict[str, Any]:
    try:
        return dict(as_typed(read_object(text, most=LONGEST_ANSWERS)))
    except ValueError:
        detail = 'Mande answers como un JSON: {"dato": "valor"}.'
        raise Refusal("bad_answers", detail, status=422) from None


def _read(files: list[UploadedFile]) -> dict[str, bytes]:
    """Bytes by name. Raises Refusal for two of one name or more than an application takes."""
    if len(files) > attaching.MOST_FILES:
        raise Refusal(
            "too_many_files",
            f"Un trámite lleva hasta {attaching.MOST_FILES} archivos. Quite alguno.",
            status=422,
        )
    if len({one.name for one in files}) != len(files):
        raise Refusal("twice", "Dos archivos llevan el mismo nombre. Cambie uno.", status=422)
    return {str(one.name): one.read(attaching.MOST_BYTES + 1) for one in files}
