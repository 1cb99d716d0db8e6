"""Nobody is asked twice: what the person's open vault holds already is written into their draft, with where it comes from.

Only they see it, and they may change it: nothing is sent before they read it. A request made for somebody else is not
filled, since whoever acts for them opens no vault of theirs (ADR 50).
"""

from collections.abc import Iterable
from typing import Any

import structlog

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.actions import drafts
from alcaldia.procedures.contacting import KINDS
from alcaldia.procedures.opened import KNOWN, Opened
from alcaldia.procedures.rules.definition import DataField
from alcaldia.procedures.rules.validators import Mistyped, read
from alcaldia.vault import queries as vault
from alcaldia.vault.queries import Held

log = structlog.stdlib.get_logger("alcaldia.procedures")
CONTACT = "contact"
WHOLE = ("street", "number", "neighbourhood", "postcode")
"""The fields of an address in the order in which they are written on one line."""


def fill(draft: Opened, token: str) -> Opened:
    """The draft with what the vault of this live session answers; as it was where the vault can not be read now."""
    person = draft.draft.person
    if not token or not person or draft.draft.representative:
        return draft
    wanted = _wanted(draft)
    groups = sorted({place.partition(".")[0] for place in wanted.values()} | {CONTACT})
    try:
        held = vault.own(person, token, groups)
    except Refusal as refusal:
        log.info("not_filled", code=refusal.code)
        return draft
    known = {name: one for name, place in wanted.items() if (one := _known(held, place, draft, name))}
    contact = {kind: one.value for kind in KINDS for one in held if one.name == f"{CONTACT}.{kind}"}
    if not known and not contact:
        return draft
    answers = {name: one["value"] for name, one in known.items()}
    told = {**known, **({CONTACT: contact} if contact else {})}
    return drafts.answer(public_id=draft.draft.public_id, code=draft.code, answers=answers, sources=told)


def source_of(draft: Opened, name: str) -> dict[str, Any] | None:
    """Where an answer comes from ("source", "date"), while it is as the vault said it."""
    known = draft.personal.get(KNOWN, {}).get(name)
    return known if known and draft.answers.get(name) == known["value"] else None


def contact_of(draft: Opened) -> dict[str, str]:
    """How the person is reached, by kind, as far as their vault says it."""
    found: dict[str, str] = draft.personal.get(KNOWN, {}).get(CONTACT, {})
    return found


def _wanted(draft: Opened) -> dict[str, str]:
    """Datum → place in the vault, of what is asked, is kept sealed and is not answered yet."""
    data = draft.program.definition.data
    return {
        name: one.vault for name, one in data.items() if one.vault and draft.answers.get(name) in (None, "")
    }


def _known(held: Iterable[Held], place: str, draft: Opened, name: str) -> dict[str, Any] | None:
    """What the vault says under a place, if the form would take it."""
    group, _, field = place.partition(".")
    of_group = {one.field: one for one in held if one.group == group and not one.item}
    parts = [of_group[one] for one in ((field,) if field else WHOLE) if one in of_group]
    if not parts:
        return None
    value = ", ".join(str(one.value) for one in parts)
    spec: DataField = draft.program.definition.data[name]
    try:
        read(value, spec)
    except Mistyped:
        return None
    return {"value": value, "source": parts[0].source, "date": max(one.date for one in parts)}
