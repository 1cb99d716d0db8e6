"""What the person does after sending: complete what was asked, withdraw, appeal. They show the code, or are in their account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import actions as payments
from alcaldia.procedures import definitions, engine, protected, sealing
from alcaldia.procedures.actions.deciding import after_turn
from alcaldia.procedures.engine import Held
from alcaldia.procedures.models import Case
from alcaldia.procedures.rules.form import form

LONGEST = 4_000


@dataclass(frozen=True)
class Bearer:
    """Who says that the case is theirs: the code of the case, or the account that sent it."""

    code: str = ""
    person: str = ""


def check_bearer(row: Case, bearer: Bearer) -> None:
    """Raises Refusal (403) unless the case is theirs."""
    by_code = bool(bearer.code) and sealing.code_hash(bearer.code) == row.code_hash
    if not by_code and not (bearer.person and bearer.person in (row.account, row.person)):
        raise Refusal("not_yours", "Escriba el código de su solicitud o entre con su cuenta.", status=403)


@transaction.atomic
def comply(*, folio: str, answers: Mapping[str, Any], bearer: Bearer, by: str, channel: str) -> Case:
    """Complete exactly the data that were asked for; anything else in `answers` is ignored."""
    held = engine.hold(folio)
    check_bearer(held.row, bearer)
    program = definitions.pinned(held.row.definition)
    asked = held.row.events.filter(kind="correction_asked").order_by("-number").first()
    names = asked.facts["fields"] if asked else []
    given = {name: answers.get(name) for name in names}
    wrong = _errors(held, given)
    if wrong:
        raise Refusal("wrong_answers", "Revise los datos señalados.", errors=wrong)
    plain, personal = protected.split(program, given)
    before = {name: held.row.answers.get(name) for name in plain}
    held.row.answers = {**held.row.answers, **plain}
    held.row.save(update_fields=["answers"])
    keep_more(held, personal, bearer, by=by, channel=channel)
    facts = {"fields": sorted(given), "before": before, "after": plain}
    held = engine.append(held, "corrected", facts, by=by, channel=channel)
    return after_turn(held, by=by, channel=channel).row


def _errors(held: Held, given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the completed data; the rest of the case was right when it was sent."""
    program = definitions.pinned(held.row.definition)
    from alcaldia.procedures.calendars import today

    found = form(program, {**held.row.answers, **given}, today=today(held.town)).errors
    return {path: text for path, text in found.items() if path.partition(".")[0] in given}


def keep_more(held: Held, values: Mapping[str, Any], bearer: Bearer, *, by: str, channel: str) -> None:
    """Personal data given after sending: to the vault of the case, which is opened now where there was none."""
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    if not given:
        return
    row = held.row
    program = definitions.pinned(row.definition)
    if not row.person:
        if not bearer.code:
            raise Refusal(
                "needs_code", "Escriba el código de su solicitud para guardar ese dato.", status=403
            )
        row.person = protected.new_subject()
        send = protected.bundle(program, person=row.person, folio=row.folio, given=given, visits=bool(program.definition.inspections),
                                application={"folio": row.folio, "more": sorted(given)}, vault_of_their_own=False)  # fmt: skip
        protected.open_for_code(subject=row.person, code=bearer.code, send=send)
    protected.keep(program, person=row.person, folio=row.folio, values=given, by=by, channel=channel)
    row.protected = sorted({*row.protected, *given})
    row.save(update_fields=["person", "protected"])


@transaction.atomic
def withdraw(*, folio: str, bearer: Bearer, by: str, channel: str) -> Case:
    """The person no longer wants it; what they gave stays theirs to erase. What they paid, a person gives back."""
    order = Case.objects.filter(folio=folio).values_list("order", flat=True).first()
    if order:
        # The order before the case: whoever is told of money holds them in this order too.
        payments.unwanted(order, by=by, channel=channel)
    held = engine.hold(folio)
    check_bearer(held.row, bearer)
    return engine.append(held, "withdrawn", {}, by=by, channel=channel).row


@transaction.atomic
def appeal(*, folio: str, reasons: str, bearer: Bearer, by: str, channel: str) -> Case:
    """Contest the decision; the reasons are personal and go to the vault."""
    held = engine.hold(folio)
    check_bearer(held.row, bearer)
    if not reasons.strip() or len(reasons) > LONGEST:
        raise Refusal("no_reasons", "Escriba por qué no está de acuerdo, en menos de 4,000 letras.")
    keep_more(held, {"recurso": reasons.strip()}, bearer, by=by, channel=channel)
    return engine.append(held, "appealed", {}, by=by, channel=channel).row
