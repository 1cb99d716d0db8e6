"""The page of a case: its data, files, map, the trace of the rules, who opined what, and the forms of this official."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alcaldia.identity.models import Official
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land import parcels
from alcaldia.land.queries import today
from alcaldia.land.rulebook import published
from alcaldia.procedures import appealing, attaching, choosing, correcting, permissions, settling
from alcaldia.procedures.models import Attachment, Turn
from alcaldia.procedures.names import agency_name, field_name, post_name
from alcaldia.procedures.protected import VISIT
from alcaldia.procedures.queries import cases
from alcaldia.procedures.queries.cases import Status
from alcaldia.procedures.registries import LABELS
from alcaldia.procedures.rules.flow import State
from alcaldia.procedures.rules.validators import NAMES_OF_FILES, shown_answer
from alcaldia.web.backoffice.cases.entry import attending, office
from alcaldia.web.components.sessions import official_of

VISITED = {
    "favourable": ("good", "✓ Cumple"), "observations": ("warn", "Cumple, con observaciones"), "unfavourable": ("bad", "No cumple"),
}  # fmt: skip


@require_safe
@attending()
def case(request: HttpRequest, town: Municipality, agencies: list[str], folio: str) -> HttpResponse:
    """Everything that the office may see without a permit; what needs one is behind a button."""
    told = status_here(town, folio, agencies)
    return render(request, "backoffice/case.html", office(request, town, **context(request, told, agencies)))


def status_here(town: Municipality, folio: str, agencies: list[str]) -> Status:
    """The case, where it is of this municipality and one of these agencies has a part in it. Raises NotFound."""
    told = cases.status(folio)
    parts = {told.row.agency, *told.row.turns.values_list("agency", flat=True)}
    if told.row.municipality_id != town.pk or not parts & set(agencies):
        raise NotFound("unknown_case", "Esa solicitud no es de su dependencia. Revise el folio.")
    if told.state.state is State.AWAITING_PAYMENT and told.state.pays_first == "before_submission":
        detail = "Esa solicitud espera su pago. Llegará a su bandeja en cuanto se confirme."
        raise NotFound("not_paid_yet", detail)
    return told


def context(request: HttpRequest, told: Status, agencies: list[str]) -> dict[str, Any]:
    """Data of the page."""
    row, program = told.row, told.program
    mine = list(
        row.turns.filter(
            agency__in=agencies, state__in=(Turn.State.OPEN, Turn.State.WAITING, Turn.State.CITIZEN)
        )
    )
    forms = _forms(told, mine, agencies, request)
    return {
        "told": told, "row": row, "sheet": program.definition.sheet, "answers": _answers(told), "rules": told.rules,
        "missing": [_label(told, name) for name in told.rules.get("missing", ())],
        "asked": [(LABELS.get(name, name), note) for name, note in row.consulted.get("asked", ())],
        "consulted": [(_label(told, name), shown_answer(value, program.definition.data.get(name))) for name, value in row.consulted.get("values", {}).items()],
        "protected": [(name, _label(told, name)) for name in row.protected if not _is_file(told, name)], "files": _files(told), "mine": mine,
        "parcel": _parcel(told), "visits": _visits(told), "photos": list(attaching.photos(row)), **forms,
    }  # fmt: skip


def _forms(told: Status, mine: list[Turn], agencies: list[str], request: HttpRequest) -> dict[str, Any]:
    """Which forms this official has now."""
    row, on = told.row, today(told.row.municipality)
    official = official_of(request)
    lanes = permissions.lanes_of(official, row.municipality, on)
    opened = [turn for turn in mine if turn.state == Turn.State.OPEN]
    theirs = [turn for turn in opened if permissions.within(lanes, turn.agency, turn.signer)]
    kinds = {turn.kind for turn in theirs}
    may_sign = permissions.can(official, row.municipality, row.agency, on, permissions.SIGN)
    return {
        "opines": [(turn, agency_name(row.municipality, turn.agency)) for turn in theirs if turn.kind == Turn.Kind.REVIEW],
        "inspects": _visits_now(told, kinds), "decides": Turn.Kind.DECISION in kinds and "decided" in told.may,
        "takes": [turn for turn in theirs if turn.holder != official.username],
        "signed_by": list(dict.fromkeys(post_name(turn.signer) for turn in opened if turn not in theirs)),
        "needs_signature": bool(told.rules.get("needs_signature")), "may_sign": may_sign, "sets_fee": settling.asked(told.rules, told.state),
        "corrects": "correction_asked" in told.may and not told.state.corrections and bool(opened),
        "correctable": [(name, _label(told, name)) for name in correcting.askable(row, told.program)], "joined": _joined(told),
        "upholds": may_sign and told.state.visit is not None and told.state.visit.adverse and "upheld" in told.may,
        "annuls": may_sign and "annulled" in told.may, "appeals": may_sign and "appeal_resolved" in told.may,
        **_appeal(told, official),
    }  # fmt: skip


def _appeal(told: Status, official: Official) -> dict[str, Any]:
    """An appeal that waits for its answer: its reasons, and whether this official wrote what is contested."""
    if "appeal_resolved" not in told.may:
        return {}
    reasons = appealing.REASONS if appealing.REASONS in told.row.protected else ""
    own = appealing.OWN if appealing.decided_by(told.row, official) else ""
    return {"appeal_reasons": reasons, "own_decision": own}


def _visits_now(told: Status, kinds: set[str]) -> bool:
    """Whether a visit of this office is open, before the decision or after the paper."""
    before = Turn.Kind.INSPECTION in kinds and "inspected" in told.may
    return before or (Turn.Kind.VERIFICATION in kinds and "visited" in told.may)


def _joined(told: Status) -> str:
    from alcaldia.procedures.rules.flow import joined

    return joined(told.state) if told.state.reviews else ""


def _visits(told: Status) -> list[dict[str, Any]]:
    """What was seen, newest first."""
    return [
        {**one.facts, "agency": agency_name(told.row.municipality, one.facts["agency"]), "at": one.at, "findings": one.facts["findings"].items(),
         "observations": one.facts.get("conditions", ()), "result": VISITED[one.facts["result"]][1],
         "tone": VISITED[one.facts["result"]][0]}
        for one in told.row.events.filter(kind__in=("inspected", "visited")).order_by("-number")
    ]  # fmt: skip


def _label(told: Status, name: str) -> str:
    if name == appealing.REASONS:
        return "Motivos del recurso"
    return field_name(told.program.definition.data, name)


def _answers(told: Status) -> list[tuple[str, str]]:
    data, town = told.program.definition.data, told.row.municipality
    found = []
    for name, value in told.row.answers.items():
        if name in told.row.protected or name not in data:
            continue
        kind = choosing.kind_of(told.program, name)
        text = (
            choosing.label(told.program, town, name, str(value)) if kind else shown_answer(value, data[name])
        )
        found.append((_label(told, name), text or "—"))
    return found


def _is_file(told: Status, name: str) -> bool:
    spec = told.program.definition.data.get(name)
    return spec is not None and spec.type == "file"


def _files(told: Status) -> list[dict[str, Any]]:
    """Those that answer something now; what a correction or a better photo replaced opens no more."""
    answered = [value for value in told.row.answers.values() if isinstance(value, str)]
    return [
        {
            "file": one,
            "label": _label(told, one.field),
            "kind": NAMES_OF_FILES[one.kind],
            "clean": one.verdict == Attachment.Verdict.CLEAN,
        }
        for one in told.row.attachments.exclude(field=VISIT).filter(public_id__in=answered).order_by("pk")
    ]


def _parcel(told: Status) -> str:
    """The public id of the parcel, for sketch and sheet; "" where the case has none."""
    data = told.program.definition.data
    name = next((one for one, spec in data.items() if spec.type == "parcel"), "")
    key = str(told.row.answers.get(name) or "")
    try:
        return parcels.by_key(published(told.row.municipality.slug), key).public_id if key else ""
    except Refusal:
        return ""
