"""What the person does after sending: complete what was asked, withdraw, appeal. They show the code, or are in their account."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import actions as payments
from alcaldia.procedures import (
    appealing,
    correcting,
    definitions,
    engine,
    judging,
    loose,
    permitting,
    protected,
    renewing,
)
from alcaldia.procedures.actions.deciding import after_turn, settle
from alcaldia.procedures.bearing import Bearer, check_bearer
from alcaldia.procedures.calendars import calendar_of, today
from alcaldia.procedures.correcting import Correcting, Files, Said
from alcaldia.procedures.engine import Held
from alcaldia.procedures.models import Case
from alcaldia.procedures.permitting import Permitted
from alcaldia.procedures.protected import Signed
from alcaldia.procedures.queries import cases
from alcaldia.procedures.rules import flow, privacy

__all__ = ["Bearer", "appeal", "check_bearer", "comply", "withdraw"]


def comply(
    *, folio: str, answers: Mapping[str, Any], bearer: Bearer, by: str, channel: str, files: Files | None = None,
    token: str = "", signed: Signed | None = None,
) -> Case:  # fmt: skip
    """Complete exactly the data that were asked for; the rules decide again on everything.

    `files` were received beforehand (attaching.for_correction), `token` opens the person's own vault, `signed` is what
    their key signed: with it the permit for what is personal. Raises Refusal; then nothing changed.
    """
    row = cases.case_of(folio)
    check_bearer(row, bearer)
    work = correcting.begin(row, bearer, token)
    told = correcting.said(work, answers, files or {})
    permitted = correcting.permit(work, told, bearer, signed)
    with transaction.atomic():
        held = engine.hold(row.folio)
        came = {one["file"] for one in (files or {}).values()}
        if held.state.events != work.state.events or not came <= loose.ids(held.row):
            detail = "La solicitud cambió mientras tanto. Vuelva a su página y mire cómo va."
            raise Refusal("changed_meanwhile", detail, status=409)
        held = _corrected(held, work, told, permitted, by=by, channel=channel)
        loose.drop(held.row)
        if told.denied:
            return settle(held, told.review.found, channel=channel).row
        return after_turn(held, by=by, channel=channel).row


def _corrected(
    held: Held, work: Correcting, told: Said, permitted: Permitted, *, by: str, channel: str
) -> Held:
    row, secret = held.row, privacy.unspoken(work.program)
    facts = {**correcting.facts(work, told), **protected.facts(permitted.signed)}
    row.renews = renewing.named(work.program, told.answers)
    row.answers, row.consulted = told.answers, judging.consulted(told.review, secret)
    row.inspection_agency = row.inspection_agency or told.review.route.inspection
    row.save(update_fields=["answers", "consulted", "inspection_agency", "renews"])
    permitting.keep(row, work.program, to=permitted, values=told.sealed, by=by, channel=channel)
    return engine.append(held, "corrected", facts, by=by, channel=channel)


@transaction.atomic
def withdraw(*, folio: str, bearer: Bearer, by: str, channel: str) -> Case:
    """The person no longer wants it; what they gave stays theirs to erase. What they paid, a person gives back."""
    order = Case.objects.filter(folio=folio).values_list("order", flat=True).first()
    if order:
        # The order before the case: whoever is told of money holds them in this order too.
        payments.unwanted(order, by=by, channel=channel)
    held = engine.hold(folio)
    check_bearer(held.row, bearer)
    held = engine.append(held, "withdrawn", {}, by=by, channel=channel)
    loose.drop(held.row)
    return held.row


def appeal(
    *, folio: str, reasons: str, bearer: Bearer, by: str, channel: str, signed: Signed | None = None
) -> Case:
    """Contest the decision within its term; the reasons are personal and go to the vault, with the permit to read them.

    `signed` is that permit where the person's key gives it; otherwise the code of the case does.
    """
    row, text = cases.case_of(folio), appealing.check_reasons(reasons)
    check_bearer(row, bearer)
    _check_may_appeal(row)
    permitted = appealing.permit(row, text, bearer, signed)
    with transaction.atomic():
        held = engine.hold(row.folio)
        appealing.check_in_time(held.row, held.state)
        program = definitions.pinned(held.row.definition)
        said = {appealing.REASONS: text}
        permitting.keep(held.row, program, to=permitted, values=said, by=by, channel=channel)
        facts = protected.facts(permitted.signed)
        return engine.append(held, "appealed", facts, by=by, channel=channel).row


def _check_may_appeal(row: Case) -> None:
    """Before a permit is given: the same that is checked again with the case held. Raises Refusal."""
    state = engine.state_of(row)
    appealing.check_in_time(row, state)
    flow.apply(
        state, flow.Event("appealed", state.last_on or today(row.municipality)), calendar_of(row.municipality)
    )
