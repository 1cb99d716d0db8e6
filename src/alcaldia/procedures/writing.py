"""An application that another system writes step by step: begun, found again by its code, filled in, sent.

Nobody is identified here: what belongs to an account goes on where its person enters.
"""

from collections.abc import Mapping
from typing import Any

from alcaldia.identity.rules.assurance import Assurance
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import sentence
from alcaldia.procedures import applying, contacting, definitions, identified, opened
from alcaldia.procedures.actions import drafts, submission
from alcaldia.procedures.models import Case
from alcaldia.procedures.opened import Opened

NOT_HERE = "Este paso no pide ese dato."


def begin(town: Municipality, procedure: str, *, channel: str) -> Opened:
    """A draft with its code. Raises NotFound, Refusal("not_identified")."""
    identified.check(definitions.program_in(town.slug, procedure), Assurance.NONE)
    return drafts.begin(town=town, procedure=procedure, channel=channel)


def find(town: Municipality, code: str) -> Opened:
    """The draft of this code, which needs no other name. Raises NotFound, Refusal("already_sent") with its folio."""
    found = opened.named_by(code)
    if found is None:
        raise NotFound("unknown_draft", "Ningún trámite empezado tiene ese código. Revíselo.")
    if found.folio:
        detail = "Esta solicitud ya se envió con el folio %(folio)s."
        raise Refusal("already_sent", sentence(detail, folio=found.folio), status=409)
    return open_draft(town, found.public_id, code)


def open_draft(town: Municipality, public_id: str, code: str) -> Opened:
    """The draft by its name and code. Raises NotFound, Refusal."""
    draft = opened.by_code(public_id, code)
    if draft.town.pk != town.pk:
        raise NotFound("unknown_draft", "No hay un borrador con ese nombre en este municipio.")
    if draft.draft.person:
        detail = "Este trámite se empezó con una cuenta. Siga en el portal, con esa cuenta."
        raise Refusal("of_an_account", detail, status=403)
    return draft


def step(draft: Opened, name: str, answers: Mapping[str, Any]) -> Opened:
    """Keep the answers of one step. Raises NotFound, Refusal("wrong_answers") with what is missing or wrong in it; what could
    be read is kept all the same, as a form keeps it.
    """
    asked = {field for one in draft.program.definition.steps if one.id == name for field in one.fields}
    if not asked:
        raise NotFound("unknown_step", "Este trámite no tiene ese paso. Los que tiene están en steps.")
    if strange := sorted(set(answers) - asked):
        raise applying.wrong_answers(dict.fromkeys(strange, NOT_HERE))
    filled = applying.fill(draft, answers, {})
    seen = next((one for one in filled.form().screens if one.screen.id == name), None)
    if seen is not None and seen.errors:
        raise applying.wrong_answers(seen.errors)
    return filled


def send(draft: Opened, *, by: str, channel: str, contact: Mapping[str, str] | None = None) -> Case:
    """The case; twice is once. Raises Refusal("wrong_answers", "wrong_contact", …); then the draft stays as it was."""
    told = contacting.sealed(contact or {})
    if not draft.draft.folio and (wrong := dict(draft.form().errors)):
        raise applying.wrong_answers(wrong)
    return submission.submit(draft, by=by, channel=channel, contact=told)
