"""An appeal: until when, who may read its reasons, and who may not answer it."""

from datetime import date
from typing import Any

from alcaldia.identity.models import Official
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import definitions, permitting
from alcaldia.procedures.bearing import Bearer
from alcaldia.procedures.calendars import calendar_of, today
from alcaldia.procedures.models import Case
from alcaldia.procedures.permitting import Permitted
from alcaldia.procedures.protected import Signed
from alcaldia.procedures.rules import appeals, flow
from alcaldia.vault import purposes
from alcaldia.vault.rules.grant import Send

REASONS = "recurso"
"""The datum of a case under which the reasons of its appeal lie."""
LONGEST = 4_000
SAID = {"appeal": True}


def until(row: Case, state: flow.Case) -> date | None:
    """The last day on which the resolution may be contested; None where no term ends it."""
    term = definitions.pinned(row.definition).definition.sheet.appeal
    return appeals.last_day(term, state, calendar_of(row.municipality))


def over(row: Case, state: flow.Case) -> bool:
    """Whether that day has passed."""
    last = until(row, state)
    return last is not None and today(row.municipality) > last


def check_in_time(row: Case, state: flow.Case) -> None:
    """Raises Refusal (409) with the day, once it has passed."""
    last = until(row, state)
    if last is not None and today(row.municipality) > last:
        detail = f"El plazo para impugnar terminó el {last:%d/%m/%Y}. Puede pedir el trámite de nuevo o preguntar en la dependencia qué otro medio le queda."
        raise Refusal("appeal_late", detail, status=409)


def check_reasons(reasons: str) -> str:
    """The reasons as they are kept. Raises Refusal."""
    if not reasons.strip() or len(reasons) > LONGEST:
        raise Refusal("no_reasons", "Escriba por qué no está de acuerdo, en menos de 4,000 letras.")
    return reasons.strip()


def to_sign(row: Case, reasons: str, salt: str) -> Send:
    """The reasons and the permit by which the resolving agency reads them, for a person with a key."""
    return permitting.to_sign(row, **_asked(row, reasons), salt=salt)


def permit(row: Case, reasons: str, bearer: Bearer, signed: Signed | None) -> Permitted:
    """Give it. Raises Refusal."""
    program = definitions.pinned(row.definition)
    return permitting.give(row, program, **_asked(row, reasons), bearer=bearer, signed=signed)


def _asked(row: Case, reasons: str) -> dict[str, Any]:
    given = {REASONS: reasons}
    return {
        "purpose": purposes.APPEAL,
        "names": [REASONS],
        "agencies": [row.agency],
        "said": SAID,
        "given": given,
    }


def decided_by(row: Case, official: Official) -> bool:
    """Whether this official resolved the case, signed or not."""
    return row.events.filter(kind="decided", by=official.username).exists()


def check_other(row: Case, official: Official) -> None:
    """Raises Refusal (403) for whoever resolved what is contested (LFPA art. 86: the superior answers)."""
    if decided_by(row, official):
        raise Refusal("own_decision", OWN, status=403)


OWN = (
    "Usted resolvió esta solicitud y el recurso lo contesta otra persona. Pídalo a quien tenga firma en la dependencia;"
    " si nadie más la tiene, dé de alta a quien deba contestarlo."
)
