"""A whole application at once, for windows without screens: another system, a script, a counter's form."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from alcaldia.identity.keys import keyed
from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import (
    attaching,
    choosing,
    contacting,
    correcting,
    definitions,
    filestore,
    identified,
)
from alcaldia.procedures.actions import citizens, drafts, submission
from alcaldia.procedures.actions.submission import Claim
from alcaldia.procedures.bearing import Bearer
from alcaldia.procedures.models import Attachment, Case, Draft
from alcaldia.procedures.opened import Opened
from alcaldia.procedures.queries import cases
from alcaldia.procedures.rules import privacy
from alcaldia.procedures.rules.program import Program

MOST_WRONG = 20
Kept = TypeVar("Kept")


def apply(
    *, town: Municipality, procedure: str, answers: Mapping[str, Any], by: str, channel: str, key: str = "",
    contact: Mapping[str, str] | None = None, files: Mapping[str, bytes] | None = None,
) -> tuple[Case, str]:  # fmt: skip
    """The case and its code ("" where the same `key` had sent it before: the code is told once). The same key with
    other contents is refused ("key_reused").

    `contact` has "email" and "phone" where the person wants to be told; `files` are those that came beside the answers. Raises Refusal("wrong_answers" or
    "wrong_contact", …, errors={datum: sentence}); then nothing is kept. Nobody is identified here: a procedure that asks
    for it is refused ("not_identified").
    """
    told = contacting.sealed(contact or {})
    named = _public_id(town, procedure, key) if key else ""
    said = _said(named, answers, contact or {}, files or {}) if key else ""
    earlier = _earlier(named, said)
    if earlier is not None:
        return earlier, ""
    identified.check(definitions.program_in(town.slug, procedure), Assurance.NONE)
    started = drafts.begin(town=town, procedure=procedure, channel=channel)
    draft = _filled(started, answers, files or {})
    wrong = draft.form().errors
    if wrong:
        _forget(draft)
        raise wrong_answers(dict(wrong))
    try:
        claim = Claim(named, said) if named else None
        case = submission.submit(draft, by=by, channel=channel, claim=claim, contact=told)
    except IntegrityError:
        _forget(draft)
        earlier = _earlier(named, said)
        if earlier is None:
            raise
        return earlier, ""
    return case, draft.code


def _earlier(named: str, said: str) -> Case | None:
    """The case that the same key sent, also while this one was being written. Raises Refusal where it said something else."""
    sent = Draft.objects.filter(public_id=named).exclude(folio="").first() if named else None
    if sent is None:
        return None
    if sent.said not in ("", said):
        detail = "Con esa llave (Idempotency-Key) ya se envió otra solicitud. Mande exactamente lo mismo para repetirla, o use una llave nueva."
        raise Refusal("key_reused", detail)
    return Case.objects.select_related("municipality", "definition").get(folio=sent.folio)


def _said(
    named: str, answers: Mapping[str, Any], contact: Mapping[str, str], files: Mapping[str, bytes]
) -> str:
    """A keyed hash of all that was sent: who has the database cannot try answers against it."""
    whole = {
        "answers": answers,
        "contact": {name: value for name, value in contact.items() if value},
        "files": {name: sha256(data).hexdigest() for name, data in files.items()},
    }
    return keyed("application", f"{named}\n{digest(whole)}")


def _forget(draft: Opened) -> None:
    with transaction.atomic():
        rows = Draft.objects.filter(pk=draft.draft.pk, folio="")
        filestore.drop(Attachment.objects.filter(draft__in=rows))
        rows.delete()


def _filled(started: Opened, answers: Mapping[str, Any], uploads: Mapping[str, bytes]) -> Opened:
    """The draft with every answer and file. Raises Refusal; then it is gone."""
    try:
        return fill(started, answers, uploads)
    except Refusal:
        _forget(started)
        raise


def fill(draft: Opened, answers: Mapping[str, Any], uploads: Mapping[str, bytes]) -> Opened:
    """Keep these answers and files in a draft. Raises Refusal for what names nothing, and for a file that nobody can open;
    then what was sure is kept all the same.
    """
    given = _known(draft, answers)
    data = draft.program.definition.data
    files = {name: value for name, value in given.items() if data[name].type == "file"}
    plain = {name: value for name, value in given.items() if name not in files}
    draft = drafts.answer(public_id=draft.draft.public_id, code=draft.code, answers=plain)
    for name, value in files.items():
        draft = _attached(draft, name, value, uploads)
    return draft


def complete(*, folio: str, answers: Mapping[str, Any], code: str, by: str, channel: str) -> Case:
    """A correction at once, its files as JSON carries them. Raises Refusal; then nothing is kept."""
    row, bearer = cases.case_of(folio), Bearer(code)
    citizens.check_bearer(row, bearer)
    work = correcting.begin(row, bearer)
    files = {
        name: value for name, value in answers.items() if _is_file(work, name) and value not in (None, "")
    }
    told: dict[str, dict[str, str]] = {}
    try:
        for name, value in files.items():
            told[name] = _read(name, value, {}, lambda name, file_name, data: attaching.for_correction(
                row, name, file_name=file_name, data=data))  # fmt: skip
        return citizens.comply(
            folio=folio, answers=answers, bearer=bearer, by=by, channel=channel, files=told
        )
    except Refusal:
        with transaction.atomic():
            filestore.drop(row.attachments.filter(public_id__in=[one["file"] for one in told.values()]))
        raise


def _is_file(work: correcting.Correcting, name: str) -> bool:
    """Whether it is a file that the person may give now: asked, or asked only since what they answer."""
    spec = work.program.definition.data.get(name)
    return spec is not None and spec.type == "file" and (name in work.asked or name not in work.before)


def _attached(draft: Opened, name: str, value: Any, uploads: Mapping[str, bytes]) -> Opened:
    """The draft with the file; it goes the way of every other."""
    return _read(name, value, uploads, lambda name, file_name, data: attaching.receive(
        draft, name, file_name=file_name, data=data))  # fmt: skip


def _read(
    name: str, value: Any, uploads: Mapping[str, bytes], receive: Callable[[str, str, bytes], Kept]
) -> Kept:
    """A file as JSON carries it, {"name": "plano.pdf", "data": base64}, or one that came beside it, {"upload": its name}."""
    try:
        if set(value) == {"upload"}:
            return receive(name, *_uploaded(str(value["upload"]), uploads))
        if set(value) != {"name", "data"}:
            raise ValueError
        return receive(name, str(value["name"]), b64decode(value["data"], validate=True))
    except Refusal as refusal:
        raise wrong_answers({name: refusal.detail}) from refusal
    except (TypeError, ValueError):
        raise wrong_answers(
            {name: 'Mande el archivo como {"name": "plano.pdf", "data": "…en base64…"}.'}
        ) from None


def _uploaded(upload: str, uploads: Mapping[str, bytes]) -> tuple[str, bytes]:
    if upload not in uploads:
        detail = f"No llegó un archivo «{upload[:60]}» con la solicitud. Revise su nombre."
        raise Refusal("no_upload", detail)
    return upload, uploads[upload]


def _public_id(town: Municipality, procedure: str, key: str) -> str:
    return "k" + sha256(f"{town.slug}\n{procedure}\n{key}".encode()).hexdigest()[:23]


def _known(started: Opened, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with parcels and activities by their keys. Raises Refusal for what names no datum or no thing."""
    data = started.program.definition.data
    wrong = {name: "Este trámite no pide ese dato." for name in answers if name not in data}
    found, candidates = dict(answers), {}
    for name, value in answers.items():
        if name in data and choosing.kind_of(started.program, name) and isinstance(value, str | int):
            chosen = choosing.choose_alone(started.program, started.town, name, str(value))
            if not chosen.value and str(value).strip():
                wrong[name], candidates[name] = chosen.told(), chosen.plain()
            found[name] = chosen.value
    if wrong:
        raise wrong_answers(wrong, candidates)
    return found


