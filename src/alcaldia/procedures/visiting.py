"""The visit of an inspector, before the decision or after the paper: photos as they are taken, then what was seen.

Photos lie with the person's data: each one's key goes to the vault of the request's person: whoever takes it cannot open it again without the permit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet

from alcaldia.identity.models import Official
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.procedures import attaching, definitions, engine, filestore, permissions
from alcaldia.procedures.actions.deciding import after_turn
from alcaldia.procedures.actions.reviewing import check_note, lines
from alcaldia.procedures.calendars import today
from alcaldia.procedures.engine import Held
from alcaldia.procedures.models import Attachment, Case
from alcaldia.procedures.protected import ITEM, VISIT
from alcaldia.procedures.rules import flow
from alcaldia.procedures.rules.definition import Definition, Inspection
from alcaldia.procedures.rules.flow import State
from alcaldia.vault import actions as vault
from alcaldia.vault.actions import Statement
from alcaldia.vault.rules.catalogue import CASE

MOST_PHOTOS = 12
WORDS = ("bien", "mal", "no aplica")
RESULTS = ("favourable", "observations", "unfavourable")


def add_photo(*, folio: str, file_name: str, data: bytes, official: Official, channel: str) -> Attachment:
    """One more photo of the visit that is open: drawn anew, scanned, encrypted. Raises Refusal; then nothing is kept."""
    photo = attaching.harmless(data, ("image",))
    with transaction.atomic():
        held, _ = _open_visit(folio, official)
        row = held.row
        if not row.person:
            detail = "Esta solicitud se envió sin bóveda y no puede guardar fotos. Describa por escrito lo que vio."
            raise Refusal("no_vault", detail, status=409)
        if fresh_photos(row).count() >= MOST_PHOTOS:
            raise Refusal("too_many_files", f"Una visita lleva hasta {MOST_PHOTOS} fotos. Quite alguna.")
        made, told = attaching.kept(photo, field=VISIT, file_name=file_name, case=row)
        value = {VISIT: {"file": made.public_id, **told}}
        item = f"{folio}.{made.public_id[:ITEM]}"
        vault.store([Statement(row.person, CASE, value, item=item)], by=official.username, channel=channel)
        _note(held, "photo_added", made, official, channel)
    return made


@transaction.atomic
def drop_photo(*, folio: str, public_id: str, official: Official, channel: str) -> None:
    """Take back a photo before the visit is written down. Raises NotFound."""
    held, _ = _open_visit(folio, official)
    found = fresh_photos(held.row).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("file_lost", "Esa foto ya no está.")
    _note(held, "photo_dropped", found, official, channel)
    filestore.drop([found])


def inspect(
    *, folio: str, findings: Mapping[str, str], note: str, result: str, observations: Sequence[str] = (),
    official: Official, channel: str,
) -> Case:  # fmt: skip
    """What was seen, point by point, with the photos kept so far as evidence by their hashes.

    `result` is one of RESULTS; observations become conditions of the resolution. After the paper nothing follows by itself.
    """
    with transaction.atomic():
        held, due = _open_visit(folio, official)
        check_note(note)
        _check_points(due.asked, findings)
        seen = lines(observations)
        _check_result(result, seen)
        facts: dict[str, Any] = {
            "agency": due.asked.agency, "findings": dict(findings), "note": note.strip(), "result": result,
            "conditions": seen if result == "observations" else [],
            "photos": [{"file": one.public_id, "sha256": one.sha256} for one in fresh_photos(held.row)],
        }  # fmt: skip
        held = engine.append(held, due.event, facts, by=official.username, channel=channel)
        held = after_turn(held, by=official.username, channel=channel)
    return held.row


def _check_points(asked: Inspection, findings: Mapping[str, str]) -> None:
    """Each point of the definition's checklist and no other, in one of the words that a form offers."""
    points = asked.points
    if set(findings) != set(points) or not set(findings.values()) <= set(WORDS):
        missing = next((point for point in points if findings.get(point) not in WORDS), "")
        detail = (
            f"Conteste «{missing}»: {', '.join(WORDS)}."
            if missing
            else "Actualice la página: la lista de puntos cambió."
        )
        raise Refusal("bad_points", detail, status=422)


@dataclass(frozen=True)
class Due:
    """A visit that is to be made now: what the definition asks of it, and the event that it will be."""

    asked: Inspection
    event: Literal["inspected", "visited"]


def due(row: Case, state: flow.Case) -> Due | None:
    """The visit that the case waits for, None where it waits for none."""
    definition = definitions.pinned(row.definition).definition
    if state.state is State.INSPECTION:
        return _due(definition, row.inspection_agency, "before_decision", "inspected")
    visit = state.visit
    if visit is None or visit.clock is None or visit.result:
        return None
    return _due(definition, visit.agency, "after_issue", "visited")


def _due(
    definition: Definition, agency: str, moment: str, event: Literal["inspected", "visited"]
) -> Due | None:
    found = (one for one in definition.inspections if (one.agency, one.moment) == (agency, moment))
    return next((Due(one, event) for one in found), None)


def fresh_photos(row: Case) -> QuerySet[Attachment]:
    """Photos of the visit that is open: those that no visit has written down yet."""
    told = row.events.filter(kind="inspected").values_list("facts", flat=True)
    kept = [one["file"] for facts in told for one in facts["photos"]]
    return attaching.photos(row).exclude(public_id__in=kept)


def _check_result(result: str, seen: Sequence[str]) -> None:
    if result not in RESULTS:
        raise Refusal("no_result", "Elija el resultado de la visita.")
    if result == "observations" and not seen:
        raise Refusal("no_observations", "Escriba qué observó: una línea por observación.")


def _open_visit(folio: str, official: Official) -> tuple[Held, Due]:
    """The case held, where its visit is this official's to make. Raises Refusal."""
    held = engine.hold(folio)
    found = due(held.row, held.state)
    agency = found.asked.agency if found else held.row.inspection_agency
    permissions.check(official, held.town, agency, today(held.town))
    if found is None:
        raise Refusal("not_now", "Esta solicitud no espera una visita. Actualice la página.", status=409)
    return held, found


def _note(held: Held, kind: str, photo: Attachment, official: Official, channel: str) -> None:
    body = {"file": photo.public_id, "sha256": photo.sha256}
    engine.note(held.row.folio, kind, body, by=official.username, channel=channel)
