"""Writing an application: begin, fill in, attach. A draft follows the definition as it is today."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from alcaldia.kernel.durability import soft_transaction
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import sentence
from alcaldia.procedures import definitions, protected, representing, sealing
from alcaldia.procedures.calendars import today
from alcaldia.procedures.models import Draft
from alcaldia.procedures.opened import FILES, KNOWN, Opened, by_code
from alcaldia.procedures.representing import Acting

LIFE = timedelta(days=30)
MOST_BYTES = 60_000
"""Of all answers of one draft together; the largest definition of the first day needs 9,000."""


def begin(
    *,
    town: Municipality,
    procedure: str,
    channel: str,
    person: str = "",
    given: Mapping[str, Any] | None = None,
    acting: Acting | None = None,
) -> Opened:
    """A draft with its code; `given` are answers known already, such as the parcel on the map. Raises NotFound,
    Refusal("not_at_this_window") where its sheet begins it elsewhere.

    `acting` for somebody makes it theirs: Refusal where no mandate in force covers the procedure.
    """
    program = definitions.program_in(town.slug, procedure)
    if not program.definition.sheet.begins_at(channel):
        detail = "Este trámite no se empieza por este medio. Su página dice dónde se hace."
        raise Refusal("not_at_this_window", detail, status=409)
    if acting is not None:
        representing.check(program, acting, town, today(town))
        person = acting.represented
    code, now = sealing.new_code(), timezone.now()
    known = {name: value for name, value in (given or {}).items() if name in program.definition.data}
    plain, _ = protected.split(program, known)
    with soft_transaction():
        definitions.pin(town, program)
        draft = Draft.objects.create(
            public_id=secrets.token_urlsafe(12), municipality=town, procedure=procedure, version=program.version,
            person=person, representative=acting.representative if acting else "", code_hash=sealing.code_hash(code), answers=plain, channel=channel, created_at=now,
            changed_at=now, expires_on=today(town) + LIFE,
        )  # fmt: skip
    return Opened(draft, program, town, code, {})


def answer(
    *, public_id: str, code: str, answers: Mapping[str, Any], sources: Mapping[str, Any] | None = None
) -> Opened:
    """Keep these answers beside the earlier ones, right or wrong: the form says what to mend. Raises Refusal.

    `sources` says where those come from that the person's vault answered.
    """
    with soft_transaction():
        opened = _held(public_id, code)
        forget_changed(opened)
        known = {name: value for name, value in answers.items() if name in opened.program.definition.data}
        plain, personal = protected.split(opened.program, known)
        opened.draft.answers = {**opened.draft.answers, **plain}
        opened.personal = {**opened.personal, **personal, **({KNOWN: dict(sources)} if sources else {})}
        _save(opened)
    return opened


def attach(*, public_id: str, code: str, name: str, file: str, told: Mapping[str, str]) -> Opened:
    """Note that the file `file` (an Attachment's public id) answers the datum; `told` has its name and key."""
    with soft_transaction():
        opened = _held(public_id, code)
        opened.draft.answers = {**opened.draft.answers, name: file}
        files = {**opened.personal.get(FILES, {}), file: dict(told)}
        opened.personal = {**opened.personal, FILES: files}
        _save(opened)
    return opened


def forget_changed(opened: Opened) -> None:
    """Answers to questions that are not what they were are asked again; the page says which (opened.changed)."""
    for name in opened.changed:
        opened.draft.answers.pop(name, None)
        opened.personal.pop(name, None)


def _held(public_id: str, code: str) -> Opened:
    opened = by_code(public_id, code, hold=True)
    if opened.draft.folio:
        raise Refusal(
            "already_sent",
            sentence("Esta solicitud ya se envió con el folio %(folio)s.", folio=opened.draft.folio),
            status=409,
        )
    return opened


def _save(opened: Opened) -> None:
    draft = opened.draft
    draft.sealed = sealing.seal(opened.personal, code=opened.code, draft=draft.public_id)
    if len(str(draft.answers)) + len(draft.sealed) > MOST_BYTES:
        raise Refusal("too_long", "Sus respuestas son demasiado largas. Acorte los textos.", status=413)
    draft.version, draft.changed_at = opened.program.version, timezone.now()
    draft.expires_on = today(opened.town) + LIFE
    draft.save()