def wrong_answers(errors: dict[str, str], candidates: Mapping[str, Any] | None = None) -> Refusal:
    shown = dict(list(errors.items())[:MOST_WRONG])
    first = next(iter(shown.items()))
    detail = f"Revise «{first[0]}»: {first[1]}"
    return Refusal("wrong_answers", detail, status=422, errors=shown, candidates=_some(candidates or {}))


def _some(candidates: Mapping[str, Any]) -> dict[str, Any]:
    """Those data that have something to choose from."""
    return {name: options for name, options in candidates.items() if options}


HOW = {
    "parcel": "Un texto: la clave catastral, o la calle y el número. Si responden varios predios, la respuesta 422 los trae en candidates.",
    "activity": "Un texto: el código del giro, o su nombre. Si se parecen varios, la respuesta 422 los trae en candidates.",
    "address": "Un solo texto, como «Juárez 12, Centro».",
    "person": "Un solo texto: el nombre completo.",
    "place": "Un solo texto, como «Plaza de armas».",
}


def _how(program: Program, name: str) -> str:
    """How a system writes what people choose from a list or type freely, "" where the type says it all."""
    return HOW.get(choosing.kind_of(program, name) or program.definition.data[name].type, "")


def described(town: Municipality, procedure: str) -> dict[str, Any]:
    """What a system must know to apply: each datum with its type, options and whether it is asked. Raises NotFound."""
    program = definitions.program_in(town.slug, procedure)
    definition = program.definition
    return {
        "procedure": procedure, "version": program.version, "name": definition.sheet.plain_name.es,
        "official_name": definition.sheet.name.es, "family": definition.sheet.family, "agency": definition.sheet.agency,
        "least_assurance": definition.sheet.least_assurance, "cost": definition.sheet.cost.summary.es, "result": definition.sheet.result.es,
        "deadline": {"amount": definition.sheet.deadline.amount, "unit": definition.sheet.deadline.unit},
        "data": [
            {"name": name, "type": one.type, "accepts": list(one.accepts), "label": one.label.es, "required": one.required, "unit": one.unit,
             "how": _how(program, name),
             "options": [{"value": option.value, "label": option.label.es} for option in one.options],
             "visible": one.visible, "personal": privacy.is_personal(one)}
            for name, one in definition.data.items() if one.source == "asked"
        ],
    }  # fmt: skip
