"""What happened to a case, one line an event, in words for anybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import listed, sentence, spaced
from alcaldia.procedures.models import CaseEvent
from alcaldia.procedures.names import EVENTS, agency_name, field_name
from alcaldia.procedures.rules.program import Program

DECIDED = {
    "granted": "Se resolvió: procede", "conditional": "Se resolvió: procede con condiciones", "denied": "Se resolvió: no procede",
}  # fmt: skip
OPINIONS = {
    "favourable": "%(agency)s: opinión favorable", "unfavourable": "%(agency)s: opinión desfavorable", "": "%(agency)s: opinión por silencio",
}  # fmt: skip
PAYS_FIRST = "Se recibió la solicitud; empieza al pagarse"
WAITS, LIST_CLOSED = "Se recibió la solicitud y quedó en la lista de espera", "Se cerró la lista de espera"
ASKED = "Se pidió completar: %(names)s"
CHANGED = "Se confirmó el pago; la cuenta cambió entre tanto y la dependencia lo aplica a mano"
UNPAID = "Venció el plazo para pagarla y se archivó"
LATE, AGENCY_LATE = "Venció el plazo de la solicitud", "%(names)s: venció su plazo y se avisó a su titular"
DESTROYED = "Se destruyeron: %(names)s."
CUT = "Lo demás ya no está ligado a ninguna persona."
KEPT = "El documento se conserva, como manda la ley de archivos"
ENDED = "Se dio por terminada"


@dataclass(frozen=True)
class Step:
    """One line of what happened, in words for anybody."""

    text: str
    who: str
    at: datetime
    note: str = ""


def step(one: CaseEvent, program: Program, town: Municipality) -> Step:
    """The event in words."""
    facts: dict[str, Any] = one.facts
    who = agency_name(town, facts["agency"]) if facts.get("agency") else ""
    return Step(_text(one.kind, facts, program, town), who, one.at, facts.get("note", ""))


def _text(kind: str, facts: dict[str, Any], program: Program, town: Municipality) -> str:
    if kind == "opinion_given":
        said = OPINIONS.get(facts.get("opinion", ""), OPINIONS[""])
        return sentence(said, agency=agency_name(town, facts["agency"]))
    if kind == "decided":
        return DECIDED[facts["outcome"]]
    if kind == "submitted" and (facts.get("pays_first") or facts.get("waits")):
        return PAYS_FIRST if facts.get("pays_first") else WAITS
    if kind == "correction_asked":
        return sentence(
            ASKED, names=listed([field_name(program.definition.data, name) for name in facts["fields"]])
        )
    if kind == "paid" and facts.get("account_changed"):
        return CHANGED
    if kind == "lapsed" and facts.get("list_closed"):
        return LIST_CLOSED
    if kind == "lapsed" and facts.get("unpaid"):
        return UNPAID
    if kind == "data_destroyed":
        return _destroyed(facts, program)
    if kind == "escalated":
        names = listed([agency_name(town, agency) for agency in facts["agencies"]])
        return sentence(AGENCY_LATE, names=names) if names else LATE
    if kind == "issued" and not facts.get("document"):
        return ENDED
    return EVENTS.get(kind, kind)


def _destroyed(facts: dict[str, Any], program: Program) -> str:
    """What went, by its names, and that the paper stays."""
    data = program.definition.data
    names = listed([field_name(data, one) for one in facts["deleted"]])
    went = [sentence(DESTROYED, names=names)] if names else []
    return spaced([*went, *([CUT] if facts["anonymised"] else []), KEPT])
