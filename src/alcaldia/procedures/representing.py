"""Acting for somebody else in a procedure: the mandate is asked when it begins, when it is sent, and at every later act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from alcaldia.catalogue import own
from alcaldia.identity import queries as identity
from alcaldia.identity import sessions
from alcaldia.identity.keys import subject_reference
from alcaldia.identity.models import Representation
from alcaldia.identity.rules.representation import BASES
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.procedures import definitions
from alcaldia.procedures.calendars import today
from alcaldia.procedures.models import Case
from alcaldia.procedures.opened import Opened
from alcaldia.procedures.rules.program import Program

NOTICE = "request_by_representative"


@dataclass(frozen=True)
class Acting:
    """Who is here and for whom they act, as account numbers."""

    representative: str
    represented: str


def scopes_of(program: Program, town: Municipality) -> frozenset[str]:
    """By which codes a mandate may name this procedure: its own key, its family, its group and its door."""
    sheet = program.definition.sheet
    found = {sheet.key, sheet.family}
    for door in own.of(town).tree.doors:
        for group in door.groups:
            if any(one.key == sheet.family for one in group.families):
                found |= {group.key, door.key}
    return frozenset(found - {""})


def known_scopes(town: Municipality) -> dict[str, str]:
    """Every code of a door, group or family, with its words: what the counter offers beside keys of procedures."""
    found: dict[str, str] = {}
    for door in own.of(town).tree.doors:
        found[door.key] = door.name.es
        for group in door.groups:
            found[group.key] = group.name.es
            found |= {one.key: one.name.es for one in group.families}
    return found


def check(program: Program, acting: Acting, town: Municipality, on: date) -> Representation:
    """The mandate that covers this procedure that day. Raises Refusal (403); then nothing is begun nor sent."""
    found = identity.mandate_for(acting.representative, acting.represented, scopes_of(program, town), on)
    if found is None:
        detail = "El permiso con el que actúa por otra persona no cubre este trámite, ya terminó o fue retirado. No se envió nada. Presente en ventanilla uno vigente que lo cubra."
        raise Refusal("mandate_does_not_cover", detail, status=403)
    return found


def mandate_of(draft: Opened) -> Representation | None:
    """By which mandate the draft would be sent today; None of one that a person writes for themselves. Raises Refusal."""
    row = draft.draft
    if not row.representative:
        return None
    return check(draft.program, Acting(row.representative, row.person), draft.town, draft.today)


def at_sending(draft: Opened, acting: Acting | None) -> Representation | None:
    """The same, where whoever sends is who began it and still acts for that person. Raises Refusal (403)."""
    row, mandate = draft.draft, mandate_of(draft)
    if mandate is None and acting is not None:
        detail = "Esta solicitud la empezó sin actuar por otra persona. Vuelva a actuar por usted y envíela, o empiece otra en nombre de la otra persona."
        raise Refusal("begun_for_oneself", detail, status=403)
    if mandate is not None and acting != Acting(row.representative, row.person):
        detail = "Esta solicitud va en nombre de otra persona. En «Mi cuenta» elija de nuevo por quién actúa y envíela."
        raise Refusal("not_acting", detail, status=403)
    return mandate


def facts(mandate: Representation | None) -> dict[str, Any]:
    """What the event of sending says of it: basis and paper; who acted only by a keyed reference. {} of one's own."""
    if mandate is None:
        return {}
    by = subject_reference(mandate.representative.public_id)
    return {"represented_by": {"basis": mandate.basis, "document": mandate.document_folio, "by": by}}


def tell(mandate: Representation | None, folio: str) -> None:
    """The represented reads it at their next visit."""
    if mandate is not None:
        sessions.tell(mandate.represented, NOTICE, folio)


def basis_of(submitted: Mapping[str, Any]) -> str:
    """The basis in words, from the facts of sending; "" where nobody acted for another."""
    told = submitted.get("represented_by")
    return BASES.get(told["basis"], "") if told else ""


def covers(row: Case, acting: Acting) -> bool:
    """Whether this case of the represented is one in which they may act today."""
    if not acting.represented or row.account != acting.represented:
        return False
    scopes = scopes_of(definitions.pinned(row.definition), row.municipality)
    return (
        identity.mandate_for(acting.representative, acting.represented, scopes, today(row.municipality))
        is not None
    )


def was_represented(row: Case) -> bool:
    """Whether somebody sent it in the name of its account."""
    sent = row.events.filter(kind="submitted", facts__has_key="represented_by")
    return bool(row.account) and sent.exists()


def not_your_vault() -> Refusal:
    """What is in the vault of the represented only their own key opens."""
    detail = "Lo que falta está en la bóveda de la persona por quien actúa. Sólo ella puede completarlo, con su llave."
    return Refusal("not_your_vault", detail, status=403)
